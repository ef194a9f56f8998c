import APIMachinery
import ControlLoops
import KubeAPI
import Testing

@testable import Kubelet

/// The end of a node, in order.
@Suite(.timeLimit(.minutes(3))) struct ShutdownTests {
    @Test func podsOfLowPriorityEndFirstAndAllAreFailed() async throws {
        let node = NodeFixture(index: 95) {
            $0.shutdownGracePeriods = [
                ShutdownGracePeriod(priority: 1_000, seconds: 20), ShutdownGracePeriod(priority: 0, seconds: 2),
            ]
        }
        try await node.with { kubelet in
            _ = try await node.cluster.create(
                PriorityClass.resource,
                [
                    "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": ["name": "high"],
                    "value": 1_000,
                ])
            // One that obeys, one that does not, and one that is to end after them.
            try await node.pod("obeys", script: "trap 'exit 0' TERM; while :; do sleep 0.1; done") {
                $0.spec.terminationGracePeriodSeconds = 60
            }
            try await node.pod("disobeys", script: "trap '' TERM; while :; do sleep 0.1; done") {
                $0.spec.terminationGracePeriodSeconds = 60
            }
            try await node.pod("last", script: "trap 'exit 3' TERM; while :; do sleep 0.1; done") {
                $0.spec.terminationGracePeriodSeconds = 60
                $0.spec.priorityClassName = "high"
            }
            for name in ["obeys", "disobeys", "last"] {
                try await node.wait(name) { $0?.conditionStatus("Ready") == "True" }
            }
            await kubelet.shutDown()
            let pods = ["obeys", "disobeys", "last"].compactMap {
                node.cluster.object(Pod.self, ObjectKey(namespace: "default", name: $0))
            }
            for pod in pods {
                #expect(pod.phase == "Failed" && pod.status.reason == "Terminated")
                #expect(pod.status.message == "Pod was terminated in response to imminent node shutdown.")
                #expect(pod.condition("DisruptionTarget")?["reason"]?.string == "TerminationByKubelet")
            }
            let ends = pods.map { $0.main?.state?.terminated }
            #expect(ends.map { $0?.exitCode } == [0, 137, 3])
            #expect((ends[1]?.finishedAt ?? "") <= (ends[2]?.finishedAt ?? ""))

            try await node.pod("late", script: "exit 0")
            let late = try #require(try await node.wait("late") { $0?.isTerminal == true })
            #expect(late.status.reason == "NodeShutdown")
            try await node.world.cache(Node.resource).wait(until: ObjectKey(name: "node-1")) { node in
                node.map { Node($0) }?.status.conditions.contains {
                    $0.type == "Ready" && $0.status == "False" && $0.message == "node is shutting down"
                } ?? false
            }
        }
    }

    @Test func periodsAreOfPriorities() {
        let both = ShutdownGracePeriod.all(totalSeconds: 30, criticalSeconds: 10)
        #expect(both.map(\.seconds) == [20, 10])
        #expect(
            [-5, 0, 1_999_999_999, 2_000_000_000].map { ShutdownGracePeriod.place(of: $0, in: both) } == [0, 0, 0, 1])
        #expect(ShutdownGracePeriod.all(totalSeconds: 0, criticalSeconds: 0).isEmpty)
    }
}
