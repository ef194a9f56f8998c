import ExpositionTestKit
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct MetricsTests {
        /// Every part of the cluster counts on one page, under the names that others ask for.
        @Test func onePageShowsTheWholeCluster() throws {
            let cluster = try ClusterProcess([
                "--etcd-insecure-listen", "127.0.0.1:\(try FreePorts.take(1)[0])",
            ])
            defer { cluster.remove() }
            try cluster.start()
            var page = ExpositionParser.Page()
            try wait("the loops to have looked at the cluster") {
                page = ExpositionParser.parse(try cluster.curl("/metrics").output)
                return page.sum("workqueue_work_duration_seconds_count", ["name": "serviceaccount-controller"]) ?? 0 > 0
                    && page.sum("kubelet_running_pods") != nil && page.labels(of: "apiserver_watch_events_total") != nil
            }
            #expect(page.problems == [])
            let expected =
                KubernetesMetrics.server + KubernetesMetrics.queues + KubernetesMetrics.scheduler
                + KubernetesMetrics.autoscaler
            #expect(KubernetesMetrics.faults(page, expected) == [])
            #expect(page.families["etcd_mvcc_put_total"] == "counter")
            #expect(page.families["skiff_audit_events_recorded_total"] == "counter")
            #expect(page.sum("skiff_metrics_dropped_records_total") == 0)
            // Every loop that has a queue shows it.
            let loops = Set(
                page.samples.keys.filter { $0.name == "workqueue_adds_total" }.compactMap { $0.labels["name"] })
            #expect(
                loops.isSuperset(of: ["deployment-controller", "replicaset-controller", "generic-garbage-collector"]))
        }
    }
}
