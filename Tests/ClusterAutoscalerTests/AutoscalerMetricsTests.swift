import APIMachinery
import Basics
import ControlLoops
import ExpositionTestKit
import KubeAPI
import LoopTestKit
import PrometheusExport
import Scheduler
import Testing

@testable import ClusterAutoscaler

@Suite struct AutoscalerMetricsTests {
    /// Two looks at a cluster with one pod too many: a node is asked for, and counted once it is there.
    @Test(.timeLimit(.minutes(1))) func looksAreCounted() async throws {
        let harness = Harness()
        let registry = PrometheusRegistry()
        var context = harness.context
        context.metrics = registry
        let provider = TestProvider([group("a")], in: harness.cluster)
        let loop = AutoscalerLoop(context, provider, AutoscalerOptions(), random: SplitMix64(seed: 7))
        try await harness.run([SchedulerLoop(harness.context), loop]) {
            var new = pod("web-0")
            new.json["status"] = nil
            for field in ["uid", "creationTimestamp"] { new.json["metadata", field] = nil }
            _ = try await harness.cluster.create(new)
            while harness.cluster.objects(Pod.self).contains(where: { $0.nodeName.isEmpty }) {
                harness.clock.advance(by: .seconds(5))
                try await Task.sleep(for: .milliseconds(10))
            }
            // The next look has seen the node.
            while loop.explainer.explanation("a")?["nodes", "ready"]?.int != 1 {
                harness.clock.advance(by: .seconds(5))
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let page = ExpositionParser.parse(await registry.page())
        #expect(page.problems.isEmpty)
        #expect(KubernetesMetrics.faults(page, KubernetesMetrics.clusterAutoscaler) == [])
        #expect(page.value("cluster_autoscaler_scaled_up_nodes_total") == 1)
        #expect(page.value("cluster_autoscaler_cluster_safe_to_autoscale") == 1)
        #expect(page.value("cluster_autoscaler_node_groups_count", ["node_group_type": "autoscaled"]) == 1)
    }
}
