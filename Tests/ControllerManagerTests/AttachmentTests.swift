import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// Volumes of a CSI driver that the test plays.
@Suite struct AttachmentTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }
    private let driver = "csi.example.com"
    private var uniqueName: String { "kubernetes.io/csi/\(driver)^handle-v" }

    private func metadata(_ name: String, in namespace: String = "default") -> ObjectMeta {
        ObjectMeta {
            $0.name = name
            if !namespace.isEmpty { $0.namespace = namespace }
        }
    }
    private func makeNode(_ name: String, isManaged: Bool = true) async throws {
        try await cluster.make(
            Node {
                $0.metadata = metadata(name, in: "")
                if isManaged { $0.metadata.annotations = [AttachDetachReconciler.managed: "true"] }
                $0.json["status"] = ["conditions": [["type": "Ready", "status": "True"]]]
            })
    }
    /// A claim with its volume, bound.
    private func makeVolume(modes: JSON = ["ReadWriteOnce"]) async throws {
        let claim = try await cluster.make(
            PersistentVolumeClaim {
                $0.metadata = metadata("c")
                $0.json["spec"] = [
                    "accessModes": modes, "resources": ["requests": ["storage": "1Gi"]], "volumeName": "v",
                ]
                $0.json["status"] = ["phase": "Bound"]
            })
        try await cluster.make(
            PersistentVolume {
                $0.metadata = metadata("v", in: "")
                $0.json["spec"] = [
                    "capacity": ["storage": "1Gi"], "accessModes": modes,
                    "csi": ["driver": JSON(driver), "volumeHandle": "handle-v"],
                    "claimRef": [
                        "kind": "PersistentVolumeClaim", "namespace": "default", "name": "c", "uid": JSON(claim.uid),
                    ],
                ]
            })
    }
    private func makePod(_ name: String, on node: String) async throws {
        try await cluster.make(
            Pod {
                $0.metadata = metadata(name)
                $0.json["spec"] = [
                    "nodeName": JSON(node), "containers": [["name": "c", "image": "i"]],
                    "volumes": [["name": "d", "persistentVolumeClaim": ["claimName": "c"]]],
                ]
                $0.json["status"] = ["phase": "Running"]
            })
    }
    private func name(on node: String) -> String { AttachmentNames.attachment(driver, "handle-v", node) }
    /// The driver says that it has attached the volume.
    private func attach(on node: String) async throws {
        try await harness.wait(VolumeAttachment.self) { $0.contains { $0.spec.nodeName == node } }
        try await cluster.edit(VolumeAttachment.self, ObjectKey(name: name(on: node))) {
            $0.json["status"] = ["attached": true]
        }
    }
    private func reported(_ node: String) -> [String] {
        (cluster.object(Node.self, ObjectKey(name: node))?.json["status", "volumesAttached"]?.elements ?? [])
            .compactMap { $0["name"]?.string }
    }
    private func use(_ isInUse: Bool, on node: String) async throws {
        try await cluster.edit(Node.self, ObjectKey(name: node)) {
            $0.json["status", "volumesInUse"] = isInUse ? [JSON(uniqueName)] : nil
        }
    }
    private func loop() -> [any ControlLoop] {
        [ReconcilerRunner(AttachDetachReconciler(harness.context), harness.context, concurrency: 1)]
    }
    private func told(_ reason: String) -> [String] {
        cluster.objects(Event.self).filter { $0.reason == reason }.compactMap { $0.json["message"]?.string }
    }

    @Test(.timeLimit(.minutes(1))) func aVolumeIsAttachedForItsPodAndDetachedOnceUnmounted() async throws {
        try await makeNode("n1")
        try await makeVolume()
        try await harness.run(loop(), retrying: true) {
            try await makePod("p", on: "n1")
            try await harness.wait(VolumeAttachment.self) { $0.count == 1 }
            let attachment = cluster.objects(VolumeAttachment.self)[0]
            #expect(attachment.name == name(on: "n1"))
            #expect(attachment.spec.attacher == driver)
            #expect(attachment.spec.source?.persistentVolumeName == "v")
            // Not before the driver has said so.
            #expect(reported("n1").isEmpty)
            try await attach(on: "n1")
            try await harness.wait(Node.self) { _ in reported("n1") == [uniqueName] }
            try await harness.wait(Event.self) { _ in
                told("SuccessfulAttachVolume") == ["AttachVolume.Attach succeeded for volume \"v\" "]
            }
            // What is mounted stays, even without a pod.
            try await use(true, on: "n1")
            try await cluster.delete(Pod.self, ObjectKey(namespace: "default", name: "p"), .init(gracePeriodSeconds: 0))
            try await harness.world.cache(Node.self).wait(until: ObjectKey(name: "n1")) {
                $0?["status", "volumesInUse"] != nil
            }
            #expect(cluster.objects(VolumeAttachment.self).count == 1)
            try await use(false, on: "n1")
            try await harness.wait(VolumeAttachment.self) { $0.isEmpty }
            #expect(reported("n1").isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(1))) func oneNodeAtATimeHasAVolumeThatIsNotShared() async throws {
        for node in ["n1", "n2"] { try await makeNode(node) }
        try await makeVolume()
        try await harness.run(loop(), retrying: true) {
            try await makePod("p1", on: "n1")
            try await attach(on: "n1")
            try await harness.wait(Node.self) { _ in reported("n1") == [uniqueName] }
            try await makePod("p2", on: "n2")
            try await harness.wait(Event.self) { _ in
                told("FailedAttachVolume") == [
                    "Multi-Attach error for volume \"v\" Volume is already used by pod(s) p1"
                ]
            }
            #expect(cluster.objects(VolumeAttachment.self).map(\.spec.nodeName) == ["n1"])
            // When it is free it is the other's.
            try await cluster.delete(
                Pod.self, ObjectKey(namespace: "default", name: "p1"), .init(gracePeriodSeconds: 0))
            try await harness.wait(VolumeAttachment.self) { $0.map(\.spec.nodeName) == ["n2"] }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aSharedVolumeIsOnManyNodesAndOthersAttachForThemselves() async throws {
        for node in ["n1", "n2"] { try await makeNode(node) }
        try await makeNode("alone", isManaged: false)
        try await makeVolume(modes: ["ReadWriteMany"])
        // What others have made by names of their own is left alone.
        try await cluster.make(
            VolumeAttachment {
                $0.metadata = metadata("by-hand", in: "")
                $0.json["spec"] = [
                    "attacher": JSON(driver), "nodeName": "n1", "source": ["persistentVolumeName": "v"],
                ]
            })
        try await harness.run(loop(), retrying: true) {
            for (pod, node) in [("p1", "n1"), ("p2", "n2"), ("p3", "alone")] { try await makePod(pod, on: node) }
            try await harness.wait(VolumeAttachment.self) { $0.count == 3 }
            let made = cluster.objects(VolumeAttachment.self).filter { $0.name != "by-hand" }
            #expect(Set(made.map(\.spec.nodeName)) == ["n1", "n2"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func aSilentNodeLosesItsVolumeAfterSixMinutes() async throws {
        try await makeNode("n1")
        try await makeVolume()
        try await harness.run(loop(), retrying: true) {
            try await makePod("p", on: "n1")
            try await attach(on: "n1")
            try await use(true, on: "n1")
            try await harness.wait(Node.self) { _ in reported("n1") == [uniqueName] }
            try await cluster.edit(Node.self, ObjectKey(name: "n1")) {
                $0.json["status", "conditions"] = [["type": "Ready", "status": "Unknown"]]
            }
            try await cluster.delete(Pod.self, ObjectKey(namespace: "default", name: "p"), .init(gracePeriodSeconds: 0))
            try await harness.world.cache(Pod.self).wait(until: ObjectKey(namespace: "default", name: "p")) {
                $0 == nil
            }
            let start = harness.clock.now
            while !cluster.objects(VolumeAttachment.self).isEmpty {
                harness.clock.advance(by: .seconds(5))
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(harness.clock.now - start >= .seconds(355))
        }
    }

    @Test(.timeLimit(.minutes(1))) func aNodeOutOfServiceLosesItsVolumeAtOnce() async throws {
        try await makeNode("n1")
        try await makeVolume()
        try await harness.run(loop(), retrying: true) {
            try await makePod("p", on: "n1")
            try await attach(on: "n1")
            try await use(true, on: "n1")
            try await cluster.edit(Node.self, ObjectKey(name: "n1")) {
                $0.json["spec", "taints"] = [["key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"]]
            }
            try await cluster.delete(Pod.self, ObjectKey(namespace: "default", name: "p"), .init(gracePeriodSeconds: 0))
            try await harness.wait(VolumeAttachment.self) { $0.isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aDriverThatAttachesNothingIsNotAsked() async throws {
        try await makeNode("n1")
        try await makeVolume()
        try await cluster.make(
            CSIDriver {
                $0.metadata = metadata(driver, in: "")
                $0.json["spec"] = ["attachRequired": false]
            })
        harness.world.load(cluster.objects(Node.self))
        harness.world.load(cluster.objects(CSIDriver.self))
        harness.world.load(cluster.objects(PersistentVolume.self))
        harness.world.load(cluster.objects(PersistentVolumeClaim.self))
        let reconciler = AttachDetachReconciler(harness.context)
        try await makePod("p", on: "n1")
        harness.world.load(cluster.objects(Pod.self))
        #expect(reconciler.reconcile(ObjectKey(name: "n1")).isEmpty)
        // A pod that has ended wants nothing any more.
        harness.world.load([CSIDriver]())
        #expect(reconciler.reconcile(ObjectKey(name: "n1")).map(\.description).first?.hasPrefix("create") == true)
        var pod = cluster.objects(Pod.self)[0]
        pod.json["status", "phase"] = "Succeeded"
        harness.world.load([Pod(pod.json)])
        pod.json["metadata", "resourceVersion"] = "999999"
        harness.world.load([pod])
        #expect(reconciler.reconcile(ObjectKey(name: "n1")).isEmpty)
        #expect(reconciler.memory.isEmpty)
    }
}
