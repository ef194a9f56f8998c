import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Synchronization
import TestKit
import Testing

@testable import Autoscalers

/// The loop at the real server.
@Suite struct HorizontalLoopTests {
    private let harness = Harness()
    private var cluster: TestCluster { harness.cluster }
    private let key = ObjectKey(namespace: "default", name: "web")
    private let metrics = SetMetrics()

    /// Metrics that a test sets.
    private final class SetMetrics: ScalingMetrics {
        let perPod = Mutex<Result<Int, MetricFailure>>(.success(0))
        let now = Mutex<@Sendable () -> Instant>({ Instant(nanoseconds: 0) })
        let pods = Mutex<[String]>([])
        func set(_ value: Int) { perPod.withLock { $0 = .success(value) } }
        func fail(_ sentence: String) { perPod.withLock { $0 = .failure(MetricFailure(sentence)) } }
        private func value() throws(MetricFailure) -> Int { try perPod.withLock { $0 }.get() }

        func usage(
            of resource: String, container: String?, namespace: String, _ selector: LabelSelector
        ) throws(MetricFailure) -> [String: PodSample] {
            let (value, time) = (try value(), now.withLock { $0 }())
            return Dictionary(
                pods.withLock { $0 }.map { ($0, PodSample(value: value, time: time, window: .seconds(15))) }
            ) { first, _ in first }
        }
        func value(
            ofPods metric: String, _ series: LabelSelector, namespace: String, _ pods: LabelSelector
        ) throws(MetricFailure) -> [String: PodSample] { try usage(of: "", container: nil, namespace: "", pods) }
        func value(
            of object: CrossVersionObjectReference, _ metric: String, _ series: LabelSelector, namespace: String
        ) throws(MetricFailure) -> Int { try value() }
        func values(
            ofExternal metric: String, _ series: LabelSelector, namespace: String
        ) throws(MetricFailure) -> [Int] { [try value()] }
    }

    private var autoscaler: HorizontalPodAutoscaler? { cluster.object(HorizontalPodAutoscaler.self, key) }
    private var size: Int? { cluster.object(Deployment.self, key)?.json["spec", "replicas"]?.int }
    private func condition(_ type: String) -> String? {
        let conditions = autoscaler?.json["status", "conditions"]?.elements ?? []
        return conditions.first { $0["type"]?.string == type }.map {
            "\($0["status"]?.string ?? "") \($0["reason"]?.string ?? ""): \($0["message"]?.string ?? "")"
        }
    }
    private func events(_ reason: String) -> [String] {
        cluster.objects(Event.self).filter { $0.json["reason"]?.string == reason }
            .map { $0.json["message"]?.string ?? "" }
    }

    private func run(
        _ metric: JSON, target: JSON = ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
        behavior: JSON? = ["scaleDown": ["stabilizationWindowSeconds": 0]], replicas: Int = 1,
        _ body: (HorizontalAutoscaler) async throws -> Void
    ) async throws {
        let loop = HorizontalAutoscaler(harness.context, metrics: metrics)
        let clock = harness.clock
        metrics.now.withLock { $0 = { clock.now } }
        try await harness.run([loop]) {
            let template: JSON = [
                "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c", "image": "busybox"]]],
            ]
            _ = try await cluster.create(
                Deployment([
                    "metadata": ["name": "web", "namespace": "default"],
                    "spec": [
                        "replicas": JSON(replicas), "selector": ["matchLabels": ["app": "web"]], "template": template,
                    ],
                ]))
            for index in 0..<replicas { try await makePod("web-\(index)") }
            // The world shows them before the first look.
            for index in 0..<replicas {
                let key = ObjectKey(namespace: "default", name: "web-\(index)")
                try await harness.world.cache(Pod.self).wait(until: key) { $0?["status", "phase"]?.string == "Running" }
            }
            var spec: JSON = [
                "scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 10, "metrics": [metric],
            ]
            spec["behavior"] = behavior
            _ = try await cluster.create(
                HorizontalPodAutoscaler(["metadata": ["name": "web", "namespace": "default"], "spec": spec]))
            try await body(loop)
        }
    }

    private func makePod(_ name: String) async throws {
        try await cluster.make(
            Pod([
                "metadata": ["name": JSON(name), "namespace": "default", "labels": ["app": "web"]],
                "spec": [
                    "containers": [
                        ["name": "c", "image": "busybox", "resources": ["requests": ["cpu": "100m"]]]
                    ]
                ],
                "status": [
                    "phase": "Running", "startTime": "2025-12-31T00:00:00Z",
                    "conditions": [
                        ["type": "Ready", "status": "True", "lastTransitionTime": "2025-12-31T00:00:00Z"]
                    ],
                ],
            ]))
        metrics.pods.withLock { $0.append(name) }
    }

    /// Lets periods pass until the condition holds.
    private func pass(until condition: () -> Bool) async throws {
        while !condition() {
            harness.clock.advance(by: .seconds(15))
            try await Task.sleep(for: .milliseconds(2))
            if let refusal = cluster.refusal { throw refusal }
        }
    }

    private static let processor: JSON = [
        "type": "Resource", "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 50]],
    ]

    @Test(.timeLimit(.minutes(1))) func aTargetFollowsItsLoad() async throws {
        metrics.set(200)
        try await run(Self.processor) { loop in
            try await pass { size == 4 }
            try await pass {
                condition("AbleToScale")?.contains("SucceededRescale") == true || !events("SuccessfulRescale").isEmpty
            }
            try await pass {
                events("SuccessfulRescale").contains(
                    "New size: 4; reason: cpu resource utilization (percentage of request) above target")
            }
            for index in 1..<4 { try await makePod("web-\(index)") }
            metrics.set(5)
            try await pass { size == 1 }
            try await pass { events("SuccessfulRescale").contains("New size: 1; reason: All metrics below target") }
            try await pass {
                condition("ScalingActive")
                    == "True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource "
                    + "utilization (percentage of request)"
            }
            var current: JSON? { autoscaler?.json["status", "currentMetrics"]?[0]["resource", "current"] }
            try await pass { current?["averageUtilization"]?.int == 5 }
            #expect(current?["averageValue"]?.string == "5m")
            #expect(autoscaler?.status.lastScaleTime != nil)
            #expect(loop.explainer.explanation(key)?["metrics"]?[0]["replicas"]?.int == 1)
            #expect(loop.explainer.autoscalers(ofKind: "deployment", key) == [key])
        }
    }

    /// Broken metrics are told, and leave everything as it is.
    @Test(.timeLimit(.minutes(1))) func brokenMetricsChangeNothing() async throws {
        metrics.fail("no metrics returned from resource metrics API")
        try await run(Self.processor, replicas: 3) { _ in
            try await pass { !events("FailedComputeMetricsReplicas").isEmpty }
            let cause =
                "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource "
                + "metrics API"
            #expect(events("FailedGetResourceMetric") == [cause])
            #expect(
                events("FailedComputeMetricsReplicas") == [
                    "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: \(cause)"
                ])
            try await pass {
                condition("ScalingActive")
                    == "False FailedGetResourceMetric: the HPA was unable to compute the replica count: \(cause)"
            }
            harness.clock.advance(by: .seconds(3_600))
            try await pass { (autoscaler?.json["status", "currentReplicas"]?.int ?? 0) == 3 }
            #expect(size == 3)
            #expect(autoscaler?.json["status", "currentMetrics"]?[0]["type"]?.string == "")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aTargetThatIsNotThereIsTold() async throws {
        try await run(Self.processor, target: ["apiVersion": "apps/v1", "kind": "Deployment", "name": "nobody"]) { _ in
            let sentence = "deployments.apps \"nobody\" not found"
            try await pass { events("FailedGetScale").contains(sentence) }
            try await pass {
                condition("AbleToScale")
                    == "False FailedGetScale: the HPA controller was unable to get the target's current scale: \(sentence)"
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aKindThatIsNotServedIsTold() async throws {
        try await run(Self.processor, target: ["apiVersion": "x.io/v1", "kind": "Web", "name": "web"]) { _ in
            try await pass { events("FailedGetScale").contains("no matches for kind \"Web\" in group \"x.io\"") }
        }
    }

    /// Two autoscalers of the same pods do nothing.
    @Test(.timeLimit(.minutes(1))) func autoscalersDoNotFight() async throws {
        metrics.fail("not yet")
        try await run(Self.processor) { _ in
            try await pass { condition("ScalingActive") != nil }
            var second = try #require(autoscaler)
            second.json["metadata"] = ["name": "other", "namespace": "default"]
            second.json["status"] = nil
            _ = try await cluster.create(second)
            let sentence = "pods by selector app=web are controlled by multiple HPAs: [{other default} {web default}]"
            try await pass { events("AmbiguousSelector").contains(sentence) }
            metrics.set(1_000)
            try await pass { condition("ScalingActive") == "False AmbiguousSelector: \(sentence)" }
            #expect(size == 1)
        }
    }

    /// Every kind of metric moves a target, and is shown as Kubernetes shows it.
    @Test(.timeLimit(.minutes(1)), arguments: ["Pods", "Object", "External"]) func otherMetricsScale(_ type: String)
        async throws
    {
        metrics.set(9_000)
        let identity: JSON = ["name": "requests", "selector": ["matchLabels": ["verb": "GET"]]]
        let average: JSON = ["type": "AverageValue", "averageValue": "3"]
        let value: JSON = ["type": "Value", "value": "3"]
        let (metric, member, reason): (JSON, String, String)
        switch type {
        case "Pods":
            (metric, member, reason) = (["metric": identity, "target": average], "pods", "pods metric requests")
        case "Object":
            (metric, member, reason) = (
                [
                    "metric": identity, "target": value,
                    "describedObject": ["apiVersion": "v1", "kind": "Service", "name": "web"],
                ], "object", "Service metric requests"
            )
        default:
            (metric, member, reason) = (
                ["metric": identity, "target": average], "external",
                "external metric requests(&LabelSelector{MatchLabels:map[string]string{verb: GET,},MatchExpressions:"
                    + "[]LabelSelectorRequirement{},})"
            )
        }
        try await run(["type": JSON(type), member: metric]) { _ in
            try await pass { size == 3 }
            try await pass { events("SuccessfulRescale").contains("New size: 3; reason: \(reason) above target") }
            try await pass { autoscaler?.json["status", "currentMetrics"]?[0]["type"]?.string == type }
        }
    }

    /// A look that cannot scale says so, and does not forget it.
    @Test(.timeLimit(.minutes(1))) func aRefusedScaleIsTold() async throws {
        metrics.set(200)
        cluster.fail("update", Deployment.resource, with: .badRequest("not today"), times: 1)
        try await run(Self.processor) { _ in
            try await pass {
                events("FailedRescale").contains(
                    "New size: 4; reason: cpu resource utilization (percentage of request) above target; error: not today"
                )
            }
            try await pass { size == 4 }
        }
    }

    @Test func theLoopMayOnlyScale() {
        let may = HorizontalAutoscaler.identity.permissions
        let deployments = GroupResource(group: "apps", resource: "deployments")
        #expect(may.allows(Permission(.update, deployments, subresource: .scale, name: "web")))
        #expect(may.allows(Permission(.get, GroupResource(group: "x.io", resource: "webs"), subresource: .scale)))
        #expect(!may.allows(Permission(.update, deployments, name: "web")))
        #expect(!may.allows(Permission(.update, deployments, subresource: .status)))
        #expect(!may.allows(Permission(.get, GroupResource(resource: "secrets"))))
    }
}
