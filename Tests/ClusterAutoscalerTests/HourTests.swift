import APIMachinery
import Autoscalers
import Basics
import ControlLoops
import ControllerManager
import KubeAPI
import LoopTestKit
import Scheduler
import Synchronization
import Testing

@testable import ClusterAutoscaler

/// More pods by the processor, more nodes by the pods: an hour of a Deployment's time, with the real scheduler and controllers.
/// A further autoscaler is one more loop in the list.
@Suite struct HourTests {
    /// What a moment was like.
    private struct Minute: Equatable, CustomStringConvertible {
        var replicas: Int
        var nodes: Int
        var description: String { "\(replicas)/\(nodes)" }
    }
    private let harness = Harness()
    private let load = Load()
    private var cluster: TestCluster { harness.cluster }

    /// So many thousandths of a core fall on all pods that run, alike.
    private final class Load: ScalingMetrics {
        struct State: Sendable {
            var total = 900
            var pods: [String] = []
            var time = Instant(nanoseconds: 0)
        }
        let state = Mutex(State())

        func usage(
            of resource: String, container: String?, namespace: String, _ selector: LabelSelector
        ) throws(MetricFailure) -> [String: PodSample] {
            let state = state.withLock { $0 }
            let each = state.total / max(1, state.pods.count)
            return Dictionary(
                state.pods.map { ($0, PodSample(value: each, time: state.time, window: .seconds(15))) }
            ) { first, _ in first }
        }
        func value(
            ofPods metric: String, _ series: LabelSelector, namespace: String, _ pods: LabelSelector
        ) throws(MetricFailure) -> [String: PodSample] { throw MetricFailure("none") }
        func value(
            of object: CrossVersionObjectReference, _ metric: String, _ series: LabelSelector, namespace: String
        ) throws(MetricFailure) -> Int { throw MetricFailure("none") }
        func values(
            ofExternal metric: String, _ series: LabelSelector, namespace: String
        ) throws(MetricFailure) -> [Int] { throw MetricFailure("none") }
    }

    @Test(.timeLimit(.minutes(3))) func replicasAndNodesSettle() async throws {
        let provider = TestProvider([group("a", min: 1, max: 8)], in: cluster)
        var options = AutoscalerOptions()
        options.enforcesMinSize = true
        let loops: [any ControlLoop] =
            [
                HorizontalAutoscaler(harness.context, metrics: load), SchedulerLoop(harness.context),
                AutoscalerLoop(harness.context, provider, options, random: SplitMix64(seed: 3)),
            ] + Controllers.controllers(harness.context).prefix(2)
        var minutes: [Minute] = []
        try await harness.run(loops) {
            try await makeWorkload()
            for minute in 0..<60 {
                load.state.withLock { $0.total = (5..<20).contains(minute) ? 4_700 : 900 }
                for _ in 0..<12 {
                    try await settle()
                    harness.clock.advance(by: .seconds(5))
                }
                minutes.append(Minute(replicas: replicas, nodes: cluster.objects(Node.self).count))
            }
        }
        // 900 thousandths of a core at 60 % of 400 are four pods, 4,700 are twenty; a node has room for five. However the four
        // that are left lie, no more than two of them on a node are less than half of it.
        #expect(minutes[4] == Minute(replicas: 4, nodes: 1), "\(minutes)")
        #expect(minutes[18] == Minute(replicas: 20, nodes: 4), "\(minutes)")
        #expect(minutes[57...].allSatisfy { $0 == Minute(replicas: 4, nodes: 1) }, "\(minutes)")
        // Up, and down once the load is gone for long enough; no back and forth.
        let nodes = minutes.map(\.nodes)
        #expect(Self.isRising(nodes.prefix(19)) && Self.isRising(nodes.dropFirst(19).reversed()), "\(minutes)")
        #expect(nodes.max() == 4, "\(minutes)")
        #expect(Self.isRising(minutes.dropFirst(20).map(\.replicas).reversed()), "\(minutes)")
    }

    private static func isRising(_ counts: some Sequence<Int>) -> Bool {
        let counts = Array(counts)
        return counts == counts.sorted()
    }
    private var replicas: Int {
        cluster.object(Deployment.self, ObjectKey(namespace: "default", name: "web"))?.json["spec", "replicas"]?.int
            ?? 0
    }

    private func makeWorkload() async throws {
        _ = try await cluster.create(
            Deployment([
                "metadata": ["name": "web", "namespace": "default"],
                "spec": [
                    "replicas": 2, "selector": ["matchLabels": ["app": "web"]],
                    "template": [
                        "metadata": ["labels": ["app": "web"]],
                        "spec": [
                            "containers": [
                                ["name": "c", "image": "busybox", "resources": ["requests": ["cpu": "400m"]]]
                            ]
                        ],
                    ],
                ],
            ]))
        _ = try await cluster.create(
            HorizontalPodAutoscaler([
                "metadata": ["name": "web", "namespace": "default"],
                "spec": [
                    "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
                    "minReplicas": 2, "maxReplicas": 30,
                    "metrics": [
                        [
                            "type": "Resource",
                            "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 60]],
                        ]
                    ],
                ],
            ]))
    }

    /// Lets all that follows from a moment happen: there is no kubelet that would run pods and end them.
    private func settle() async throws {
        var quiet = 0
        var last: Int64 = -1
        while quiet < 3 {
            let revision = cluster.revision
            quiet = revision == last ? quiet + 1 : 0
            last = revision
            for pod in cluster.objects(Pod.self) {
                if pod.isBeingDeleted {
                    try? await cluster.delete(
                        Pod.self, pod.key, DeletionOptions(uid: pod.uid, gracePeriodSeconds: 0))
                } else if !pod.nodeName.isEmpty, pod.json["status", "phase"]?.string == "Pending" {
                    let now = harness.clock.now
                    // A while ago, so that the use of its processor counts.
                    let start = JSON((now - .seconds(600)).rfc3339)
                    _ = try? await cluster.edit(Pod.self, pod.key) {
                        $0.json["status", "phase"] = "Running"
                        $0.json["status", "startTime"] = start
                        $0.json["status", "conditions"] = [
                            ["type": "Ready", "status": "True", "lastTransitionTime": start]
                        ]
                    }
                }
            }
            let running = cluster.objects(Pod.self).filter {
                $0.json["status", "phase"]?.string == "Running" && !$0.isBeingDeleted
            }
            let now = harness.clock.now
            load.state.withLock {
                $0.pods = running.map(\.name)
                $0.time = now
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
