import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

@Suite struct NamespaceTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private func namespace(_ name: String) -> Namespace {
        Namespace {
            $0.metadata = ObjectMeta { $0.name = name }
            $0.json["spec"] = ["finalizers": ["kubernetes"]]
        }
    }

    @Test(.timeLimit(.minutes(1))) func everyNamespaceHasItsAccountAndTheCA() async throws {
        let loops: [any ControlLoop] = [
            ReconcilerRunner(ServiceAccountReconciler(harness.context), harness.context),
            ReconcilerRunner(RootCAReconciler(harness.context, certificate: "PEM"), harness.context),
        ]
        try await harness.run(loops, retrying: true) {
            _ = try await cluster.create(namespace("one"))
            func hasAccount(_ accounts: [ServiceAccount]) -> Bool {
                accounts.contains { $0.key.description == "one/default" }
            }
            func hasCertificate(_ maps: [ConfigMap]) -> Bool {
                maps.contains { $0.namespace == "one" && $0.json["data", "ca.crt"] == "PEM" }
            }
            try await harness.wait(ServiceAccount.self, until: hasAccount)
            try await harness.wait(ConfigMap.self, until: hasCertificate)
            // Both come back, and the certificate is put right.
            try await cluster.delete(ServiceAccount.self, ObjectKey(namespace: "one", name: "default"))
            try await cluster.edit(ConfigMap.self, ObjectKey(namespace: "one", name: "kube-root-ca.crt")) {
                $0.json["data"] = ["ca.crt": "wrong"]
            }
            try await harness.wait(ServiceAccount.self, until: hasAccount)
            try await harness.wait(ConfigMap.self, until: hasCertificate)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aNamespaceGoesWhenAllInItIsGonePodsFirst() async throws {
        try await harness.run([ReconcilerRunner(NamespaceReconciler(harness.context), harness.context)], retrying: true)
        {
            _ = try await cluster.create(namespace("one"))
            _ = try await cluster.create(namespace("two"))
            for name in ["one", "two"] {
                _ = try await cluster.create(
                    ConfigMap {
                        $0.metadata = ObjectMeta {
                            $0.namespace = name; $0.name = "m"
                        }
                    })
            }
            _ = try await cluster.create(
                Event {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "one"; $0.name = "e"
                    }
                    $0.involvedObject = ObjectReference { $0.namespace = "one" }
                })
            _ = try await cluster.create(
                Pod {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "one"; $0.name = "p"
                    }
                    $0.json["spec"] = ["nodeName": "n1", "containers": [["name": "c", "image": "i"]]]
                })
            // The loop knows the pod before the namespace goes.
            let pod = ObjectKey(namespace: "one", name: "p")
            try await harness.world.cache(Pod.self).wait(until: pod) { $0 != nil }
            cluster.clearLog()
            try await cluster.delete(Namespace.self, ObjectKey(name: "one"))
            // The pod runs on a node, so the namespace waits for it and says so; its ConfigMap is still there for it.
            try await harness.wait(Namespace.self) { namespaces in
                namespaces.contains {
                    ($0.json["status", "conditions"]?.elements ?? []).contains {
                        $0["type"]?.string == "NamespaceContentRemaining" && $0["status"]?.string == "True"
                    }
                }
            }
            try await harness.wait(Pod.self) { $0[0].isBeingDeleted }
            #expect(cluster.objects(ConfigMap.self).count == 2)
            try await cluster.delete(Pod.self, ObjectKey(namespace: "one", name: "p"), .init(gracePeriodSeconds: 0))
            try await harness.wait(Namespace.self) { $0.map(\.name) == ["two"] }
            #expect(cluster.objects(ConfigMap.self).map(\.key.namespace) == ["two"])
            #expect(cluster.objects(Event.self).isEmpty)
        }
    }
}
