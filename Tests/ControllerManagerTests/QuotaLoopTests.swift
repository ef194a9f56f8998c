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
}
