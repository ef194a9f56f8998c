import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Autoscalers

/// More pods by the processor, greater ones by memory: both autoscalers on one Deployment for an hour of its time.
@Suite struct BothAutoscalersTests {
    private struct Minute: Equatable {
        var replicas: Int
        var memory: Set<String>
    }

    /// A load of so many cores falls on all pods alike; each needs the memory that it needs.
    @Test(.timeLimit(.minutes(3))) func theySettle() async throws {
        let harness = Harness()
        let workload = VerticalWorkload(harness, resources: ["requests": ["cpu": "500m", "memory": "100Mi"]])
        let source = WorkloadMetrics(workload.usage)
        let horizontal = HorizontalAutoscaler(harness.context, metrics: source)
        let recommender = VerticalRecommender(harness.context, usage: workload.usage)
        let updater = VerticalUpdater(harness.context, explainer: recommender.explainer)
        var minutes: [Minute] = []
        try await harness.run([horizontal, recommender, updater]) {
            try await workload.make(
                replicas: 2,
                [
                    "updatePolicy": ["updateMode": "InPlaceOrRecreate"],
                    "resourcePolicy": [
                        "containerPolicies": [["containerName": "*", "controlledResources": ["memory"]]]
                    ],
                ])
            try await workload.settle()
            _ = try await workload.cluster.create(
                HorizontalPodAutoscaler([
                    "metadata": ["name": "web", "namespace": "default"],
                    "spec": [
                        "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
                        "minReplicas": 2, "maxReplicas": 10,
                        "metrics": [
                            [
                                "type": "Resource",
                                "resource": [
                                    "name": "cpu", "target": ["type": "Utilization", "averageUtilization": 60],
                                ],
                            ]
                        ],
                    ],
                ]))
            for minute in 0..<60 {
                // Twenty minutes of more work, then as before.
                let load = (10..<30).contains(minute) ? 2.4 : 1.2
                for _ in 0..<4 {
                    workload.pass(.seconds(15), using: (load / Double(max(1, workload.pods.count)), 600 << 20))
                    // The loops look: each of their writes is in the store before the next quarter of a minute.
                    for _ in 0..<4 {
                        try await Task.sleep(for: .milliseconds(4))
                        try await workload.settle()
                    }
                }
                minutes.append(
                    Minute(replicas: workload.replicas, memory: Set(workload.pods.map { workload.asks($0, "memory") })))
            }
        }
        // 1.2 cores at 60 % of half a core are four pods, twice the load eight.
        #expect(minutes[8].replicas == 4 && minutes[28].replicas == 8, "\(minutes.map(\.replicas))")
        #expect(minutes[44...].allSatisfy { $0.replicas == 4 }, "\(minutes.map(\.replicas))")
        // Every pod asks for what it needs, and nothing of it changes any more.
        let settled = minutes[12...].allSatisfy { $0.memory == minutes[59].memory }
        #expect(settled && minutes[59].memory.count == 1, "\(minutes.map(\.memory))")
        let memory = try Quantity(minutes[59].memory.first ?? "").value
        #expect((690 << 20...740 << 20).contains(memory), "\(memory)")
        // Up once, up once more, and down once the window has passed.
        let changes = zip(minutes, minutes.dropFirst()).count { $0.replicas != $1.replicas }
        #expect(changes <= 6, "\(minutes.map(\.replicas))")
        #expect(workload.pods.allSatisfy { workload.asks($0, "cpu") == "500m" })
    }
}

/// What pods use, for the horizontal autoscaler.
private struct WorkloadMetrics: ScalingMetrics {
    let usage: CollectedUsage
    init(_ usage: CollectedUsage) { self.usage = usage }

    func usage(
        of resource: String, container: String?, namespace: String, _ selector: LabelSelector
    ) throws(MetricFailure) -> [String: PodSample] {
        try usage.samples(of: resource, container: container, namespace: namespace, selector)
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
