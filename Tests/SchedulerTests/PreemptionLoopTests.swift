import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import Scheduler

/// Preemption on the real server: who leaves, what is said of it, and that the pod gets the room.
@Suite struct PreemptionLoopTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }
    var loop: SchedulerLoop { SchedulerLoop(harness.context, Profile(), random: SplitMix64(seed: 7)) }

    private func important(_ name: String, _ priority: String, cpu: String) -> Pod {
        pod(name, cpu: cpu) { $0.json["spec", "priorityClassName"] = JSON(priority) }
    }
    private func prepare() async throws {
        try await cluster.make(node("n1", cpu: "1"))
        for (name, value) in [("low", 1), ("high", 100)] {
            _ = try await cluster.create(
                PriorityClass {
                    $0.metadata = ObjectMeta { $0.name = name }
                    $0.json["value"] = JSON(value)
                })
        }
        _ = try await cluster.create(
            important("victim", "low", cpu: "800m"))
        try await harness.wait(Pod.self) { $0.first?.spec.nodeName == "n1" }
    }

    @Test(.timeLimit(.minutes(1))) func theLessImportantLeavesAndTheOtherComes() async throws {
        try await harness.run([loop]) {
            try await prepare()
            // It takes its time to end, as on a node.
            try await cluster.edit(Pod.self, key("victim")) { $0.json["metadata", "finalizers"] = ["test/kubelet"] }
            _ = try await cluster.create(important("taker", "high", cpu: "900m"))
            try await harness.wait(Pod.self) { pods in
                let victim = pods.first { $0.name == "victim" }
                let taker = pods.first { $0.name == "taker" }
                return victim?.isBeingDeleted == true && taker?.json["status", "nominatedNodeName"]?.string == "n1"
            }
            let victim = try #require(cluster.object(Pod.self, key("victim")))
            let condition = victim.json["status", "conditions"]?.elements.first {
                $0["type"]?.string == "DisruptionTarget"
            }
            #expect(condition?["reason"]?.string == "PreemptionByScheduler")
            #expect(
                condition?["message"]?.string == "default-scheduler: preempting to accommodate a higher priority pod")
            let taker = try #require(cluster.object(Pod.self, key("taker")))
            #expect(
                taker.json["status", "conditions"]?[0]["message"]?.string
                    == "0/1 nodes are available: 1 Insufficient cpu.")
            let sentence = "Preempted by pod \(taker.uid) on node n1"
            try await harness.wait(Event.self) {
                $0.contains {
                    $0.reason == "Preempted" && $0.message == sentence && $0.involvedObject?.name == "victim"
                }
            }
            // The room is promised: another of the same size does not get it.
            try await cluster.edit(Pod.self, key("victim")) { $0.json["metadata", "finalizers"] = nil }
            try await cluster.delete(Pod.self, key("victim"), .init(gracePeriodSeconds: 0))
            _ = try await cluster.create(important("late", "low", cpu: "800m"))
            while cluster.object(Pod.self, key("taker"))?.spec.nodeName != "n1" {
                harness.clock.advance(by: .seconds(1))
                await Task.yield()
            }
            #expect(cluster.object(Pod.self, key("late"))?.spec.nodeName == nil)
            #expect(cluster.object(Pod.self, key("taker"))?.json["status", "nominatedNodeName"] == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aFailedDeletionIsTriedAgain() async throws {
        try await harness.run([loop]) {
            try await prepare()
            cluster.fail("delete", Pod.resource, with: .internalError("no"))
            _ = try await cluster.create(important("taker", "high", cpu: "900m"))
            while cluster.object(Pod.self, key("victim"))?.isBeingDeleted != true {
                harness.clock.advance(by: .seconds(1))
                await Task.yield()
            }
            try await cluster.delete(Pod.self, key("victim"), .init(gracePeriodSeconds: 0))
            while cluster.object(Pod.self, key("taker"))?.spec.nodeName != "n1" {
                harness.clock.advance(by: .seconds(1))
                await Task.yield()
            }
        }
    }
}
