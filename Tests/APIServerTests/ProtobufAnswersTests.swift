import APIMachinery
import APIServer
import KubeAPI
import Testing

/// Answers as `application/vnd.kubernetes.protobuf`: the same objects as in JSON.
@Suite struct ProtobufAnswersTests {
    static let accept = (name: "accept", value: "application/vnd.kubernetes.protobuf,application/json")

    /// Without empty lists, which a message cannot tell from none.
    static func trimmed(_ value: JSON) -> JSON {
        if value.isObject {
            let members = value.members.filter { !($0.value.isArray && $0.value.isEmpty) }
            return JSON(members: members.map { (name: $0.name, value: trimmed($0.value)) })
        }
        return value.isArray ? JSON(value.elements.map(trimmed)) : value
    }

    func decoded(_ bytes: [UInt8]) throws -> JSON { try Protobuf.decode(bytes) { Schema.kubernetes($0) } }

    @Test(arguments: [
        "\(Harness.pods)/p", Harness.pods, "\(Harness.pods)?limit=1", "/api/v1/namespaces/default",
        "/apis/apps/v1/namespaces/default/deployments/d/scale",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles", "/apis/scheduling.k8s.io/v1/priorityclasses",
        "/api/v1/namespaces/default/services/kubernetes",
    ])
    func readsAreTheSameObjects(_ path: String) async throws {
        try await Harness.run { cluster in
            for name in ["p", "q"] { _ = try await cluster.call("POST", Harness.pods, Harness.pod(name)) }
            let made = try await cluster.call(
                "POST", "/apis/apps/v1/namespaces/default/deployments",
                [
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"],
                    "spec": [
                        "selector": ["matchLabels": ["a": "b"]],
                        "template": [
                            "metadata": ["labels": ["a": "b"]], "spec": ["containers": [["name": "c", "image": "i"]]],
                        ],
                    ],
                ])
            #expect(made.status == 201, "\(made.text)")
            let reply = try await cluster.call("GET", path, headers: [Self.accept])
            #expect(reply.status == 200)
            #expect(reply.header("content-type") == Protobuf.mediaType)
            var plain = try await cluster.call("GET", path).json
            // A list's kind tells that of its items, which messages do not repeat.
            if let items = plain["items"]?.elements {
                plain["items"] = JSON(
                    items.map { JSON(members: $0.members.filter { !["kind", "apiVersion"].contains($0.name) }) })
            }
            #expect(Self.trimmed(try decoded(reply.bytes)).canonicalText == Self.trimmed(plain).canonicalText)
        }
    }

    @Test func writesAnswerWhatTheyMade() async throws {
        try await Harness.run { cluster in
            let made = try await cluster.call(
                "POST", Harness.configMaps, Harness.configMap("a"), headers: [Self.accept])
            #expect(made.status == 201)
            #expect(try decoded(made.bytes)["data", "a"]?.string == "b")
            let deleted = try await cluster.call("DELETE", "\(Harness.configMaps)/a", headers: [Self.accept])
            let status = try decoded(deleted.bytes)
            #expect(status["kind"]?.string == "Status" && status["status"]?.string == "Success")
        }
    }

    /// A list that is too long to be kept beside its text is written again as it goes out.
    @Test func aLongListComesWhole() async throws {
        try await Harness.run { cluster in
            let text = String(repeating: "x", count: 900_000)
            for index in 0..<20 {
                _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("c\(index)", ["a": text]))
            }
            let reply = try await cluster.call("GET", Harness.configMaps, headers: [Self.accept])
            #expect(reply.header("content-length") == String(reply.bytes.count))
            let list = try decoded(reply.bytes)
            #expect(list["items"]?.elements.count { $0["data", "a"]?.string == text } == 20)
        }
    }

    @Test(arguments: ["", ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1"])
    func watchesComeInFrames(_ shape: String) async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a"))
            let path =
                "\(Harness.configMaps)?watch=true&sendInitialEvents=true&allowWatchBookmarks=true"
                + "&resourceVersionMatch=NotOlderThan"
            let request = cluster.request(
                "GET", path, headers: [(name: "accept", value: "application/vnd.kubernetes.protobuf\(shape)")])
            let answer = await cluster.server.answer(request)
            #expect(answer.headers.contains { $0 == ("content-type", Protobuf.watchMediaType) })
            guard case .stream(let stream) = answer.body else { throw HarnessError(description: "no stream") }
            defer { stream.cancel() }
            var bytes: [UInt8] = []
            func next() async throws -> (type: String, object: JSON) {
                func length() -> Int? { bytes.count < 4 ? nil : bytes[..<4].reduce(0) { $0 << 8 | Int($1) } }
                while length().map({ bytes.count < 4 + $0 }) ?? true { bytes += try #require(try await stream.next()) }
                let frame = Array(bytes[4..<4 + (length() ?? 0)])
                bytes.removeFirst(4 + frame.count)
                // WatchEvent: 1 is the type, 2 the RawExtension with the object's bytes as its field 1.
                let start = try #require(frame.firstIndex(of: 0x6B).flatMap { Self.start(in: frame, from: $0) })
                return (
                    String(decoding: frame[2..<2 + Int(frame[1])], as: UTF8.self), try decoded(Array(frame[start...]))
                )
            }
            let added = try await next()
            #expect(added.type == "ADDED" && added.object["metadata", "name"]?.string == "a")
            #expect(added.object["kind"]?.string == (shape.isEmpty ? "ConfigMap" : "PartialObjectMetadata"))
            #expect((added.object["data"] == nil) == !shape.isEmpty)
            let bookmark = try await next()
            #expect(bookmark.type == "BOOKMARK")
            #expect(bookmark.object["metadata", "annotations", "k8s.io/initial-events-end"]?.string == "true")
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/a")
            let deleted = try await next()
            #expect(deleted.type == "DELETED" && deleted.object["metadata", "name"]?.string == "a")
        }
    }

    /// Where an object's envelope begins.
    private static func start(in frame: [UInt8], from index: Int) -> Int? {
        (index..<frame.count - 4).first { frame[$0..<$0 + 4].elementsEqual([0x6B, 0x38, 0x73, 0x00]) }
    }
}
