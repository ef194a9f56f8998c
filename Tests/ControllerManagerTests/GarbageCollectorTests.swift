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
    var cluster: MemoryCluster { harness.cluster }
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
            var free = try #require(cluster.object(ConfigMap.self, key("held")))
            free.metadata.finalizers = []
            _ = try await cluster.update(free)
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
