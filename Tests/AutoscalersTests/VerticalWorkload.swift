import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Autoscalers

/// A Deployment at the real server whose pods come, go and are resized as controllers and a node would have it, and which use
/// what a load makes them use. A test lets its time pass step by step.
final class VerticalWorkload {
    let harness: Harness
    let usage: CollectedUsage
    let key = ObjectKey(namespace: "default", name: "web")
    private let template: JSON
    private var made = 0
    private var spentNanoseconds = 0
    /// Whether its node grants resizes, and what it says if not.
    var refusal: String?

    var cluster: TestCluster { harness.cluster }
    var pods: [Pod] { cluster.objects(Pod.self).filter { $0.labels["app"] == "web" }.sorted { $0.key < $1.key } }
    var autoscaler: VerticalPodAutoscaler? { cluster.object(VerticalPodAutoscaler.self, key) }
    var replicas: Int { cluster.object(Deployment.self, key)?.json["spec", "replicas"]?.int ?? 0 }

    init(_ harness: Harness, resources: JSON) {
        self.harness = harness
        usage = CollectedUsage(world: harness.world)
        template = [
            "metadata": ["labels": ["app": "web"]],
            "spec": ["containers": [["name": "c", "image": "busybox", "resources": resources]]],
        ]
    }

    func make(replicas: Int, _ spec: JSON) async throws {
        let amounts: JSON = ["cpu": "64", "memory": "512Gi", "pods": "250"]
        try await cluster.make(
            Node([
                "metadata": [
                    "name": "node-1", "labels": ["kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"],
                ],
                "status": [
                    "capacity": amounts, "allocatable": amounts,
                    "nodeInfo": ["operatingSystem": "linux", "architecture": "amd64"],
                ],
            ]))
        let selector: JSON = ["matchLabels": ["app": "web"]]
        let deployment = try await cluster.create(
            Deployment([
                "metadata": ["name": "web", "namespace": "default"],
                "spec": ["replicas": JSON(replicas), "selector": selector, "template": template],
            ]))
        _ = try await cluster.create(
            ReplicaSet([
                "metadata": [
                    "name": "web-1", "namespace": "default",
                    "ownerReferences": [
                        [
                            "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": JSON(deployment.uid),
                            "controller": true,
                        ]
                    ],
                ], "spec": ["replicas": JSON(replicas), "selector": selector, "template": template],
            ]))
        var spec = spec
        spec["targetRef"] = ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"]
        _ = try await cluster.create(
            VerticalPodAutoscaler(["metadata": ["name": "web", "namespace": "default"], "spec": spec]))
    }

    /// What ReplicaSets and nodes do: as many pods as are wanted, all running, resized as they ask.
    func settle() async throws {
        let wanted = replicas
        let set = ObjectKey(namespace: "default", name: "web-1")
        let owner = try await cluster.edit(ReplicaSet.self, set) { $0.json["spec", "replicas"] = JSON(wanted) }
        for pod in pods where pod.isBeingDeleted {
            try? await cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
        }
        for pod in pods.suffix(max(0, pods.count - wanted)) {
            try await cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
        }
        while pods.count < wanted {
            made += 1
            var pod = template
            pod["metadata", "name"] = JSON("web-\(1000 + made)")
            pod["metadata", "namespace"] = "default"
            pod["metadata", "ownerReferences"] = [
                [
                    "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": JSON(owner.uid),
                    "controller": true,
                ]
            ]
            pod["spec", "nodeName"] = "node-1"
            _ = try await cluster.create(Pod(pod))
        }
        let now = harness.clock.now.json
        for pod in pods {
            let resources = pod.json["spec", "containers"]?[0]["resources"] ?? .object
            let held = pod.json["status", "containerStatuses"]?[0]["resources"]
            var conditions: [JSON] = [["type": "Ready", "status": "True", "lastTransitionTime": now]]
            let isRefused = held != nil && held != resources && refusal != nil
            if let refusal, isRefused {
                conditions.append(["type": "PodResizePending", "status": "True", "reason": JSON(refusal)])
            }
            if pod.json["status", "phase"]?.string == "Running", held == resources || isRefused,
                pod.json["status", "conditions"]?.count == conditions.count
            {
                continue
            }
            try await cluster.edit(Pod.self, pod.key) { pod in
                pod.json["status", "phase"] = "Running"
                if pod.json["status", "startTime"] == nil { pod.json["status", "startTime"] = now }
                pod.json["status", "conditions"] = JSON(conditions)
                pod.json["status", "containerStatuses"] = [
                    [
                        "name": "c", "image": "busybox", "imageID": "", "ready": true, "restartCount": 0,
                        "state": ["running": ["startedAt": now]],
                        "resources": isRefused ? held ?? resources : resources,
                    ]
                ]
            }
        }
        let names = Set(pods.map(\.key))
        let world = harness.world
        for pod in pods {
            // A loop may be quicker, and change or remove it.
            let (cluster, key, revision) = (cluster, pod.key, pod.json.revision)
            try await world.cache(Pod.self).wait(until: key) { seen in
                seen.map { $0.revision >= revision } ?? (cluster.object(Pod.self, key) == nil)
            }
        }
        for key in world.all(Pod.self).map(\.key) where !names.contains(key) {
            try await world.cache(Pod.self).wait(until: key) { $0 == nil }
        }
        try await world.cache(ReplicaSet.self).wait(until: set) { $0 != nil }
    }

    /// Lets time pass, in which each pod uses so many cores and bytes; nil for nodes that say nothing.
    func pass(_ duration: Duration = .seconds(60), using use: (cores: Double, bytes: Int)?) {
        harness.clock.advance(by: duration)
        guard let use else { return usage.table.withLock { $0.keep(only: [], heardSince: 0) } }
        // Counted twice, so that what is new has a rate as well.
        for moment in [duration / 2, .zero] {
            spentNanoseconds += Int(use.cores * Double((duration / 2).nanoseconds))
            let amount = NodeUsage.Amount(
                time: harness.clock.now - moment, processorNanoseconds: spentNanoseconds, workingSetBytes: use.bytes)
            let pods = pods.map {
                NodeUsage.Pod(
                    namespace: $0.namespace, name: $0.name,
                    containers: [.init(name: "c", startedAt: nil, amount: amount)])
            }
            usage.table.withLock {
                $0.heard(NodeUsage(amount: amount, pods: pods), of: "node-1", harness.clock.uptime)
            }
        }
    }

    /// Waits until the loops' world shows the autoscaler as it is.
    func catchUp() async throws {
        guard let autoscaler else { return }
        let revision = autoscaler.json.revision
        try await harness.world.cache(VerticalPodAutoscaler.self).wait(until: key) { ($0?.revision ?? 0) >= revision }
    }

    func recommended(_ part: String, _ resource: String) -> Int {
        let first = autoscaler?.json["status", "recommendation", "containerRecommendations"]?[0]
        let quantity = first?[part]?[resource].flatMap { try? Quantity($0) } ?? .zero
        return resource == "cpu" ? quantity.milliValue : quantity.value
    }
    func asks(_ pod: Pod, _ resource: String) -> String {
        pod.json["spec", "containers"]?[0]["resources", "requests"]?[resource]?.string ?? ""
    }
    func events(_ reason: String) -> Int {
        cluster.objects(Event.self).filter { $0.json["reason"]?.string == reason }.count
    }
    func condition(_ type: String) -> String? {
        let found = (autoscaler?.json["status", "conditions"]?.elements ?? []).first { $0["type"]?.string == type }
        return found.map { "\($0["status"]?.string ?? "") \($0["message"]?.string ?? "")" }
    }
}
