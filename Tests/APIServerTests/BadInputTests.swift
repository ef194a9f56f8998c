import APIMachinery
import APIServer
import Basics
import Testing

/// What is malformed gets 4xx with a sentence, and changes nothing.
@Suite struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var method: String
        var path: String
        var type = "application/json"
        var body = ""
        var codes: Set<Int> = [400]
        var testDescription: String { "\(method) \(path) \(type) \(body.prefix(60))" }
    }

    static let maps = Harness.configMaps
    static let bodies: [Case] = [
        "", "{", "}", "[]", "null", "1", "\"text\"", "{}}", "{\"a\":}", "{\"a\" 1}", "{'a':1}", "\u{0}", "{\"a\":01}",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"bad\"},\"data\":\"text\"}",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"bad\"},\"data\":{\"a\":1}}",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":5}}",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":[]}",
        "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"bad\"}}",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v2\",\"metadata\":{\"name\":\"bad\"}}",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"bad\",\"resourceVersion\":\"3\"}}",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"bad\",\"namespace\":\"kube-system\"}}",
        String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 2_000),
    ].map { Case(method: "POST", path: maps, body: $0) }

    static let objects: [Case] = [
        "{\"metadata\":{}}", "{\"metadata\":{\"name\":\"\"}}", "{\"metadata\":{\"name\":\"Upper\"}}",
        "{\"metadata\":{\"name\":\"a/b\"}}", "{\"metadata\":{\"name\":\"..\"}}", "{\"metadata\":{\"name\":\"a b\"}}",
        "{\"metadata\":{\"name\":\"\(String(repeating: "a", count: 254))\"}}",
        "{\"metadata\":{\"name\":\"bad\",\"labels\":{\"a b\":\"c\"}}}",
        "{\"metadata\":{\"name\":\"bad\",\"labels\":{\"a\":\"b c\"}}}",
        "{\"metadata\":{\"name\":\"bad\",\"finalizers\":[\"x\"]}}",
        "{\"metadata\":{\"name\":\"bad\",\"ownerReferences\":[{\"kind\":\"Pod\"}]}}",
        "{\"metadata\":{\"name\":\"bad\"},\"data\":{\"a/b\":\"c\"}}",
    ].map { Case(method: "POST", path: maps, body: $0, codes: [422]) }

    static let yaml: [Case] = [
        "a: b: c", "\t- x", "- a\n- b", "a: &x [*x]", "kind: ConfigMap\n---\nkind: ConfigMap", "{", "%",
        "a: !!binary x",
        "!!python/object x",
    ].map { Case(method: "POST", path: maps, type: "application/yaml", body: $0, codes: [400, 422]) }

    static let types: [Case] = [
        Case(method: "POST", path: maps, type: "text/html", body: "{}", codes: [415]),
        Case(method: "POST", path: maps, type: "application/xml", body: "<a/>", codes: [415]),
        Case(method: "PATCH", path: "\(maps)/kept", type: "application/json", body: "{}", codes: [415]),
        Case(method: "PATCH", path: "\(maps)/kept", type: "text/plain", body: "{}", codes: [415]),
    ]

    static let patches: [Case] =
        ["", "{", "[]", "1", "null", "\"x\""].map {
            Case(method: "PATCH", path: "\(maps)/kept", type: "application/merge-patch+json", body: $0)
        }
        + [
            "", "{}", "[1]", "[{}]", "[{\"op\":\"jump\",\"path\":\"/a\"}]",
            "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]",
        ]
        .map {
            Case(
                method: "PATCH", path: "\(maps)/kept", type: "application/json-patch+json", body: $0, codes: [400, 422])
        }
        + [
            "[{\"op\":\"remove\",\"path\":\"/nope\"}]", "[{\"op\":\"replace\",\"path\":\"/data\",\"value\":3}]",
            "[{\"op\":\"replace\",\"path\":\"/metadata/name\",\"value\":\"other\"}]",
            "[{\"op\":\"remove\",\"path\":\"\"}]", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[]}]",
        ].map {
            Case(
                method: "PATCH", path: "\(maps)/kept", type: "application/json-patch+json", body: $0, codes: [400, 422])
        }

    static let paths: [Case] = [
        Case(method: "GET", path: "/api/v1/namespaces/default/%zz"), Case(method: "GET", path: "/api/v1/pods?a=%zz"),
        Case(method: "GET", path: "/api/v1/nope", codes: [404]),
        Case(method: "GET", path: "/api/v2/pods", codes: [404]),
        Case(method: "GET", path: "/apis/nope/v1/pods", codes: [404]), Case(method: "GET", path: "//", codes: [404]),
        Case(method: "GET", path: "", codes: [404]),
        Case(method: "GET", path: "/api/v1/namespaces/default/pods/a/nope", codes: [404]),
        Case(method: "GET", path: "/api/v1/namespaces/default/pods/a/b/c/d", codes: [404]),
        Case(method: "GET", path: "/api/v1/namespaces/default/nodes", codes: [404]),
        Case(method: "GET", path: "/api/v1/pods/x", codes: [404]),
        Case(method: "POST", path: "/api/v1/pods", body: "{}", codes: [405]),
        Case(method: "POST", path: "\(maps)/kept", body: "{}", codes: [405]),
        Case(method: "PUT", path: maps, body: "{}", codes: [405]),
        Case(method: "BREW", path: maps, codes: [405]), Case(method: "TRACE", path: "\(maps)/kept", codes: [405]),
        Case(method: "DELETE", path: "/api/v1/namespaces", codes: [405]),
        // Below objects: what no kind has, what this kind has not, and what is not done to it.
        Case(method: "GET", path: "\(maps)/kept/nothing", codes: [404]),
        Case(method: "GET", path: "\(maps)/kept/status", codes: [404]),
        Case(method: "GET", path: "/api/v1/namespaces/default/pods/p/log/extra", codes: [404]),
        Case(method: "DELETE", path: "/api/v1/namespaces/default/pods/p/status", codes: [405]),
        Case(method: "BREW", path: "/api/v1/namespaces/default/pods/p/status", codes: [405]),
        Case(method: "PUT", path: "\(maps)/kept", body: "{\"metadata\":{\"name\":\"other\"}}"),
        Case(method: "PUT", path: "\(maps)/kept", body: "{}"),
        Case(
            method: "PUT", path: "\(maps)/kept", body: "{\"metadata\":{\"name\":\"kept\",\"uid\":\"other\"}}",
            codes: [409]),
        Case(
            method: "PUT", path: "\(maps)/kept", body: "{\"metadata\":{\"name\":\"kept\",\"resourceVersion\":\"x\"}}",
            codes: [422]),
        Case(method: "DELETE", path: "\(maps)/kept", body: "[]"),
        Case(method: "DELETE", path: "\(maps)/kept", body: "{"),
        Case(method: "DELETE", path: "\(maps)/kept", body: "{\"kind\":\"Pod\"}"),
        Case(method: "DELETE", path: "\(maps)/kept", body: "{\"gracePeriodSeconds\":\"x\"}"),
        Case(method: "DELETE", path: "\(maps)/kept?gracePeriodSeconds=x"),
        Case(method: "DELETE", path: "\(maps)/kept?propagationPolicy=x", codes: [422]),
        Case(method: "DELETE", path: "\(maps)/kept", body: "{\"dryRun\":[\"x\"]}", codes: [422]),
        Case(method: "POST", path: "\(maps)?dryRun=x", body: "{\"metadata\":{\"name\":\"bad\"}}", codes: [422]),
        Case(method: "GET", path: "\(maps)?limit=x"), Case(method: "GET", path: "\(maps)?labelSelector=%3D%3D"),
        Case(method: "GET", path: "\(maps)?fieldSelector=a"), Case(method: "GET", path: "\(maps)?fieldSelector=a%3Db"),
        Case(method: "GET", path: "\(maps)?continue=%00"), Case(method: "GET", path: "\(maps)?continue=e30"),
        Case(method: "GET", path: "\(maps)?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ"),
        Case(method: "GET", path: "\(maps)?watch=1&resourceVersion=-1", codes: [422]),
        Case(method: "GET", path: "\(maps)?watch=1&timeoutSeconds=x"),
        Case(method: "GET", path: "\(maps)?watch=1&sendInitialEvents=true", codes: [422]),
        Case(method: "GET", path: "\(maps)?resourceVersion=99999999999999999999", codes: [400]),
        Case(method: "DELETE", path: "\(maps)?labelSelector=a+b"),
    ]

    @Test func refusesAndChangesNothing() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Self.maps, Harness.configMap("kept"))
            let before = try await cluster.store.status().revision
            let all = Self.bodies + Self.objects + Self.yaml + Self.types + Self.patches + Self.paths
            #expect(all.count >= 100)
            for one in all {
                let reply = try await cluster.call(
                    one.method, one.path, headers: [(name: "content-type", value: one.type)], text: one.body)
                #expect(one.codes.contains(reply.status), "\(one.testDescription): \(reply.status) \(reply.text)")
                #expect(!reply.bytes.isEmpty, "\(one.testDescription) needs a sentence")
                #expect(try await cluster.store.status().revision == before, "\(one.testDescription) changed something")
            }
        }
    }

    /// Anything at all may come; nothing may trap, and what is no object changes nothing.
    @Test func takesAnyBytes() async throws {
        try await Harness.run { cluster in
            var generator = SplitMix64(seed: 20_260_101)
            let seeds = Self.bodies.map(\.body) + Self.objects.map(\.body) + ["{\"metadata\":{\"name\":\"ok\"}}"]
            for _ in 0..<1500 {
                var bytes = Array((seeds.randomElement(using: &generator) ?? "").utf8.prefix(400))
                for _ in 0..<Int.random(in: 0...6, using: &generator) where !bytes.isEmpty {
                    let index = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes.remove(at: index)
                    default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                    }
                }
                let methods = ["POST", "PUT", "PATCH", "DELETE", "GET"]
                let types = [
                    "application/json", "application/yaml", "application/json-patch+json",
                    "application/merge-patch+json", "application/strategic-merge-patch+json",
                ]
                let noise = String(decoding: bytes.prefix(12), as: UTF8.self)
                var request = cluster.request(
                    methods.randomElement(using: &generator) ?? "", Self.maps,
                    headers: [(name: "content-type", value: types.randomElement(using: &generator) ?? "")])
                if Bool.random(using: &generator) { request.path += "/ok" }
                if Int.random(in: 0..<8, using: &generator) == 0 { request.path += noise }
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    request.query = "labelSelector=\(noise)&limit=\(noise)"
                }
                request.body = bytes
                let answer = await cluster.server.answer(request)
                #expect((200..<500).contains(answer.status), "\(request.method) \(request.path): \(answer.status)")
            }
        }
    }
}

/// Questions about the form of an answer, and lists as of versions that are none.
@Suite struct RefusedFormsTests {
    @Test func aReviewHasNoTable() async throws {
        try await Harness.run { cluster in
            let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
            let body: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
            let table = "application/json;as=Table;v=v1;g=meta.k8s.io"
            let refused = try await cluster.call("POST", path, body, headers: [(name: "accept", value: table)])
            #expect(refused.status == 406)
            let plain = try await cluster.call(
                "POST", path, body, headers: [(name: "accept", value: "\(table),application/json")])
            #expect(plain.status == 201)
            #expect(plain.json["kind"]?.string == "SelfSubjectReview")
        }
    }

    /// A number that a client makes up takes no memory.
    @Test(arguments: ["92233720372", "9223372036854775807"]) func aPageMayBeOfAnySize(limit: String) async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("one"))
            let page = try await cluster.call("GET", "\(Harness.configMaps)?limit=\(limit)")
            #expect(page.status == 200)
            #expect(page.json["items"]?.count == 1)
        }
    }

    @Test(arguments: ["abc", "-1", "1.5"]) func aListOfNoVersionIsABadRequest(version: String) async throws {
        try await Harness.run { cluster in
            for query in ["", "&limit=1", "&resourceVersionMatch=NotOlderThan"] {
                let reply = try await cluster.call("GET", "\(Harness.configMaps)?resourceVersion=\(version)\(query)")
                #expect(reply.status == 400)
                #expect(
                    reply.message
                        == "invalid resource version: resourceVersion: Invalid value: \"\(version)\": strconv.ParseUint: "
                        + "parsing \"\(version)\": invalid syntax")
            }
        }
    }
}
