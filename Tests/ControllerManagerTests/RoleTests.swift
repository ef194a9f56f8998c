import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// What ClusterRoles gather from others.
@Suite struct RoleTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private func role(_ name: String, _ resources: JSON, _ labels: [String: String] = [:]) -> ClusterRole {
        ClusterRole([
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": ["name": JSON(name), "labels": JSON(labels)],
            "rules": [["apiGroups": [""], "resources": resources, "verbs": ["get"]]],
        ])
    }

    @Test(.timeLimit(.minutes(1))) func aRoleHasTheRulesOfThoseThatItGathers() async throws {
        let loop = ReconcilerRunner(RoleAggregationReconciler(harness.context), harness.context)
        try await harness.run([loop], retrying: true) {
            _ = try await cluster.create(role("a", ["pods"], ["part": "x"]))
            _ = try await cluster.create(role("b", ["pods"], ["part": "x"]))
            _ = try await cluster.create(role("c", ["secrets"], ["part": "y"]))
            var gatherer = role("gatherer", ["nodes"])
            gatherer.json["aggregationRule"] = ["clusterRoleSelectors": [["matchLabels": ["part": "x"]]]]
            _ = try await cluster.create(gatherer)
            func gathers(_ resources: [JSON]) -> ([ClusterRole]) -> Bool {
                { $0.first { $0.name == "gatherer" }?.rules.map { $0.json["resources"] ?? .null } == resources }
            }
            try await harness.wait(ClusterRole.self, until: gathers([["pods"]]))
            _ = try await cluster.create(role("d", ["services"], ["part": "x"]))
            try await harness.wait(ClusterRole.self, until: gathers([["pods"], ["services"]]))
            try await cluster.delete(ClusterRole.self, ObjectKey(name: "d"))
            try await harness.wait(ClusterRole.self, until: gathers([["pods"]]))
        }
    }
}
