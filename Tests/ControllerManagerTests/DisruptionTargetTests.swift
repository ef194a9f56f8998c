import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// Why pods go through no fault of their own, and how fast nodes may lose them.
@Suite struct DisruptionTargetTests {
    private let script = WorldScript()

    private func pod(_ name: String, on node: String) -> Pod {
        Pod([
            "metadata": ["name": JSON(name), "namespace": "default", "uid": JSON(name), "generation": 3],
            "spec": ["nodeName": JSON(node), "containers": []], "status": ["phase": "Running"],
        ])
    }
    private func node(_ name: String, _ ready: String = "True", zone: String = "a") -> Node {
        Node([
            "metadata": ["name": JSON(name), "labels": ["topology.kubernetes.io/zone": JSON(zone)]], "spec": .object,
            "status": ["conditions": [["type": "Ready", "status": JSON(ready)]]],
        ])
    }
    private func condition(_ changes: [Change]) -> [String] {
        changes.flatMap { change -> [String] in
            switch change {
            case .batch(let batch): return condition(batch.changes)
            case .patch(_, let key, _, let patch, .status):
                let condition = patch["status", "conditions"]?[0]
                return [
                    "\(key.name) \(patch["status", "phase"]?.string ?? "-") \(condition?["type"]?.string ?? "-") "
                        + "\(condition?["reason"]?.string ?? "-"): \(condition?["message"]?.string ?? "-")"
                ]
            case .delete(_, let key, _): return ["delete \(key.name)"]
            default: return []
            }
        }
    }

    @Test func aTaintTellsWhy() {
        script.put(pod("p", on: "n"))
        var tainted = node("n")
        tainted.json["spec", "taints"] = [["key": "k", "effect": "NoExecute"]]
        script.put(tainted)
        let loop = TaintEvictionReconciler(script.context)
        #expect(
            condition(loop.reconcile(ObjectKey(namespace: "default", name: "p"))) == [
                "p - DisruptionTarget DeletionByTaintManager: Taint manager: deleting due to NoExecute taint",
                "delete p",
            ])
    }

    @Test func sweptPodsHaveFailed() {
        script.put(pod("lost", on: "gone"))
        var leaving = pod("leaving", on: "dead")
        leaving.json["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
        script.put(leaving)
        var kept = leaving
        kept.json["metadata", "name"] = "kept"
        kept.json["metadata", "uid"] = "kept"
        kept.json["spec", "nodeName"] = "silent"
        script.put(kept)
        var dead = node("dead", "Unknown")
        dead.json["spec", "taints"] = [["key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"]]
        script.put(dead)
        script.put(node("silent", "Unknown"))
        let loop = PodGarbageReconciler(script.context)
        let sweep = ObjectKey(name: "sweep")
        #expect(condition(loop.reconcile(sweep)) == ["leaving Failed - -: -", "delete leaving"])
        script.clock.advance(by: PodGarbageReconciler.quarantine)
        #expect(
            condition(loop.reconcile(sweep)) == [
                "leaving Failed - -: -",
                "lost Failed DisruptionTarget DeletionByPodGC: PodGC: node no longer exists", "delete leaving",
                "delete lost",
            ])
    }

    // MARK: Zones

    private func census(_ nodes: [Node]) -> ZoneCensus {
        let census = ZoneCensus()
        for node in nodes { census.note(node, among: nodes, count: nodes.count) }
        return census
    }

    @Test func nodesLoseTheirPodsOneAfterTheOther() {
        let now = script.clock.now
        let nodes = (0..<8).map { node("n\($0)", $0 < 2 ? "Unknown" : "True") }
        let census = census(nodes)
        #expect(census.leave(for: nodes[0], now) == .granted)
        #expect(census.leave(for: nodes[1], now) == .later(.seconds(10)))
        #expect(census.leave(for: nodes[0], now) == .granted)
        #expect(census.leave(for: nodes[1], now + .seconds(10)) == .granted)
    }

    @Test func aSickZoneWaitsIfItIsSmallAndElseGoesSlowly() {
        let now = script.clock.now
        for size in [10, 60] {
            let nodes = (0..<size).map { node("n\($0)", $0 < size * 6 / 10 ? "Unknown" : "True") }
            let census = census(nodes)
            #expect(census.leave(for: nodes[0], now) == (size == 10 ? .refused : .granted))
            #expect(census.leave(for: nodes[1], now) == (size == 10 ? .refused : .later(.seconds(100))))
        }
    }

    @Test func aZoneWithoutAnyNodeGoesOnUnlessAllZonesAreSo() {
        let now = script.clock.now
        var nodes = (0..<4).map { node("a\($0)", "Unknown", zone: "a") } + (0..<4).map { node("b\($0)", zone: "b") }
        let census = census(nodes)
        #expect(census.leave(for: nodes[0], now) == .granted)
        for index in 4..<8 {
            nodes[index] = node("b\(index - 4)", "Unknown", zone: "b")
            census.note(nodes[index], among: nodes, count: nodes.count)
        }
        for node in nodes { #expect(census.leave(for: node, now + .seconds(60)) == .refused) }
        // One that is back does not let the others go at once.
        census.note(node("b0", zone: "b"), among: nodes, count: nodes.count)
        #expect(census.leave(for: nodes[1], now + .seconds(60)) == .granted)
        #expect(census.leave(for: nodes[2], now + .seconds(60)) == .later(.seconds(10)))
    }
}
