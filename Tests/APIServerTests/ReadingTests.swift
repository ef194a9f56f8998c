import APIMachinery
import APIServer
import Basics
import TestKit
import Testing

@Suite struct ReadingTests {
    static let tableAccept =
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"

    private func fill(_ cluster: Harness, _ count: Int) async throws {
        for number in 0..<count {
            var object: JSON = Harness.configMap("m\(100 + number)")
            object["metadata", "labels"] = ["parity": number % 2 == 0 ? "even" : "odd"]
            _ = try await cluster.call("POST", Harness.configMaps, object)
        }
    }

    @Test func pagesAreOfOneSnapshot() async throws {
        try await Harness.run { cluster in
            try await fill(cluster, 10)
            var seen: [String] = []
            var token = ""
            var revisions: Set<String> = []
            var remaining: [Int?] = []
            repeat {
                let query = token.isEmpty ? "limit=3" : "limit=3&continue=\(token)"
                let page = try await cluster.call("GET", "\(Harness.configMaps)?\(query)")
                #expect(page.status == 200, "\(page.text)")
                seen += page.json["items"]?.elements.compactMap { $0["metadata", "name"]?.string } ?? []
                token = page.json["metadata", "continue"]?.string ?? ""
                revisions.insert(page.json["metadata", "resourceVersion"]?.string ?? "")
                remaining.append(page.json["metadata", "remainingItemCount"]?.int)
                // What happens between the pages is in none of them.
                _ = try await cluster.call("DELETE", "\(Harness.configMaps)/m10\(9 - revisions.count)")
                _ = try await cluster.call(
                    "POST", Harness.configMaps, Harness.configMap("m105-\(seen.count)"))
            } while !token.isEmpty
            #expect(seen == (0..<10).map { "m\(100 + $0)" })
            #expect(revisions.count == 1)
            #expect(remaining == [7, 4, 1, nil])
        }
    }

    @Test func pagesGoOnFromTheStoresHistory() async throws {
        let directory = TemporaryDirectory()
        try await Harness.run(directory: directory) { cluster in
            try await fill(cluster, 4)
        }
        // A server that never saw the first page reads the revision from the store.
        try await Harness.run(directory: directory) { cluster in
            let page = try await cluster.call("GET", "\(Harness.configMaps)?limit=2")
            let token = page.json["metadata", "continue"]?.string ?? ""
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/m103")
            for number in 0..<20 {
                _ = try await cluster.call("GET", "/api/v1/namespaces/default/secrets?limit=1")
                _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x\(number)"))
                _ = try await cluster.call("GET", "\(Harness.configMaps)?limit=1")
            }
            let next = try await cluster.call("GET", "\(Harness.configMaps)?limit=9&continue=\(token)")
            #expect(
                next.json["items"]?.elements.compactMap { $0["metadata", "name"]?.string } == [
                    "m102", "m103",
                ])
            try await cluster.store.compact(try await cluster.store.status().revision)
            let other = ContinueTokenText.make(revision: 5, after: "default/m100")
            let gone = try await cluster.call("GET", "\(Harness.configMaps)?limit=9&continue=\(other)")
            #expect(gone.status == 410)
            #expect(gone.json["reason"]?.string == "Expired")
            #expect(gone.message.contains("or use the continue token in this response"))
            // The rest as it is now, and from there on again of one revision.
            let rest = gone.json["metadata", "continue"]?.string ?? ""
            let present = try await cluster.call("GET", "\(Harness.configMaps)?limit=3&continue=\(rest)")
            #expect(
                present.json["items"]?.elements.compactMap { $0["metadata", "name"]?.string } == [
                    "m101", "m102", "x0",
                ])
            #expect(present.json["metadata", "remainingItemCount"]?.int == 19)
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/x1")
            let more = present.json["metadata", "continue"]?.string ?? ""
            let last = try await cluster.call("GET", "\(Harness.configMaps)?limit=500&continue=\(more)")
            #expect(last.json["items"]?.count == 19)
            #expect(
                last.json["metadata", "resourceVersion"] == present.json["metadata", "resourceVersion"])
            let exact = try await cluster.call(
                "GET", "\(Harness.configMaps)?resourceVersion=5&resourceVersionMatch=Exact")
            #expect(exact.status == 410)
            #expect(exact.message == "The resourceVersion for the provided list is too old.")
            #expect(exact.json["metadata"] == .object)
        }
    }

    /// Also where the store keeps more history, a list in pages lasts no longer than etcd's compaction would let it.
    @Test func pagesGrowOld() async throws {
        let clock = ShiftedClock()
        try await Harness.run(surroundings: Surroundings(clock: clock)) { cluster in
            try await fill(cluster, 4)
            let first = try await cluster.call("GET", "\(Harness.configMaps)?limit=2")
            let token = first.json["metadata", "continue"]?.string ?? ""
            func page() async throws -> Harness.Reply {
                try await cluster.call("GET", "\(Harness.configMaps)?limit=1&continue=\(token)")
            }
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/m102")
            // A list is as new as what was acknowledged, and so is what follows.
            _ = try await cluster.call("GET", Harness.configMaps)
            clock.shiftUptime(by: .seconds(20))
            #expect(try await page().json["items"]?[0]["metadata", "name"]?.string == "m102")
            clock.shiftUptime(by: .seconds(290))
            #expect(try await page().status == 200)
            clock.shiftUptime(by: .seconds(20))
            let gone = try await page()
            #expect(gone.status == 410)
            let rest = gone.json["metadata", "continue"]?.string ?? ""
            let now = try await cluster.call("GET", "\(Harness.configMaps)?limit=1&continue=\(rest)")
            #expect(now.json["items"]?[0]["metadata", "name"]?.string == "m103")
        }
    }

    @Test(arguments: [
        ("{}", "server does not recognize this encoded version "),
        (
            #"{"v":"meta.k8s.io/v1","rv":0,"start":"a"}"#,
            "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"
        ),
        (#"{"v":"meta.k8s.io/v1","rv":3}"#, "encoded start key empty (version meta.k8s.io/v1)"),
        (#"{"v":"meta.k8s.io/v1","rv":3,"start":"../secrets/a"}"#, "../secrets/a"),
        (#"{"v":"meta.k8s.io/v1","rv":-1,"start":"default//a"}"#, "default//a"),
    ])
    func refusesForeignTokens(_ token: String, _ why: String) async throws {
        try await Harness.run { cluster in
            let reply = try await cluster.call(
                "GET", "\(Harness.configMaps)?continue=\(Base64URL.encode(token.utf8))")
            #expect(reply.status == 400)
            #expect(reply.message == "invalid continue token: continue key is not valid: \(why)")
        }
    }

    @Test func selectsByLabelsAndFields() async throws {
        try await Harness.run { cluster in
            try await fill(cluster, 4)
            func names(_ query: String) async throws -> [String] {
                let reply = try await cluster.call("GET", "\(Harness.configMaps)?\(query)")
                return reply.json["items"]?.elements.compactMap { $0["metadata", "name"]?.string } ?? [
                    reply.message
                ]
            }
            #expect(try await names("labelSelector=parity%3Deven") == ["m100", "m102"])
            #expect(try await names("labelSelector=parity+in+(odd)") == ["m101", "m103"])
            #expect(try await names("labelSelector=!parity") == [])
            #expect(try await names("fieldSelector=metadata.name%3Dm101") == ["m101"])
            #expect(
                try await names("fieldSelector=metadata.name!%3Dm101&labelSelector=parity%3Dodd") == [
                    "m103"
                ])
            let bad = try await cluster.call("GET", "\(Harness.configMaps)?labelSelector=a+b+c")
            #expect(bad.status == 400)
        }
    }

    @Test func resourceVersionsMeanWhatTheySay() async throws {
        try await Harness.run { cluster in
            try await fill(cluster, 2)
            let list = try await cluster.call("GET", Harness.configMaps)
            let version = list.json["metadata", "resourceVersion"]?.string ?? ""
            try await fill(cluster, 3)
            // After a consistent read those that may be stale are not.
            _ = try await cluster.call("GET", Harness.configMaps)
            func count(_ query: String) async throws -> (Int, Int?) {
                let reply = try await cluster.call("GET", "\(Harness.configMaps)?\(query)")
                return (reply.status, reply.json["items"]?.count)
            }
            #expect(try await count("resourceVersion=\(version)") == (200, 3))
            #expect(try await count("resourceVersion=\(version)&resourceVersionMatch=Exact") == (200, 2))
            #expect(try await count("resourceVersion=\(version)&limit=10") == (200, 2))
            #expect(try await count("resourceVersion=0") == (200, 3))
            #expect(try await count("resourceVersion=abc").0 == 400)
            #expect(try await count("resourceVersionMatch=Exact").0 == 422)
            #expect(try await count("resourceVersion=0&resourceVersionMatch=Exact").0 == 422)
            #expect(try await count("resourceVersion=\(version)&resourceVersionMatch=Sometimes").0 == 422)
            #expect(try await count("resourceVersion=\(version)&continue=e30").0 == 400)
        }
    }

    @Test func showsTablesAndMetadata() async throws {
        try await Harness.run { cluster in
            try await fill(cluster, 2)
            let accept = [(name: "accept", value: Self.tableAccept)]
            let table = try await cluster.call("GET", "\(Harness.configMaps)?limit=1", headers: accept)
            #expect(table.json["kind"]?.string == "Table")
            #expect(table.json["apiVersion"]?.string == "meta.k8s.io/v1")
            #expect(table.json["columnDefinitions"]?[0]["name"]?.string == "Name")
            #expect(table.json["rows"]?[0]["cells"]?[0].string == "m100")
            #expect(table.json["rows"]?[0]["object", "kind"]?.string == "PartialObjectMetadata")
            #expect(table.json["metadata", "continue"]?.string != nil)
            let one = try await cluster.call(
                "GET", "\(Harness.configMaps)/m101?includeObject=Object", headers: accept)
            #expect(one.json["rows"]?[0]["object", "kind"]?.string == "ConfigMap")
            let none = try await cluster.call(
                "GET", "\(Harness.configMaps)/m101?includeObject=None", headers: accept)
            #expect(none.json["rows"]?[0]["object"] == nil)
            let partial = try await cluster.call(
                "GET", Harness.configMaps,
                headers: [
                    (
                        name: "accept",
                        value: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
                    )
                ])
            #expect(partial.json["kind"]?.string == "PartialObjectMetadataList")
            #expect(partial.json["items"]?[0]["data"] == nil)
            #expect(partial.json["items"]?[0]["metadata", "labels", "parity"]?.string == "even")
        }
    }

    @Test func negotiatesTheForm() async throws {
        try await Harness.run { cluster in
            try await fill(cluster, 1)
            func answer(_ accept: String) async throws -> (Int, String) {
                let reply = try await cluster.call(
                    "GET", "\(Harness.configMaps)/m100", headers: [(name: "accept", value: accept)])
                return (reply.status, reply.header("content-type") ?? "")
            }
            #expect(try await answer("application/yaml") == (200, "application/yaml"))
            #expect(
                try await answer("application/vnd.kubernetes.protobuf,application/json")
                    == (200, "application/vnd.kubernetes.protobuf"))
            #expect(try await answer("application/cbor,application/json") == (200, "application/json"))
            #expect(try await answer("application/json;q=0.5, application/yaml;q=0.9") == (200, "application/yaml"))
            #expect(try await answer("application/cbor").0 == 406)
            #expect(try await answer("text/html, */*;q=0.1") == (200, "application/json"))
            let yaml = try await cluster.call(
                "GET", "\(Harness.configMaps)/m100", headers: [(name: "accept", value: "application/yaml")])
            let read = try YAML.document(yaml.bytes).value
            #expect(read["metadata", "name"]?.string == "m100")
            let posted = try await cluster.call(
                "POST", Harness.configMaps, headers: [(name: "content-type", value: "application/yaml")],
                text: "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: fromyaml\ndata:\n  a: 'yes'\n")
            #expect(posted.status == 201, "\(posted.text)")
            #expect(posted.json["data", "a"]?.string == "yes")
        }
    }

    @Test func longListsAreStreamedWhole() async throws {
        try await Harness.run { cluster in
            let big = String(repeating: "x", count: 100_000)
            for number in 0..<30 {
                _ = try await cluster.call(
                    "POST", Harness.configMaps, Harness.configMap("b\(number)", ["big": big]))
            }
            let list = try await cluster.call("GET", Harness.configMaps)
            #expect(list.json["items"]?.count == 30)
            #expect(list.header("content-length") == String(list.bytes.count))
        }
    }
}

/// A continue token as the server makes them.
enum ContinueTokenText {
    static func make(revision: Int, after: String) -> String {
        let json: JSON = ["v": "meta.k8s.io/v1", "rv": JSON(revision), "start": JSON(after)]
        return Base64URL.encode(json.bytes)
    }
}
