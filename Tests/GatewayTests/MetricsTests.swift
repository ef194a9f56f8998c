import APIMachinery
import APIServer
import ControlLoops
import ControllerManager
import DatabaseTestKit
import ExpositionTestKit
import KubeAPI
import Scheduler
import Testing

@testable import Gateway

/// The page of a server with its loops, as a scraper gets it.
@Suite struct MetricsTests {
    @Test(.timeLimit(.minutes(2))) func aScraperReadsWhatKubernetesDashboardsAskFor() async throws {
        try await TestCluster.run { cluster in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let api = cluster.server.client(as: UserInfo(name: "admin", groups: ["system:masters"]))
                let world = World(api, logger: quiet)
                let context = LoopContext(world: world, api: api, logger: quiet, metrics: cluster.metrics)
                tasks.addTask { await world.run() }
                for loop in Controllers.controllers(context) + SchedulerLoops.loops(context) {
                    tasks.addTask { try await loop.run() }
                }
                let body =
                    #"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"d"},"spec":{"replicas":2,"#
                    + #""selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"#
                    + #""spec":{"containers":[{"name":"c","image":"i"}]}}}}"#
                let answer = try await cluster.call(
                    "-d", body, "-H", "content-type: application/json",
                    path: "/apis/apps/v1/namespaces/default/deployments")
                #expect(answer.hasSuffix("|201"))
                // Nowhere to run them: that is told of both.
                var page = ExpositionParser.Page()
                repeat {
                    page = try await Self.page(cluster)
                    try await Task.sleep(for: .milliseconds(50))
                } while page.sum("scheduler_schedule_attempts_total", ["result": "unschedulable"]) ?? 0 < 2

                #expect(page.problems == [])
                let expected = KubernetesMetrics.server + KubernetesMetrics.queues + KubernetesMetrics.scheduler
                #expect(KubernetesMetrics.faults(page, expected) == [])
                for loop in ["deployment-controller", "replicaset-controller"] {
                    #expect(page.value("workqueue_adds_total", ["name": loop]) ?? 0 >= 1.0)
                    #expect(page.value("workqueue_work_duration_seconds_count", ["name": loop]) ?? 0 >= 1.0)
                }
                #expect(page.value("apiserver_storage_objects", ["resource": "deployments.apps"]) == 1)
                #expect(page.value("apiserver_storage_objects", ["resource": "pods"]) == 2)
                #expect(page.value("etcd_server_has_leader") == 1)
                #expect(page.value("etcd_disk_wal_fsync_duration_seconds_count") ?? 0 > 1.0)
                tasks.cancelAll()
            }
        }
    }

    @Test func aScraperMayAskForOpenMetrics() async throws {
        try await TestCluster.run { cluster in
            let text = try await cluster.call(
                "-H", "accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "-D", "-", path: "/metrics"
            )
            #expect(text.contains("application/openmetrics-text; version=1.0.0; charset=utf-8"))
            #expect(text.hasSuffix("# EOF\n|200"))
        }
    }

    private static func page(_ cluster: TestCluster) async throws -> ExpositionParser.Page {
        let answer = try await cluster.call(path: "/metrics")
        #expect(answer.hasSuffix("|200"))
        return ExpositionParser.parse(String(answer.dropLast("|200".count)))
    }
}
