import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// What is used of quotas, as the loop counts it at the real server.
@Suite struct QuotaLoopTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }
    private let key = ObjectKey(namespace: "default", name: "q")

    private func quota(_ hard: JSON) -> ResourceQuota {
        ResourceQuota(["metadata": ["name": "q", "namespace": "default"], "spec": ["hard": hard]])
    }
    private func map(_ name: String) -> ConfigMap {
        ConfigMap(["metadata": ["name": JSON(name), "namespace": "default"]])
    }
    private func used(_ used: [String: String]) -> ([ResourceQuota]) -> Bool {
        { $0.first?.json["status", "used"]?.stringMap == used }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsThereIsCountedAndWhatGoesIsFree() async throws {
        let loop = ReconcilerRunner(QuotaReconciler(harness.context), harness.context)
        try await harness.run([loop], retrying: true) {
            _ = try await cluster.create(map("a"))
            _ = try await cluster.create(quota(["configmaps": "3", "count/deployments.apps": "1", "pods": "4"]))
            try await harness.wait(
                ResourceQuota.self, until: used(["configmaps": "1", "count/deployments.apps": "0", "pods": "0"]))
            _ = try await cluster.create(map("b"))
            let charged = try #require(cluster.object(ResourceQuota.self, key))
            #expect(charged.json["status", "used", "configmaps"]?.string == "2")
            try await cluster.delete(ConfigMap.self, ObjectKey(namespace: "default", name: "a"))
            try await harness.wait(
                ResourceQuota.self, until: used(["configmaps": "1", "count/deployments.apps": "0", "pods": "0"]))
            // Other bounds are counted anew, and what is bound no longer is not told.
            try await cluster.edit(ResourceQuota.self, key) { $0.json["spec", "hard"] = ["count/configmaps": "1"] }
            try await harness.wait(ResourceQuota.self, until: used(["count/configmaps": "1"]))
            #expect(
                cluster.object(ResourceQuota.self, key)?.json["status", "hard"] == ["count/configmaps": "1"] as JSON)
            await #expect(throws: StatusError.self) { _ = try await cluster.create(map("c")) }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aPodThatEndedIsFreeButStillThere() async throws {
        let loop = ReconcilerRunner(QuotaReconciler(harness.context), harness.context)
        try await harness.run([loop], retrying: true) {
            _ = try await cluster.create(quota(["pods": "1", "count/pods": "2"]))
            try await harness.wait(ResourceQuota.self, until: used(["pods": "0", "count/pods": "0"]))
            let pod = Pod([
                "metadata": ["name": "p", "namespace": "default"],
                "spec": ["containers": [["name": "c", "image": "i"]]],
            ])
            _ = try await cluster.create(pod)
            #expect(used(["pods": "1", "count/pods": "1"])(cluster.objects(ResourceQuota.self)))
            try await cluster.edit(Pod.self, pod.key) { $0.json["status", "phase"] = "Succeeded" }
            try await harness.wait(ResourceQuota.self, until: used(["pods": "0", "count/pods": "1"]))
        }
    }

    /// Who keeps pods tells that a quota refuses some, and counts those there are; each attempt's message is another, which
    /// is no news.
    @Test(.timeLimit(.minutes(1)), arguments: ["ReplicaSet", "ReplicationController"])
    func whoKeepsPodsTellsThatAQuotaRefusesThem(_ kind: String) async throws {
        let isSet = kind == "ReplicaSet"
        let quotas = ReconcilerRunner(QuotaReconciler(harness.context), harness.context)
        let keeper: any ControlLoop =
            isSet
            ? ReconcilerRunner(ReplicaReconciler<ReplicaSet>(harness.context), harness.context)
            : ReconcilerRunner(ReplicaReconciler<ReplicationController>(harness.context), harness.context)
        try await harness.run([quotas, keeper], retrying: true) {
            _ = try await cluster.create(quota(["pods": "2"]))
            try await harness.wait(ResourceQuota.self, until: used(["pods": "0"]))
            let selector: JSON = isSet ? ["matchLabels": ["a": "b"]] : ["a": "b"]
            let spec: JSON = [
                "replicas": 3, "selector": selector,
                "template": [
                    "metadata": ["labels": ["a": "b"]], "spec": ["containers": [["name": "c", "image": "i"]]],
                ],
            ]
            let given: JSON = ["metadata": ["name": "it", "namespace": "default"], "spec": spec]
            if isSet {
                _ = try await cluster.create(ReplicaSet(given))
            } else {
                _ = try await cluster.create(ReplicationController(given))
            }
            func isTold(_ status: JSON?) -> Bool {
                let failures = (status?["conditions"]?.elements ?? []).filter {
                    $0["type"]?.string == "ReplicaFailure" && $0["reason"]?.string == "FailedCreate"
                }
                return status?["replicas"] == 2 && status?["observedGeneration"] == 1 && failures.count == 1
            }
            func isWell(_ status: JSON?) -> Bool { status?["replicas"] == 2 && status?["conditions"] == nil }
            let it = ObjectKey(namespace: "default", name: "it")
            if isSet {
                try await harness.wait(ReplicaSet.self) { isTold($0.first?.json["status"]) }
                try await cluster.edit(ReplicaSet.self, it) { $0.json["spec", "replicas"] = 2 }
                try await harness.wait(ReplicaSet.self) { isWell($0.first?.json["status"]) }
            } else {
                try await harness.wait(ReplicationController.self) { isTold($0.first?.json["status"]) }
                try await cluster.edit(ReplicationController.self, it) { $0.json["spec", "replicas"] = 2 }
                try await harness.wait(ReplicationController.self) { isWell($0.first?.json["status"]) }
            }
        }
    }
}
