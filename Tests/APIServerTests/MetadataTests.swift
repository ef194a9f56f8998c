import APIMachinery
import APIServer
import Testing

/// What of an object's metadata is refused, kept and dropped, as kube-apiserver v1.36 does.
@Suite struct MetadataTests {
    static let nodes = "/api/v1/nodes"
    static let deployments = "/apis/apps/v1/namespaces/default/deployments"
    static let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"

    private static func map(_ metadata: JSON) -> JSON {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata]
    }
    private static func lease(_ metadata: JSON) -> JSON {
        ["apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata]
    }
    /// The causes of a refusal, each with its field.
    private func said(_ reply: Harness.Reply) -> [String] {
        (reply.json["details", "causes"]?.elements ?? []).map {
            "\($0["field"]?.string ?? ""): \($0["message"]?.string ?? "")"
        }
    }

    @Test func namesAreCheckedByTheKindThenAsPartsOfPaths() async throws {
        try await Harness.run { cluster in
            let map = try await cluster.call("POST", Harness.configMaps, Self.map(["name": "a/b"]))
            #expect(map.status == 422)
            #expect(said(map).count == 1, "the kind's own rule says it all: \(said(map))")
            #expect(said(map).first?.hasPrefix("metadata.name: Invalid value: \"a/b\": a lowercase RFC 1123") == true)
            func event(_ metadata: JSON) -> JSON {
                [
                    "apiVersion": "v1", "kind": "Event", "metadata": metadata, "reason": "R", "type": "Normal",
                    "involvedObject": ["kind": "Pod", "name": "p", "namespace": "default"],
                ]
            }
            let events = "/api/v1/namespaces/default/events"
            let slash = try await cluster.call("POST", events, event(["name": "a/b%c"]))
            #expect(
                said(slash) == [
                    "metadata.name: Invalid value: \"a/b%c\": may not contain '/'",
                    "metadata.name: Invalid value: \"a/b%c\": may not contain '%'",
                ])
            let dots = try await cluster.call("POST", events, event(["name": ".."]))
            #expect(said(dots) == ["metadata.name: Invalid value: \"..\": may not be '..'"])
            let prefix = try await cluster.call("POST", events, event(["generateName": "a%"]))
            #expect(said(prefix).first == "metadata.generateName: Invalid value: \"a%\": may not contain '%'")
            let upper = try await cluster.call("POST", events, event(["name": "Upper.1"]))
            #expect(upper.status == 201, "an event's name is free: \(upper.text)")
        }
    }

    @Test func aPrefixMayEndAsNoNameMay() async throws {
        try await Harness.run { cluster in
            for prefix in ["a-", "a.-", "a--", "A-"] {
                let made = try await cluster.call("POST", Harness.configMaps, Self.map(["generateName": JSON(prefix)]))
                // Kubernetes looks at a prefix with its last two letters replaced by one that is valid.
                if prefix == "A-" {
                    #expect(said(made).allSatisfy { $0.hasPrefix("metadata.name:") }, "\(made.text)")
                } else {
                    #expect(made.status == 201 || said(made).allSatisfy { $0.hasPrefix("metadata.name:") })
                }
            }
            let wrong = try await cluster.call("POST", Harness.configMaps, Self.map(["generateName": "-"]))
            #expect(
                said(wrong).first?.hasPrefix("metadata.generateName: Invalid value: \"-\"") == true, "\(wrong.text)")
            // An update need not repeat it, and then it is gone.
            let made = try await cluster.call("POST", Harness.configMaps, Self.map(["generateName": "job-"]))
            let name = made.json["metadata", "name"]?.string ?? ""
            let put = try await cluster.call(
                "PUT", "\(Harness.configMaps)/\(name)", Self.map(["name": JSON(name)]))
            #expect(put.status == 200)
            #expect(put.json["metadata", "generateName"] == nil)
        }
    }

    @Test func aNamespaceIsALabelAndNothingForTheCluster() async throws {
        try await Harness.run { cluster in
            let namespace: JSON = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "A.b"]]
            let refused = try await cluster.call("POST", "/api/v1/namespaces", namespace)
            #expect(said(refused).first?.hasPrefix("metadata.name: Invalid value: \"A.b\"") == true)
            let node: JSON = ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n", "namespace": "default"]]
            let made = try await cluster.call("POST", Self.nodes, node)
            #expect(made.status == 201)
            #expect(made.json["metadata", "namespace"] == nil)
            let other = try await cluster.call(
                "POST", Harness.configMaps, Self.map(["name": "x", "namespace": "other"]))
            #expect(other.status == 400)
        }
    }

    @Test func theGenerationIsTheServers() async throws {
        try await Harness.run { cluster in
            let below = try await cluster.call("POST", Harness.configMaps, Self.map(["name": "x", "generation": -1]))
            #expect(
                said(below) == ["metadata.generation: Invalid value: -1: must be greater than or equal to 0"],
                "\(below.text)")
            let made = try await cluster.call("POST", Harness.configMaps, Self.map(["name": "x", "generation": 7]))
            #expect(made.json["metadata", "generation"]?.int == 7)
            for generation: JSON in [99, 1] {
                let put = try await cluster.call(
                    "PUT", "\(Harness.configMaps)/x", Self.map(["name": "x", "generation": generation]))
                #expect(put.status == 200, "\(put.text)")
                #expect(put.json["metadata", "generation"]?.int == 7, "an update cannot say another")
            }
        }
    }

    @Test func aVersionIsAskedForWhereTheKindWantsOne() async throws {
        try await Harness.run { cluster in
            let made = try await cluster.call("POST", Self.leases, Self.lease(["name": "x"]))
            #expect(made.status == 201)
            let blind = try await cluster.call("PUT", "\(Self.leases)/x", Self.lease(["name": "x"]))
            #expect(blind.status == 422)
            #expect(
                blind.message
                    == "leases.coordination.k8s.io \"x\" is invalid: metadata.resourceVersion: Invalid value: 0: must be "
                    + "specified for an update")
            let version = made.json["metadata", "resourceVersion"] ?? ""
            let put = try await cluster.call(
                "PUT", "\(Self.leases)/x", Self.lease(["name": "x", "resourceVersion": version]))
            #expect(put.status == 200)
            _ = try await cluster.call("POST", Harness.configMaps, Self.map(["name": "x"]))
            #expect(try await cluster.call("PUT", "\(Harness.configMaps)/x", Self.map(["name": "x"])).status == 200)
        }
    }

    @Test func finalizersAreThoseThatTheKindTakes() async throws {
        try await Harness.run { cluster in
            let plain =
                "metadata.finalizers[0]: Invalid value: \"mine\": name is neither a standard finalizer name nor is it "
                + "fully qualified"
            let made = try await cluster.call(
                "POST", Harness.configMaps, Self.map(["name": "x", "finalizers": ["mine"]]))
            #expect(said(made) == [plain])
            _ = try await cluster.call("POST", Harness.configMaps, Self.map(["name": "x"]))
            let put = try await cluster.call(
                "PUT", "\(Harness.configMaps)/x", Self.map(["name": "x", "finalizers": ["mine"]]))
            #expect(said(put) == [plain])
            let space = try await cluster.call(
                "PUT", "\(Harness.configMaps)/x", Self.map(["name": "x", "finalizers": ["a b/c d"]]))
            #expect(space.status == 422)
            let both = try await cluster.call(
                "PUT", "\(Harness.configMaps)/x",
                Self.map(["name": "x", "finalizers": ["orphan", "foregroundDeletion"]]))
            #expect(
                said(both) == [
                    "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer orphan and "
                        + "foregroundDeletion cannot be both set"
                ])
            // Kinds whose updates do not look at the names again, and one that never looks.
            _ = try await cluster.call(
                "POST", Self.nodes, ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"]])
            let node = try await cluster.call(
                "PATCH", "\(Self.nodes)/n", ["metadata": ["finalizers": ["mine"]]], headers: DeletionTests.merge)
            #expect(node.status == 200, "\(node.text)")
            let lease = try await cluster.call(
                "POST", Self.leases, Self.lease(["name": "free", "finalizers": ["mine"]]))
            #expect(lease.status == 201, "\(lease.text)")
            // Nothing new holds what is being deleted already.
            _ = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/x", ["metadata": ["finalizers": ["a.b/c"]]],
                headers: DeletionTests.merge)
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/x")
            let late = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/x", ["metadata": ["finalizers": ["a.b/c", "a.b/d"]]],
                headers: DeletionTests.merge)
            #expect(late.message.contains("found new finalizers []string{\"a.b/d\"}"), "\(late.text)")
        }
    }

    @Test func timesOfDeletionAreTheServers() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Self.map(["name": "x"]))
            let put = try await cluster.call(
                "PUT", "\(Harness.configMaps)/x",
                Self.map(["name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 5]))
            #expect(
                said(put) == [
                    "metadata.deletionTimestamp: Invalid value: \"2026-01-01T00:00:00Z\": field is immutable",
                    "metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable",
                ])
        }
    }

    @Test func ownersAreNamedWithoutTheirPlace() async throws {
        try await Harness.run { cluster in
            func owner(_ name: JSON) -> JSON {
                ["apiVersion": "v1", "kind": "Pod", "name": name, "uid": "1", "controller": true]
            }
            let reply = try await cluster.call(
                "POST", Harness.configMaps,
                Self.map(["name": "x", "ownerReferences": [owner(""), owner("b"), owner("c")]]))
            let lines = said(reply)
            #expect(lines.first == "metadata.ownerReferences.name: Invalid value: \"\": must not be empty")
            #expect(lines.count == 3)
            #expect(lines.last?.hasSuffix("Found \"true\" in references for Pod/ and Pod/c") == true)
        }
    }

    @Test func aStatusUpdateIsCheckedToo() async throws {
        try await Harness.run { cluster in
            let made = try await cluster.call("POST", Harness.pods, Harness.pod("p"))
            #expect(made.status == 201, "\(made.text)")
            var pod: JSON = made.json
            pod["metadata", "labels"] = ["a b": "c"]
            let reply = try await cluster.call("PUT", "\(Harness.pods)/p/status", pod)
            #expect(reply.status == 422)
            #expect(said(reply).first?.hasPrefix("metadata.labels: Invalid value: \"a b\"") == true, "\(reply.text)")
            pod["metadata", "labels"] = ["a": "c"]
            pod["metadata", "generation"] = 1000
            let sound = try await cluster.call("PUT", "\(Harness.pods)/p/status", pod)
            #expect(sound.status == 200, "\(sound.text)")
            #expect(sound.json["metadata", "generation"]?.int == 1)
        }
    }

    @Test func aNameThatIsBeingDeletedIsSaidToBe() async throws {
        try await Harness.run { cluster in
            let held = Self.map(["name": "x", "finalizers": ["a.b/c"]])
            _ = try await cluster.call("POST", Harness.configMaps, held)
            let there = try await cluster.call("POST", Harness.configMaps, Self.map(["name": "x"]))
            #expect(there.message == "configmaps \"x\" already exists")
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/x")
            let going = try await cluster.call("POST", Harness.configMaps, Self.map(["name": "x"]))
            #expect(going.status == 409)
            #expect(going.message == "object is being deleted: configmaps \"x\" already exists")
        }
    }
}
