import Basics
import ControlLoops
import ExpositionTestKit
import KubeAPI
import LoopTestKit
import PrometheusExport
@testable import Scheduler
import Testing

@Suite struct SchedulerMetricsTests {
    @Test(.timeLimit(.minutes(1))) func attemptsAreCountedByTheirEnd() async throws {
        let harness = Harness()
        let registry = PrometheusRegistry()
        var context = harness.context
        context.metrics = registry
        let loop = SchedulerLoop(context, Profile(), random: SplitMix64(seed: 7))
        try await harness.run([loop]) {
            try await harness.cluster.make(node("n1", cpu: "1"))
            _ = try await harness.cluster.create(pod("a", cpu: "800m"))
            try await harness.wait(Event.self) { $0.count == 1 }
            _ = try await harness.cluster.create(pod("b", cpu: "800m"))
            try await harness.wait(Event.self) { $0.count == 2 }
        }
        let page = ExpositionParser.parse(await registry.page())
        #expect(page.problems.isEmpty)
        #expect(KubernetesMetrics.faults(page, KubernetesMetrics.scheduler).isEmpty)
        func attempts(_ result: String) -> Double? {
            page.value(
                "scheduler_schedule_attempts_total", ["result": result, "profile": "default-scheduler"])
        }
        #expect(attempts("scheduled") == 1 && attempts("unschedulable") == 1 && attempts("error") == 0)
        #expect(page.value("scheduler_pending_pods", ["queue": "unschedulable"]) == 1)
        #expect(page.value("scheduler_pending_pods", ["queue": "active"]) == 0)
        #expect(page.value("scheduler_pod_scheduling_attempts_sum") == 1)
        #expect(page.value("scheduler_pod_scheduling_sli_duration_seconds_count", ["attempts": "1"]) == 1)
        #expect(page.value("scheduler_scheduling_algorithm_duration_seconds_count") == 2)
    }
}
