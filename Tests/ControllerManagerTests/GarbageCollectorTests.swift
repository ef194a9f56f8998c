import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

private func map(_ name: String, owners: [(ConfigMap, blocks: Bool)] = []) -> ConfigMap {
    ConfigMap {
        $0.metadata = ObjectMeta { meta in
            meta.namespace = "default"
            meta.name = name
            meta.ownerReferences = owners.map { owner, blocks in
                OwnerReference {
                    $0.apiVersion = "v1"
                    $0.kind = "ConfigMap"
                    $0.name = owner.name
                    $0.uid = owner.uid
                    $0.blockOwnerDeletion = blocks
                }
            }
        }
    }
}
private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

@Suite struct GarbageCollectorTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }
    func names() -> [String] { cluster.objects(ConfigMap.self).map(\.name) }

    @Test(.timeLimit(.minutes(1))) func whatNobodyOwnsGoesWithItsLastOwner() async throws {
        try await harness.run([GarbageCollector(harness.context)], retrying: true) {
            let a = try await cluster.create(map("a"))
            let b = try await cluster.create(map("b"))
            _ = try await cluster.create(map("child", owners: [(a, false), (b, false)]))
            let other = try await cluster.create(map("other", owners: [(a, false)]))
            _ = try await cluster.create(map("grandchild", owners: [(other, false)]))
            try await cluster.delete(ConfigMap.self, key("a"))
            try await harness.wait(ConfigMap.self) { $0.map(\.name) == ["b", "child"] }
            try await harness.wait(ConfigMap.self) { $0.last?.metadata.ownerReferences.map(\.name) == ["b"] }
            try await cluster.delete(ConfigMap.self, key("b"))
            try await harness.wait(ConfigMap.self) { $0.isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func anOwnerOfTheSameNameButAnotherUidDoesNotCount() async throws {
        try await harness.run([GarbageCollector(harness.context)], retrying: true) {
            var stranger = try await cluster.create(map("a"))
            stranger.json["metadata", "uid"] = "somebody-else"
            _ = try await cluster.create(map("child", owners: [(stranger, false)]))
            try await harness.wait(ConfigMap.self) { $0.map(\.name) == ["a"] }
        }
    }

    @Test(.timeLimit(.minutes(1))) func foregroundWaitsForThoseThatBlock() async throws {
        try await harness.run([GarbageCollector(harness.context)], retrying: true) {
            let a = try await cluster.create(map("a"))
            var held = map("held", owners: [(a, true)])
            held.metadata.finalizers = ["example.com/hold"]
            _ = try await cluster.create(held)
            _ = try await cluster.create(map("loose", owners: [(a, false)]))
            try await cluster.delete(ConfigMap.self, key("a"), .init(propagation: .foreground))
            try await harness.wait(ConfigMap.self) { $0.map(\.name) == ["a", "held"] && $0[1].isBeingDeleted }
            // Nothing but the held one keeps the owner.
            #expect(cluster.object(ConfigMap.self, key("a"))?.metadata.finalizers == ["foregroundDeletion"])
            try await cluster.edit(ConfigMap.self, key("held")) { $0.metadata.finalizers = [] }
            try await harness.wait(ConfigMap.self) { $0.isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func orphansLoseTheReferenceAndStay() async throws {
        try await harness.run([GarbageCollector(harness.context)], retrying: true) {
            let a = try await cluster.create(map("a"))
            _ = try await cluster.create(map("child", owners: [(a, true)]))
            // The collector has seen the child before its owner goes.
            try await harness.world.cache(ConfigMap.self).wait(until: key("child")) { $0 != nil }
            try await cluster.delete(ConfigMap.self, key("a"), .init(propagation: .orphan))
            try await harness.wait(ConfigMap.self) { $0.map(\.name) == ["child"] }
            #expect(cluster.objects(ConfigMap.self)[0].metadata.ownerReferences.isEmpty)
        }
    }

    /// Makes maps of which each blocks the next in a ring, the last the first.
    private func ring(_ names: [String]) async throws {
        var owners: [ConfigMap] = []
        for name in names { owners.append(try await cluster.create(map(name))) }
        for (index, name) in names.enumerated() {
            let owner = owners[(index + names.count - 1) % names.count]
            try await cluster.edit(ConfigMap.self, key(name)) {
                $0.metadata.ownerReferences = map(name, owners: [(owner, true)]).metadata.ownerReferences
            }
        }
    }

    /// Kubernetes' own test of dependency circles makes three, and deletes one.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3])
    func aRingOfOwnersGoesInTheForeground(size: Int) async throws {
        let collector = GarbageCollector(harness.context)
        try await harness.run([collector], retrying: true) {
            try await ring((1...size).map { "m\($0)" })
            // Who only hangs on the ring goes with it; who is held keeps those before it, and no others.
            let first = try #require(cluster.object(ConfigMap.self, key("m1")))
            _ = try await cluster.create(map("leaf", owners: [(first, true)]))
            try await harness.world.cache(ConfigMap.self).wait(until: key("leaf")) { $0 != nil }
            try await cluster.delete(ConfigMap.self, key("m1"), .init(propagation: .foreground))
            try await harness.wait(ConfigMap.self) { $0.isEmpty }
        }
        let turns = collector.counts?.turns ?? 0
        #expect(turns < 100, "\(turns) turns for \(size) objects")
    }

    /// All of them are told to wait before the collector sees any: none can be deleted, since all are.
    @Test(.timeLimit(.minutes(1))) func aRingThatIsDeletedWholeGoesToo() async throws {
        try await ring(["a", "b", "c", "d"])
        for name in ["a", "b", "c", "d"] {
            try await cluster.delete(ConfigMap.self, key(name), .init(propagation: .foreground))
        }
        #expect(names() == ["a", "b", "c", "d"])
        try await harness.run([GarbageCollector(harness.context)], retrying: true) {
            try await harness.wait(ConfigMap.self) { $0.isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func anOwnerInAnotherNamespaceIsNoneAndThatIsTold() async throws {
        try await harness.run([GarbageCollector(harness.context)], retrying: true) {
            let owner = try await cluster.create(map("owner"))
            try await harness.world.cache(ConfigMap.self).wait(until: key("owner")) { $0 != nil }
            var child = map("child", owners: [(owner, false)])
            child.metadata.namespace = "kube-public"
            _ = try await cluster.create(child)
            try await harness.wait(ConfigMap.self) { $0.map(\.name) == ["owner"] }
            try await harness.wait(Event.self) { !$0.isEmpty }
            let event = try #require(cluster.objects(Event.self).first)
            #expect(event.reason == "OwnerRefInvalidNamespace" && event.type == "Warning")
            #expect(event.namespace == "kube-public" && event.involvedObject?.name == "child")
            #expect(
                event.message == "ownerRef [v1/ConfigMap, namespace: kube-public, name: owner, uid: \(owner.uid)] "
                    + "does not exist in namespace \"kube-public\"")
            #expect(event.source?.component == "garbage-collector-controller")
        }
    }

    @Test func verdicts() {
        let plain: JSON = ["metadata": ["name": "x"]]
        let orphaning: JSON = ["metadata": ["finalizers": ["orphan"]]]
        func verdict(_ object: JSON, _ standings: [String: OwnerStanding], _ hasDependents: Bool = false)
            -> GarbageVerdict
        {
            GarbageJudge.verdict(on: object, standings, hasDependents: hasDependents)
        }
        #expect(verdict(plain, [:]) == .keep)
        #expect(verdict(plain, ["a": .solid]) == .keep)
        #expect(verdict(plain, ["a": .solid, "b": .absent, "c": .waiting]) == .dropReferences(to: ["b", "c"]))
        #expect(verdict(plain, ["a": .absent]) == .delete(.background))
        #expect(verdict(plain, ["a": .waiting], true) == .delete(.foreground))
        #expect(verdict(plain, ["a": .waiting], false) == .delete(.background))
        #expect(verdict(orphaning, ["a": .absent]) == .delete(.orphan))
    }

    @Test func anOwnerInANamespaceCannotOwnAnObjectOfTheCluster() {
        let graph = OwnerGraph(harness.world, .builtIn)
        let reference: JSON = ["apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "u"]
        #expect(graph.owner(reference, of: ObjectKey(name: "node")) == nil)
        let node: JSON = ["apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"]
        #expect(graph.owner(node, of: key("lease"))?.key == ObjectKey(name: "n"))
        let unknown: JSON = ["apiVersion": "x.io/v1", "kind": "What", "name": "n", "uid": "u"]
        #expect(graph.owner(unknown, of: key("x")) == nil)
    }
}
