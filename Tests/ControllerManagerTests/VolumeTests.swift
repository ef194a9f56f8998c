import APIMachinery
import ControlLoops
import Foundation
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

@Suite struct VolumeTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private func volume(
        _ name: String, _ size: String, class className: String = "manual", modes: JSON = ["ReadWriteOnce"]
    )
        -> PersistentVolume
    {
        PersistentVolume {
            $0.metadata = ObjectMeta {
                $0.name = name; $0.labels = ["type": "local"]
            }
            $0.json["spec"] = [
                "capacity": ["storage": JSON(size)], "accessModes": modes, "storageClassName": JSON(className),
                "persistentVolumeReclaimPolicy": "Retain", "hostPath": ["path": "/mnt/data"],
            ]
        }
    }
    private func claim(_ name: String, _ size: String, class className: String = "manual") -> PersistentVolumeClaim {
        PersistentVolumeClaim {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"; $0.name = name
            }
            $0.json["spec"] = [
                "accessModes": ["ReadWriteOnce"], "storageClassName": JSON(className),
                "resources": ["requests": ["storage": JSON(size)]],
            ]
        }
    }
    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }
    private func loops(_ provisioner: HostPathProvisioner = HostPathProvisioner(root: "/nowhere")) -> [any ControlLoop]
    {
        let context = harness.context
        return [
            ReconcilerRunner(ClaimReconciler(context, provisioner), context),
            ReconcilerRunner(VolumeReconciler(context, provisioner), context),
        ]
    }
    private func phase(_ object: some Kind) -> String? { object.json["status", "phase"]?.string }

    @Test(.timeLimit(.minutes(1))) func theSmallestThatFitsIsTakenOnceOnly() async throws {
        try await harness.run(loops(), retrying: true) {
            for (name, size) in [("small", "1Gi"), ("large", "10Gi"), ("fits", "2Gi")] {
                _ = try await cluster.create(volume(name, size))
            }
            _ = try await cluster.create(volume("other", "2Gi", class: "fast"))
            _ = try await cluster.create(volume("shared", "2Gi", modes: ["ReadOnlyMany"]))
            try await harness.wait(PersistentVolume.self) { $0.allSatisfy { phase($0) == "Available" } }
            for number in 1...3 { _ = try await cluster.create(claim("c\(number)", "2Gi")) }
            try await harness.wait(PersistentVolumeClaim.self) { claims in claims.count { phase($0) == "Bound" } == 2 }
            let claims = cluster.objects(PersistentVolumeClaim.self)
            #expect(Set(claims.compactMap(\.spec.volumeName)) == ["fits", "large"])
            let bound = try #require(claims.first { $0.spec.volumeName == "fits" })
            #expect(bound.annotations["pv.kubernetes.io/bind-completed"] == "yes")
            #expect(bound.json["status", "capacity"] == ["storage": "2Gi"])
            let volume = try #require(cluster.object(PersistentVolume.self, ObjectKey(name: "fits")))
            #expect(volume.json["spec", "claimRef", "uid"]?.string == bound.uid)
            try await harness.wait(PersistentVolume.self) { volumes in volumes.count { phase($0) == "Bound" } == 2 }
            #expect(claims.filter { phase($0) != "Bound" }.count == 1)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aUsedClaimOutlivesItsDeletionAndTheVolumeIsKept() async throws {
        try await harness.run(loops(), retrying: true) {
            _ = try await cluster.create(volume("v", "2Gi"))
            _ = try await cluster.create(claim("c", "1Gi"))
            try await harness.wait(PersistentVolumeClaim.self) { phase($0[0]) == "Bound" }
            _ = try await cluster.create(
                Pod {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "default"; $0.name = "p"
                    }
                    $0.json["spec"] = [
                        "nodeName": "n", "containers": [["name": "c", "image": "i"]],
                        "volumes": [["name": "d", "persistentVolumeClaim": ["claimName": "c"]]],
                    ]
                })
            try await harness.world.cache(Pod.self).wait(until: key("p")) { $0 != nil }
            try await cluster.delete(PersistentVolumeClaim.self, key("c"))
            try await harness.world.cache(PersistentVolumeClaim.self).wait(until: key("c")) {
                $0?["metadata", "deletionTimestamp"] != nil
            }
            #expect(cluster.object(PersistentVolumeClaim.self, key("c"))?.isBeingDeleted == true)
            try await cluster.delete(Pod.self, key("p"), .init(gracePeriodSeconds: 0))
            try await harness.wait(PersistentVolumeClaim.self) { $0.isEmpty }
            try await harness.wait(PersistentVolume.self) { phase($0[0]) == "Released" }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aClassOfAttributesOutlivesItsDeletionWhileItIsUsed() async throws {
        let finalizer = "kubernetes.io/vac-protection"
        func attributes(_ name: String) -> VolumeAttributesClass {
            VolumeAttributesClass {
                $0.metadata = ObjectMeta { $0.name = name }
                $0.json["driverName"] = "csi.example.com"
                $0.json["parameters"] = ["iops": "100"]
            }
        }
        let loop = ReconcilerRunner(AttributesClassReconciler(harness.context), harness.context)
        try await harness.run([loop], retrying: true) {
            _ = try await cluster.create(attributes("gold"))
            _ = try await cluster.create(attributes("free"))
            #expect(cluster.object(VolumeAttributesClass.self, ObjectKey(name: "gold"))?.finalizers == [finalizer])
            // Whoever takes the finalizer from one that stays is corrected.
            try await cluster.edit(VolumeAttributesClass.self, ObjectKey(name: "gold")) {
                $0.json["metadata", "finalizers"] = nil
            }
            try await harness.wait(VolumeAttributesClass.self) { all in all.allSatisfy { $0.finalizers == [finalizer] }
            }
            var used = claim("c", "1Gi")
            used.json["spec", "volumeAttributesClassName"] = "gold"
            _ = try await cluster.create(used)
            try await harness.world.cache(PersistentVolumeClaim.self).wait(until: key("c")) { $0 != nil }
            for name in ["gold", "free"] {
                try await cluster.delete(VolumeAttributesClass.self, ObjectKey(name: name))
            }
            try await harness.wait(VolumeAttributesClass.self) { $0.map(\.name) == ["gold"] }
            #expect(cluster.object(VolumeAttributesClass.self, ObjectKey(name: "gold"))?.isBeingDeleted == true)
            try await cluster.edit(PersistentVolumeClaim.self, key("c")) { $0.json["metadata", "finalizers"] = nil }
            try await cluster.delete(PersistentVolumeClaim.self, key("c"))
            try await harness.wait(VolumeAttributesClass.self) { $0.isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aVolumeIsMadeForTheChosenNodeAndRemovedAfter() async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let standard = StandardStorageClass(harness.context)
        try await harness.run(loops(HostPathProvisioner(root: root)) + [standard], retrying: true) {
            try await harness.wait(StorageClass.self) { $0.map(\.name) == ["standard"] }
            _ = try await cluster.create(
                Node {
                    $0.metadata = ObjectMeta {
                        $0.name = "n1"; $0.labels = ["kubernetes.io/hostname": "host1"]
                    }
                })
            _ = try await cluster.create(claim("c", "1Gi", class: "standard"))
            try await harness.wait(Event.self) { $0.contains { $0.reason == "WaitForFirstConsumer" } }
            #expect(cluster.objects(PersistentVolume.self).isEmpty)
            try await cluster.edit(PersistentVolumeClaim.self, key("c")) {
                $0.json["metadata", "annotations", "volume.kubernetes.io/selected-node"] = "n1"
            }
            try await harness.wait(PersistentVolumeClaim.self) { phase($0[0]) == "Bound" }
            let volume = try #require(cluster.objects(PersistentVolume.self).first)
            #expect(VolumeMatch.isUsable(volume, on: "n1", ["kubernetes.io/hostname": "host1"]))
            #expect(!VolumeMatch.isUsable(volume, on: "n2", ["kubernetes.io/hostname": "host2"]))
            let path = try #require(volume.json["spec", "hostPath", "path"]?.string)
            #expect(path == "\(root)/pvc-\(cluster.objects(PersistentVolumeClaim.self)[0].uid)")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try await cluster.delete(PersistentVolumeClaim.self, key("c"))
            try await harness.wait(PersistentVolume.self) { $0.isEmpty }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
