import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

@Suite struct TokenSecretTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private struct PlainSigner: SecretTokenSigner {
        func token(namespace: String, account: String, uid: String, secret: String) throws -> String {
            "\(namespace)/\(account)/\(secret)"
        }
    }
    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }
    private func metadata(_ name: String) -> ObjectMeta {
        ObjectMeta {
            $0.namespace = "default"; $0.name = name
        }
    }
    private func secret(_ name: String, of account: String) -> Secret {
        Secret {
            $0.metadata = metadata(name)
            $0.metadata.annotations = [TokenSecrets.accountName: account]
            $0.json["type"] = JSON(TokenSecrets.type)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aSecretGetsItsTokenAndGoesWithItsAccount() async throws {
        let loop = ReconcilerRunner(
            TokenSecretReconciler(harness.context, certificate: "PEM", signer: PlainSigner()), harness.context)
        try await harness.run([loop], retrying: true) {
            let account = try await cluster.create(ServiceAccount { $0.metadata = metadata("robot") })
            _ = try await cluster.create(secret("t", of: "robot"))
            try await harness.wait(Secret.self) { $0.first?.json["data", "token"] != nil }
            let made = try #require(cluster.object(Secret.self, key("t")))
            func text(_ name: String) -> String? {
                made.json["data", name]?.string.flatMap { Base64.decode($0) }.map {
                    String(decoding: $0, as: UTF8.self)
                }
            }
            #expect(text("token") == "default/robot/t")
            #expect(text("ca.crt") == "PEM")
            #expect(text("namespace") == "default")
            #expect(made.annotations[TokenSecrets.accountUID] == account.uid)
            // A token is made once, and put back when it is taken away.
            try await cluster.edit(Secret.self, key("t")) { $0.json["data", "token"] = nil }
            try await harness.wait(Secret.self) { $0.first?.json["data", "token"] != nil }
            // An account does not go on naming a token that is gone.
            try await cluster.edit(ServiceAccount.self, key("robot")) {
                $0.json["secrets"] = [["name": "t"], ["name": "other"]]
            }
            try await harness.world.cache(ServiceAccount.self).wait(until: key("robot")) { $0?["secrets"] != nil }
            try await cluster.delete(Secret.self, key("t"))
            try await harness.wait(ServiceAccount.self) { accounts in
                accounts.first { $0.name == "robot" }?.json["secrets"] == [["name": "other"]]
            }
            _ = try await cluster.create(secret("u", of: "robot"))
            try await harness.wait(Secret.self) { $0.first?.json["data", "token"] != nil }
            try await cluster.delete(ServiceAccount.self, key("robot"))
            try await harness.wait(Secret.self) { $0.isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aTokenOfNobodyIsRemoved() async throws {
        let loop = ReconcilerRunner(
            TokenSecretReconciler(harness.context, certificate: "PEM", signer: PlainSigner()), harness.context)
        try await harness.run([loop], retrying: true) {
            _ = try await cluster.create(secret("t", of: "nobody"))
            try await harness.wait(Secret.self) { $0.isEmpty }
        }
    }

    /// One look, a day and more than a year after the server began to note what is used (the test begins on 2026-01-01).
    private func look(
        since: String = "2024-12-01", created: String = "2024-01-01T00:00:00Z", labels: [String: String] = [:],
        isNamed: Bool = true, mount: JSON? = nil
    ) -> [String] {
        let harness = Harness()
        let world = harness.world
        world.load([
            ConfigMap {
                $0.metadata = ObjectMeta {
                    $0.namespace = "kube-system"; $0.name = TokenSecrets.tracking.name
                }
                $0.json["data"] = ["since": JSON(since)]
            }
        ])
        world.load([
            ServiceAccount {
                $0.metadata = metadata("robot")
                $0.json["metadata", "uid"] = "r"
                if isNamed { $0.json["secrets"] = [["name": "t"]] }
            }
        ])
        var token = secret("t", of: "robot")
        token.json["metadata", "creationTimestamp"] = JSON(created)
        token.json["metadata", "labels"] = JSON(labels)
        world.load([token])
        world.load([
            Pod {
                $0.metadata = metadata("p")
                $0.json["spec"] = mount ?? .object
            }
        ])
        return LegacyTokenReconciler(harness.context).reconcile(ObjectKey(name: "sweep")).dropLast().map {
            String($0.description.prefix { $0 != "{" }).trimmingCharacters(in: .whitespaces)
        }
    }

    @Test func aTokenThatNobodyUsesIsMarkedAndAYearLaterDeleted() {
        let used = TokenSecrets.lastUsed
        let invalid = TokenSecrets.invalidSince
        #expect(look() == ["patch secrets default/t"])
        #expect(look(since: "2025-06-01").isEmpty)
        #expect(look(since: "no day").isEmpty)
        #expect(look(created: "2025-06-01T00:00:00Z").isEmpty)
        #expect(look(labels: [used: "2024-06-01"]) == ["patch secrets default/t"])
        #expect(look(labels: [used: "2025-06-01"]).isEmpty)
        #expect(look(labels: [used: "yesterday"]).isEmpty)
        // What its account does not name was made by hand.
        #expect(look(isNamed: false).isEmpty)
        for mount: JSON in [
            ["volumes": [["name": "v", "secret": ["secretName": "t"]]]],
            ["volumes": [["name": "v", "projected": ["sources": [["secret": ["name": "t"]]]]]]],
            ["containers": [["name": "c", "envFrom": [["secretRef": ["name": "t"]]]]]],
            ["imagePullSecrets": [["name": "t"]]],
        ] { #expect(look(mount: mount).isEmpty) }
        #expect(look(mount: ["volumes": [["name": "t", "emptyDir": .object]]]) == ["patch secrets default/t"])
        #expect(look(labels: [invalid: "2025-06-01"]).isEmpty)
        #expect(look(labels: [invalid: "2024-12-31"]) == ["delete secrets default/t"])
        #expect(look(labels: [invalid: "x"]) == ["patch secrets default/t"])
    }
}
