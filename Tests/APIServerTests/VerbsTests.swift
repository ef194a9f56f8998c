import APIMachinery
import APIServer
import Testing

/// The verbs on a plain kind, end to end through the pipeline.
@Suite struct VerbsTests {
    @Test func createsReadsUpdatesPatchesAndDeletes() async throws {
        try await Harness.run { cluster in
            let created = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            #expect(created.status == 201, "\(created.text)")
            let metadata: JSON = created.json["metadata"] ?? .null
            #expect(metadata["name"]?.string == "x")
            #expect(metadata["namespace"]?.string == "default")
            #expect(metadata["uid"]?.string?.count == 36)
            #expect(metadata["creationTimestamp"]?.string?.count == 20)
            let read = try await cluster.call("GET", "\(Harness.configMaps)/x")
            #expect(read.status == 200)
            #expect(read.json == created.json)
            var changed = read.json
            changed["data", "a"] = "c"
            let updated = try await cluster.call("PUT", "\(Harness.configMaps)/x", changed)
            #expect(updated.status == 200, "\(updated.text)")
            #expect(updated.json["data", "a"]?.string == "c")
            let patched = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/x", ["data": ["a": .null, "d": "e"]],
                headers: [(name: "content-type", value: "application/merge-patch+json")])
            #expect(patched.json["data"] == ["d": "e"], "\(patched.text)")
            let deleted = try await cluster.call("DELETE", "\(Harness.configMaps)/x")
            #expect(deleted.json["status"]?.string == "Success", "\(deleted.text)")
            #expect(try await cluster.call("GET", "\(Harness.configMaps)/x").status == 404)
        }
    }

    @Test func refusesStaleUpdates() async throws {
        try await Harness.run { cluster in
            let created = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            var first = created.json
            first["data", "a"] = "1"
            #expect(try await cluster.call("PUT", "\(Harness.configMaps)/x", first).status == 200)
            var second = created.json
            second["data", "a"] = "2"
            let refused = try await cluster.call("PUT", "\(Harness.configMaps)/x", second)
            #expect(refused.status == 409)
            #expect(
                refused.message
                    == "Operation cannot be fulfilled on configmaps \"x\": the object has been modified; please apply your "
                    + "changes to the latest version and try again")
            second["metadata", "resourceVersion"] = nil
            #expect(try await cluster.call("PUT", "\(Harness.configMaps)/x", second).status == 200)
        }
    }

    @Test func listsAndWatches() async throws {
        try await Harness.run { cluster in
            let list = try await cluster.call("GET", Harness.configMaps)
            #expect(list.json["kind"]?.string == "ConfigMapList")
            let version = list.json["metadata", "resourceVersion"]?.string ?? ""
            let watch = try await cluster.watch("\(Harness.configMaps)?watch=1&resourceVersion=\(version)")
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("y"))
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/x")
            let events = try await watch.next(3)
            #expect(events.map(\.brief) == ["ADDED x", "ADDED y", "DELETED x"])
            let after = try await cluster.call("GET", Harness.configMaps)
            #expect(after.json["items"]?.elements.compactMap { $0["metadata", "name"]?.string } == ["y"])
        }
    }

    @Test func servesLoopsInProcess() async throws {
        try await Harness.run { cluster in
            var pod: JSON = Harness.pod("p")
            pod["metadata", "namespace"] = "default"
            let pods = GroupResource(resource: "pods")
            let created = try await cluster.api.create(pods, pod)
            #expect(created["status", "phase"]?.string == "Pending")
            let list = try await cluster.api.list(pods)
            let watch = try await cluster.api.watch(
                pods, namespace: "", labelSelector: "", fieldSelector: "", from: list.revision)
            _ = try await cluster.api.create(
                pods,
                [
                    "kind": "Binding", "apiVersion": "v1", "metadata": ["name": "p", "namespace": "default"],
                    "target": ["kind": "Node", "name": "n1"],
                ], name: "p", subresource: .binding)
            guard case .modified(let bound)? = try await watch.next()?.first else {
                Issue.record("no modified event")
                return
            }
            #expect(bound["spec", "nodeName"]?.string == "n1")
            var status: JSON = bound
            status["status", "phase"] = "Running"
            status["spec", "nodeName"] = "elsewhere"
            let running = try await cluster.api.updateStatus(pods, status)
            #expect(running["status", "phase"]?.string == "Running")
            #expect(running["spec", "nodeName"]?.string == "n1")
            watch.cancel()
        }
    }
}
