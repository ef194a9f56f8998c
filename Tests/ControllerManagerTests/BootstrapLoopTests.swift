import APIMachinery
import Basics
import ControlLoops
import Crypto
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// What becomes of the tokens by which nodes join, and of what they sign.
@Suite struct BootstrapLoopTests {
    private let info = ObjectKey(namespace: "kube-public", name: "cluster-info")

    private func secret(_ identity: String, expires: String, signs: Bool = true) -> Secret {
        Secret([
            "metadata": ["name": JSON("bootstrap-token-\(identity)"), "namespace": "kube-system"],
            "type": "bootstrap.kubernetes.io/token",
            "stringData": [
                "token-id": JSON(identity), "token-secret": "0123456789abcdef", "expiration": JSON(expires),
                "usage-bootstrap-signing": JSON(signs ? "true" : "false"),
            ],
        ])
    }

    @Test(.timeLimit(.minutes(1))) func aTokenGoesWhenItsTimeHasPassed() async throws {
        let harness = Harness()
        let loop = ReconcilerRunner(TokenCleanerReconciler(harness.context), harness.context)
        try await harness.run([loop], retrying: true) {
            _ = try await harness.cluster.create(secret("aaaaaa", expires: "2026-01-01T00:01:00Z"))
            _ = try await harness.cluster.create(secret("bbbbbb", expires: "2025-01-01T00:00:00Z"))
            _ = try await harness.cluster.create(secret("cccccc", expires: "2027-01-01T00:00:00Z"))
            try await harness.wait(Secret.self) { secrets in
                !secrets.contains { $0.name == "bootstrap-token-bbbbbb" }
            }
            #expect(harness.cluster.objects(Secret.self).contains { $0.name == "bootstrap-token-aaaaaa" })
            while harness.cluster.objects(Secret.self).contains(where: { $0.name == "bootstrap-token-aaaaaa" }) {
                harness.clock.advance(by: .seconds(30))
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsToldOfTheClusterIsSignedByEachToken() async throws {
        let harness = Harness()
        let loop = ReconcilerRunner(BootstrapSignerReconciler(harness.context), harness.context)
        try await harness.run([loop], retrying: true) {
            _ = try await harness.cluster.create(
                ConfigMap([
                    "metadata": ["name": "cluster-info", "namespace": "kube-public"],
                    "data": ["kubeconfig": "apiVersion: v1\n"],
                ]))
            let token = try await harness.cluster.create(secret("aaaaaa", expires: "2027-01-01T00:00:00Z"))
            _ = try await harness.cluster.create(secret("bbbbbb", expires: "2027-01-01T00:00:00Z", signs: false))
            func signed(_ names: Set<String>) -> ([ConfigMap]) -> Bool {
                { maps in
                    let map = maps.first { $0.key == info }
                    return Set((map?.json["data"]?.stringMap ?? [:]).keys) == names.union(["kubeconfig"])
                }
            }
            try await harness.wait(ConfigMap.self, until: signed(["jws-kubeconfig-aaaaaa"]))
            let map = try #require(harness.cluster.object(ConfigMap.self, info))
            let parts = (map.json["data", "jws-kubeconfig-aaaaaa"]?.string ?? "").split(
                separator: ".", omittingEmptySubsequences: false
            ).map(String.init)
            try #require(parts.count == 3)
            #expect(parts[1].isEmpty)
            let whole = "\(parts[0]).\(Base64URL.encode(Array("apiVersion: v1\n".utf8)))"
            #expect(
                HMAC<SHA256>.isValidAuthenticationCode(
                    Base64URL.decode(parts[2]) ?? [], authenticating: Array(whole.utf8),
                    using: SymmetricKey(data: Array("0123456789abcdef".utf8))))
            try await harness.cluster.delete(Secret.self, token.key)
            try await harness.wait(ConfigMap.self, until: signed([]))
        }
    }
}
