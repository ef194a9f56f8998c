import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// Budgets and evictions at the real server.
@Suite struct DisruptionTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }
    private let key = ObjectKey(namespace: "default", name: "web")

    private var budget: PodDisruptionBudget? { cluster.object(PodDisruptionBudget.self, key) }
    private var serving: [Pod] { cluster.objects(Pod.self).filter { $0.isReady && !$0.isBeingDeleted } }

    private func run(_ spec: JSON, _ body: (PlayedNodes) async throws -> Void) async throws {
        try await harness.run(Controllers.controllers(harness.context), retrying: true) {
            try await cluster.make(
                Node {
                    $0.metadata.name = "n1"
                    $0.json["status"] = ["conditions": [["type": "Ready", "status": "True"]]]
                })
            var spec = spec
            spec["selector"] = ["matchLabels": ["app": "web"]]
            _ = try await cluster.create(
                PodDisruptionBudget(["metadata": ["name": "web", "namespace": "default"], "spec": spec]))
            try await body(PlayedNodes(harness: harness))
        }
    }

    private func evict(_ pod: Pod) async throws {
        let eviction: JSON = [
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": ["name": JSON(pod.name), "namespace": JSON(pod.namespace)],
        ]
        _ = try await cluster.create(Pod.resource, eviction, name: pod.name, subresource: .eviction)
    }

    @Test(.timeLimit(.minutes(1))) func aBudgetHoldsEvictionsUp() async throws {
        try await run(["minAvailable": "50%"]) { nodes in
            _ = try await cluster.create(deployment("web", replicas: 2))
            try await nodes.play { budget?.status.disruptionsAllowed == 1 }
            #expect(budget?.status.currentHealthy == 2)
            #expect(budget?.status.desiredHealthy == 1)
            #expect(budget?.status.expectedPods == 2)
            #expect(budget?.status.conditions.first?.reason == "SufficientPods")
            let pods = serving
            try await evict(pods[0])
            let marked = try #require(cluster.object(Pod.self, pods[0].key))
            #expect(marked.isBeingDeleted)
            #expect(marked.condition("DisruptionTarget")?["reason"]?.string == "EvictionByEvictionAPI")
            do {
                try await evict(pods[1])
                Issue.record("evicted beyond the budget")
            } catch let error as StatusError {
                #expect(error.code == 429)
                #expect(error.message == "Cannot evict pod as it would violate the pod's disruption budget.")
                #expect(error.causes.first?.reason == "DisruptionBudget")
            }
            // Once another serves, the next may go.
            try await nodes.play { budget?.status.disruptionsAllowed == 1 && serving.count == 2 }
            #expect(budget?.status.disruptedPods == nil)
            try await evict(pods[1])
        }
    }

    @Test(.timeLimit(.minutes(1))) func aBudgetThatCannotBeCountedAllowsNothing() async throws {
        try await run(["maxUnavailable": 1]) { nodes in
            let template = deployment("web", replicas: 1).json["spec", "template"]
            _ = try await cluster.create(
                DaemonSet([
                    "metadata": ["name": "web", "namespace": "default"],
                    "spec": ["selector": ["matchLabels": ["app": "web"]], "template": template ?? .null],
                ]))
            try await nodes.play { serving.count == 1 && budget?.status.conditions.first?.reason == "SyncFailed" }
            let condition = try #require(budget?.status.conditions.first)
            #expect(condition.message == "daemonsets.apps does not implement the scale subresource")
            #expect(budget?.status.disruptionsAllowed == 0)
            await #expect(throws: StatusError.self) { try await evict(serving[0]) }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aNumberCountsPodsOfNobody() async throws {
        try await run(["minAvailable": 1]) { nodes in
            var pod = Pod(["metadata": ["name": "p", "namespace": "default", "labels": ["app": "web"]]])
            pod.json["spec"] = ["containers": [["name": "c", "image": "i"]]]
            _ = try await cluster.create(pod)
            try await nodes.play { budget?.status.currentHealthy == 1 }
            #expect(budget?.status.expectedPods == 1)
            #expect(budget?.status.disruptionsAllowed == 0)
        }
    }
}
