import APIMachinery
import APIServer
import Testing

@Suite struct DeletionTests {
    static let merge: [(name: String, value: String)] = [
        (name: "content-type", value: "application/merge-patch+json")
    ]

    @Test func podsOnNodesHaveTheirGrace() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p", node: "n"))
            let marked = try await cluster.call("DELETE", "\(Harness.pods)/p")
            #expect(marked.status == 200)
            #expect(marked.json["kind"]?.string == "Pod")
            #expect(marked.json["metadata", "deletionGracePeriodSeconds"]?.int == 30)
            #expect(marked.json["metadata", "deletionTimestamp"]?.string != nil)
            #expect(marked.json["metadata", "generation"]?.int == 2)
            let again = try await cluster.call("DELETE", "\(Harness.pods)/p")
            #expect(again.json["metadata", "resourceVersion"] == marked.json["metadata", "resourceVersion"])
            let shorter = try await cluster.call("DELETE", "\(Harness.pods)/p", ["gracePeriodSeconds": 5])
            #expect(shorter.json["metadata", "deletionGracePeriodSeconds"]?.int == 5)
            let longer = try await cluster.call("DELETE", "\(Harness.pods)/p?gracePeriodSeconds=60")
            #expect(longer.json["metadata", "deletionGracePeriodSeconds"]?.int == 5)
            #expect(try await cluster.call("DELETE", "\(Harness.pods)/p?gracePeriodSeconds=0").status == 200)
            #expect(try await cluster.call("GET", "\(Harness.pods)/p").status == 404)
        }
    }

    @Test func podsWithoutNodeAndFinishedPodsGoAtOnce() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("a"))
            _ = try await cluster.call("DELETE", "\(Harness.pods)/a")
            #expect(try await cluster.call("GET", "\(Harness.pods)/a").status == 404)
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("b", node: "n"))
            _ = try await cluster.call(
                "PATCH", "\(Harness.pods)/b/status", ["status": ["phase": "Succeeded"]], headers: Self.merge)
            _ = try await cluster.call("DELETE", "\(Harness.pods)/b")
            #expect(try await cluster.call("GET", "\(Harness.pods)/b").status == 404)
        }
    }

    @Test func finalizersHoldAnObject() async throws {
        try await Harness.run { cluster in
            var object: JSON = Harness.configMap("x")
            object["metadata", "finalizers"] = ["example.com/hold"]
            _ = try await cluster.call("POST", Harness.configMaps, object)
            let marked = try await cluster.call("DELETE", "\(Harness.configMaps)/x")
            #expect(marked.json["metadata", "deletionTimestamp"]?.string != nil, "\(marked.text)")
            let added = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/x",
                ["metadata": ["finalizers": ["example.com/hold", "example.com/more"]]], headers: Self.merge)
            #expect(added.status == 422)
            #expect(added.message.contains("no new finalizers can be added if the object is being deleted"))
            let freed = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/x", ["metadata": ["finalizers": .null]], headers: Self.merge)
            #expect(freed.status == 200, "\(freed.text)")
            #expect(try await cluster.call("GET", "\(Harness.configMaps)/x").status == 404)
        }
    }

    @Test func propagationBecomesFinalizers() async throws {
        try await Harness.run { cluster in
            for (policy, finalizer) in [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")] {
                _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
                let marked = try await cluster.call(
                    "DELETE", "\(Harness.configMaps)/x?propagationPolicy=\(policy)")
                #expect(marked.json["metadata", "finalizers"]?.strings == [finalizer])
                _ = try await cluster.call(
                    "PATCH", "\(Harness.configMaps)/x", ["metadata": ["finalizers": .null]], headers: Self.merge)
            }
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            let wrong = try await cluster.call("DELETE", "\(Harness.configMaps)/x", ["propagationPolicy": "Sideways"])
            #expect(wrong.status == 422)
            let gone = try await cluster.call("DELETE", "\(Harness.configMaps)/x?propagationPolicy=Background")
            #expect(gone.json["status"]?.string == "Success")
        }
    }

    @Test func preconditionsMustHold() async throws {
        try await Harness.run { cluster in
            let created = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            let uid = created.json["metadata", "uid"]?.string ?? ""
            let version = created.json["metadata", "resourceVersion"]?.string ?? ""
            let path = "\(Harness.configMaps)/x"
            let wrong = try await cluster.call("DELETE", path, ["preconditions": ["uid": "other"]])
            #expect(wrong.status == 409)
            #expect(
                wrong.message.hasSuffix("Precondition failed: UID in precondition: other, UID in object meta: \(uid)"))
            let stale = try await cluster.call("DELETE", path, ["preconditions": ["resourceVersion": "1"]])
            #expect(stale.status == 409)
            let right = try await cluster.call(
                "DELETE", path, ["preconditions": ["uid": JSON(uid), "resourceVersion": JSON(version)]])
            #expect(right.status == 200)
        }
    }

    @Test func collectionsGoBySelector() async throws {
        try await Harness.run { cluster in
            for name in ["a", "b", "c"] {
                var object: JSON = Harness.configMap(name)
                if name != "b" { object["metadata", "labels"] = ["app": "x"] }
                _ = try await cluster.call("POST", Harness.configMaps, object)
            }
            let deleted = try await cluster.call("DELETE", "\(Harness.configMaps)?labelSelector=app%3Dx")
            #expect(deleted.status == 200)
            #expect(deleted.json["items"]?.count == 2)
            let left = try await cluster.call("GET", Harness.configMaps)
            #expect(left.json["items"]?.elements.compactMap { $0["metadata", "name"]?.string } == ["b"])
        }
    }
}

@Suite struct NamespaceTests {
    @Test func systemNamespacesAreThere() async throws {
        try await Harness.run { cluster in
            let list = try await cluster.call("GET", "/api/v1/namespaces")
            let names = list.json["items"]?.elements.compactMap { $0["metadata", "name"]?.string }
            #expect(names == ["default", "kube-node-lease", "kube-public", "kube-system"])
            #expect(list.json["items"]?[0]["spec", "finalizers"]?.strings == ["kubernetes"])
            let refused = try await cluster.call("DELETE", "/api/v1/namespaces/default")
            #expect(refused.status == 403)
            #expect(refused.message == "namespaces \"default\" is forbidden: this namespace may not be deleted")
        }
    }

    @Test func nothingIsCreatedInATerminatingNamespace() async throws {
        try await Harness.run { cluster in
            let namespace: JSON = ["kind": "Namespace", "apiVersion": "v1", "metadata": ["name": "team"]]
            _ = try await cluster.call("POST", "/api/v1/namespaces", namespace)
            let deleted = try await cluster.call("DELETE", "/api/v1/namespaces/team")
            #expect(deleted.json["status", "phase"]?.string == "Terminating")
            let refused = try await cluster.call(
                "POST", "/api/v1/namespaces/team/configmaps", Harness.configMap("x"))
            #expect(refused.status == 403)
            #expect(
                refused.message
                    == "configmaps \"x\" is forbidden: unable to create new content in namespace team because it is "
                    + "being terminated")
            #expect(refused.json["details", "causes"]?[0]["reason"]?.string == "NamespaceTerminating")
            var finalized: JSON = deleted.json
            finalized["spec", "finalizers"] = .array
            let gone = try await cluster.call("PUT", "/api/v1/namespaces/team/finalize", finalized)
            #expect(gone.status == 200, "\(gone.text)")
            #expect(try await cluster.call("GET", "/api/v1/namespaces/team").status == 404)
        }
    }
}
