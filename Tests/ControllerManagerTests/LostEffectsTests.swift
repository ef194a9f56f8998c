import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// Every loop of the room in a cluster that answers each write as if it were done, and changes nothing.
@Suite struct LostEffectsTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private func metadata(_ name: String, in namespace: String = "default") -> ObjectMeta {
        ObjectMeta {
            $0.namespace = namespace; $0.name = name
        }
    }
    private func pod(_ name: String, on node: String) -> Pod {
        Pod {
            $0.metadata = metadata(name)
            $0.json["spec"] = ["nodeName": JSON(node), "containers": [["name": "c", "image": "i"]]]
            $0.json["status"] = ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]
        }
    }

    /// Something for every loop to do.
    private func populate() async throws {
        try await cluster.make(deployment("web", replicas: 2))
        let template = deployment("bare", replicas: 2).json["spec"]
        try await cluster.make(
            ReplicaSet {
                $0.metadata = metadata("bare")
                $0.json["spec"] = [
                    "replicas": 2, "selector": template?["selector"] ?? .null,
                    "template": template?["template"] ?? .null,
                ]
            })
        try await cluster.make(
            Service {
                $0.metadata = metadata("web")
                $0.json["spec"] = ["type": "LoadBalancer", "selector": ["app": "web"], "ports": [["port": 80]]]
            })
        try await cluster.make(
            Node {
                $0.metadata = ObjectMeta { $0.name = "n1" }
                $0.json["status"] = [
                    "conditions": [["type": "Ready", "status": "True"], ["type": "DiskPressure", "status": "True"]]
                ]
            })
        try await cluster.make(pod("here", on: "n1"))
        try await cluster.make(pod("lost", on: "gone"))
        try await cluster.make(
            PersistentVolume {
                $0.metadata = ObjectMeta { $0.name = "v" }
                $0.json["spec"] = [
                    "capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
                    "hostPath": ["path": "/mnt"],
                ]
            })
        try await cluster.make(
            PersistentVolumeClaim {
                $0.metadata = metadata("c")
                $0.json["spec"] = [
                    "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
                    "resources": ["requests": ["storage": "1Gi"]],
                ]
            })
        try await leave()
        try await ring()
    }

    /// A namespace that is to go, with something in it.
    private func leave() async throws {
        try await cluster.make(Namespace { $0.metadata = ObjectMeta { $0.name = "leaving" } })
        try await cluster.make(ConfigMap { $0.metadata = metadata("m", in: "leaving") })
        try await cluster.delete(Namespace.self, ObjectKey(name: "leaving"))
    }

    /// Two that own each other and are deleted in the foreground, and one whose owner never was.
    private func ring() async throws {
        func owner(_ name: String, _ uid: String) -> OwnerReference {
            OwnerReference {
                $0.apiVersion = "v1"
                $0.kind = "ConfigMap"
                $0.name = name
                $0.uid = uid
                $0.blockOwnerDeletion = true
            }
        }
        var first = try await cluster.make(ConfigMap { $0.metadata = metadata("first") })
        let second = try await cluster.make(
            ConfigMap {
                $0.metadata = metadata("second")
                $0.metadata.ownerReferences = [owner("first", first.uid)]
            })
        first = try await cluster.edit(ConfigMap.self, first.key) {
            $0.metadata.ownerReferences = [owner("second", second.uid)]
        }
        try await cluster.make(
            ConfigMap {
                $0.metadata = metadata("orphan")
                $0.metadata.ownerReferences = [owner("nobody", "never")]
            })
        for map in [first, second] {
            try await cluster.delete(ConfigMap.self, map.key, .init(propagation: .foreground))
        }
    }

    @Test(.timeLimit(.minutes(1))) func everyLoopBacksOff() async throws {
        try await populate()
        cluster.faults.loseEffects()
        let loops = Controllers.controllers(
            harness.context, ControllerSettings(rootCertificate: "PEM", loadBalancerAddresses: ["10.1.2.3"]))
        try await harness.run(loops) {
            try await harness.world.waitUntilSynced()
            // Two minutes of the test's clock.
            for _ in 0..<600 {
                harness.clock.advance(by: .milliseconds(200))
                try await Task.sleep(for: .microseconds(300))
            }
        }
        var fruitless: Set<String> = []
        for loop in loops {
            guard let counts = loop.counts else { continue }
            // No loop has more than ten keys here; sixteen steps of back-off fit into two minutes.
            #expect(counts.turns <= 200, "\(loop.name): \(counts)")
            if counts.fruitlessTurns > 1 { fruitless.insert(loop.name) }
        }
        #expect(cluster.log.count < 1_000)
        // Those that wrote in vain said so, and tried again.
        let expected: Set = [
            "generic-garbage-collector", "service-lb-controller", "node-controller",
            "persistentvolume-binder", "persistentvolume-controller", "namespace-controller",
        ]
        #expect(fruitless.isSuperset(of: expected), "\(expected.subtracting(fruitless))")
    }
}
