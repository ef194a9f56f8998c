import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// How claims find volumes, lose them, and grow: one look at a world each.
@Suite struct VolumeBindingTests {
    let harness = Harness()
    private var world: World { harness.world }
    private let key = ObjectKey(namespace: "default", name: "c")

    private func volume(_ name: String, _ size: String = "2Gi", _ change: (inout JSON) -> Void = { _ in })
        -> PersistentVolume
    {
        PersistentVolume {
            $0.metadata = ObjectMeta {
                $0.name = name; $0.uid = "uid-\(name)"; $0.finalizers = ["kubernetes.io/pv-protection"]
            }
            $0.json["metadata", "resourceVersion"] = "7"
            $0.json["spec"] = [
                "capacity": ["storage": JSON(size)], "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
                "persistentVolumeReclaimPolicy": "Retain", "hostPath": ["path": "/mnt/data"],
            ]
            change(&$0.json)
        }
    }
    private func claim(_ change: (inout JSON) -> Void = { _ in }) -> PersistentVolumeClaim {
        PersistentVolumeClaim {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"; $0.name = "c"; $0.uid = "uid-c"
                $0.finalizers = ["kubernetes.io/pvc-protection"]
            }
            $0.json["metadata", "resourceVersion"] = "8"
            $0.json["spec"] = [
                "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
                "resources": ["requests": ["storage": "1Gi"]],
            ]
            $0.json["status"] = ["phase": "Pending"]
            change(&$0.json)
        }
    }
    private func storageClass(_ name: String, _ provisioner: String, isDefault: Bool = false) -> StorageClass {
        StorageClass {
            $0.metadata = ObjectMeta {
                $0.name = name
                if isDefault { $0.annotations = ["storageclass.kubernetes.io/is-default-class": "true"] }
            }
            $0.provisioner = provisioner
        }
    }
    private func claimLook(_ claim: PersistentVolumeClaim, _ volumes: [PersistentVolume] = []) -> [String] {
        let reconciler = ClaimReconciler(harness.context, HostPathProvisioner(root: "/nowhere"))
        world.load([claim])
        world.load(volumes)
        return reconciler.reconcile(key).map(\.description)
    }
    private func volumeLook(_ volume: PersistentVolume, _ claims: [PersistentVolumeClaim] = []) -> [String] {
        let reconciler = VolumeReconciler(harness.context, HostPathProvisioner(root: "/nowhere"))
        world.load([volume])
        world.load(claims)
        return reconciler.reconcile(volume.key).map(\.description)
    }

    @Test func aVolumeAskedForByNameMustSuit() {
        func look(_ change: (inout JSON) -> Void) -> [String] {
            claimLook(claim { $0["spec", "volumeName"] = "v" }, [volume("v", "2Gi", change)])
        }
        func refusal(_ reason: String) -> [String] {
            ["event Warning VolumeMismatch Cannot bind to requested volume \"v\": \(reason)"]
        }
        #expect(look { _ in } == ["update persistentvolumes v"])
        #expect(look { $0["spec", "capacity", "storage"] = "500Mi" } == refusal("requested PV is too small"))
        #expect(look { $0["spec", "storageClassName"] = "x" } == refusal("storageClassName does not match"))
        #expect(look { $0["spec", "volumeMode"] = "Block" } == refusal("incompatible volumeMode"))
        #expect(look { $0["spec", "accessModes"] = ["ReadOnlyMany"] } == refusal("incompatible accessMode"))
        #expect(
            look { $0["spec", "volumeAttributesClassName"] = "gold" }
                == refusal("volumeAttributesClassName does not match"))
        #expect(
            look { $0["spec", "claimRef"] = ["namespace": "default", "name": "other", "uid": "u"] }
                == ["event Warning FailedBinding volume \"v\" already bound to a different claim."])
        // Reserved for the claim, it is given whatever its class.
        #expect(
            look {
                $0["spec", "claimRef"] = ["namespace": "default", "name": "c"]
                $0["spec", "storageClassName"] = "x"
            } == ["update persistentvolumes v"])
        #expect(claimLook(claim { $0["spec", "volumeName"] = "none" }).isEmpty)
    }

    @Test func aReservedVolumeThatIsTooSmallIsPassedOver() {
        let reserved = volume("a", "500Mi") { $0["spec", "claimRef"] = ["namespace": "default", "name": "c"] }
        #expect(claimLook(claim(), [reserved, volume("b")]) == ["update persistentvolumes b"])
        let block = volume("a") {
            $0["spec", "claimRef"] = ["namespace": "default", "name": "c", "uid": "uid-c"]
            $0["spec", "volumeMode"] = "Block"
        }
        let end = "due to incompatible volumeMode."
        #expect(
            volumeLook(block, [claim()]) == [
                "event Warning VolumeMismatch Cannot bind PersistentVolume to requested PersistentVolumeClaim \"c\" \(end)",
                "event Warning VolumeMismatch Cannot bind PersistentVolume \"a\" to requested PersistentVolumeClaim \(end)",
            ])
    }

    @Test func aClaimWithoutAClassGetsTheDefaultThatComesLater() {
        var none = claim()
        none.json["spec", "storageClassName"] = nil
        let nothing =
            "event Normal FailedBinding no persistent volumes available for this claim and no storage class is set"
        #expect(claimLook(none) == [nothing])
        world.load([storageClass("plain", "x.io/p"), storageClass("fast", "x.io/p", isDefault: true)])
        let change = claimLook(none)
        #expect(change.count == 1 && change[0].contains("\"storageClassName\":\"fast\""))
        // Who asks for none has none.
        #expect(claimLook(claim { $0["spec", "storageClassName"] = "" }) == [nothing])
    }

    @Test func whoMustProvisionIsSaidAsInKubernetes() {
        world.load([storageClass("manual", "kubernetes.io/no-provisioner")])
        #expect(
            claimLook(claim()) == [
                "event Warning ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner"
            ])
        world.load([storageClass("manual", "csi.example.com")])
        #expect(claimLook(claim())[0].contains("volume.kubernetes.io/storage-provisioner"))
        let marked = claim {
            $0["metadata", "annotations"] = [
                "volume.kubernetes.io/storage-provisioner": "csi.example.com",
                "volume.beta.kubernetes.io/storage-provisioner": "csi.example.com",
            ]
        }
        #expect(claimLook(marked)[0].hasPrefix("event Normal ExternalProvisioning Waiting for a volume"))
    }

    @Test func aClaimWaitsForTheFirstPodAndSaysForWhich() {
        var storage = storageClass("manual", "x.io/p")
        storage.volumeBindingMode = "WaitForFirstConsumer"
        world.load([storage])
        #expect(
            claimLook(claim()) == [
                "event Normal WaitForFirstConsumer waiting for first consumer to be created before binding"
            ])
        let pods = ["b", "a"].map { name in
            Pod {
                $0.metadata = ObjectMeta {
                    $0.namespace = "default"; $0.name = name; $0.uid = name
                }
                $0.json["spec"] = ["volumes": [["name": "d", "persistentVolumeClaim": ["claimName": "c"]]]]
            }
        }
        world.load(pods)
        #expect(claimLook(claim()) == ["event Normal WaitForPodScheduled waiting for pods a,b to be scheduled"])
    }

    @Test func aBoundClaimThatLosesItsVolumeSaysHow() {
        func bound(_ volumeName: JSON?) -> PersistentVolumeClaim {
            claim {
                $0["metadata", "annotations"] = ["pv.kubernetes.io/bind-completed": "yes"]
                $0["spec", "volumeName"] = volumeName
                $0["status", "phase"] = "Bound"
            }
        }
        func lost(_ sentence: String) -> [String] {
            ["update persistentvolumeclaims/status default/c", "event Warning \(sentence)"]
        }
        #expect(
            claimLook(bound(nil))
                == lost("ClaimLost Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"))
        #expect(
            claimLook(bound("v"))
                == lost("ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!"))
        let foreign = volume("v") { $0["spec", "claimRef"] = ["namespace": "default", "name": "d", "uid": "d"] }
        #expect(
            claimLook(bound("v"), [foreign])
                == lost("ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly"))
        // A volume that has come unbound is bound again.
        #expect(claimLook(bound("v"), [volume("v")]) == ["update persistentvolumes v"])
    }

    @Test func aClaimIsHeldByEveryPodOnANode() {
        let leaving = claim { $0["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z" }
        func look(_ change: (inout JSON) -> Void) -> Bool {
            world.load([
                Pod {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "default"; $0.name = "p"; $0.uid = "p"
                    }
                    $0.json["spec"] = [
                        "nodeName": "n", "volumes": [["name": "d", "persistentVolumeClaim": ["claimName": "c"]]],
                    ]
                    change(&$0.json)
                }
            ])
            return claimLook(leaving).isEmpty
        }
        #expect(look { _ in })
        // One that has ended may still be looked at.
        #expect(look { $0["status"] = ["phase": "Succeeded"] })
        #expect(!look { $0["spec", "nodeName"] = nil })
    }

    @Test func aVolumeWhoseClaimHasAnotherIsFreeAgain() {
        let elsewhere = claim { $0["spec", "volumeName"] = "other" }
        let reference: JSON = ["namespace": "default", "name": "c", "uid": "uid-c", "resourceVersion": "1"]
        var ours = volume("v") {
            $0["spec", "claimRef"] = reference
            $0["metadata", "annotations"] = ["pv.kubernetes.io/bound-by-controller": "yes"]
        }
        #expect(volumeLook(ours, [elsewhere])[0].contains("\"claimRef\":null"))
        ours.json["metadata", "annotations"] = nil
        #expect(volumeLook(ours, [elsewhere])[0].contains("\"claimRef\":{\"uid\":null"))
        // One that was made for the claim goes.
        ours.json["metadata", "annotations"] = ["pv.kubernetes.io/provisioned-by": "csi.example.com"]
        ours.json["spec", "persistentVolumeReclaimPolicy"] = "Delete"
        #expect(volumeLook(ours, [elsewhere]) == ["update persistentvolumes/status v"])
    }

    @Test func whatCannotBeReclaimedFails() {
        let reference: JSON = ["namespace": "default", "name": "gone", "uid": "gone"]
        func look(_ policy: String, _ phase: String, _ change: (inout JSON) -> Void = { _ in }) -> [String] {
            volumeLook(
                volume("v") {
                    $0["spec", "claimRef"] = reference
                    $0["spec", "persistentVolumeReclaimPolicy"] = JSON(policy)
                    $0["status"] = ["phase": JSON(phase)]
                    change(&$0)
                })
        }
        let update = "update persistentvolumes/status v"
        #expect(look("Retain", "Released").isEmpty)
        #expect(look("Delete", "Bound") == [update])
        let sentence = "host_path deleter only supports /tmp/.+ but received provided /mnt/data"
        #expect(look("Delete", "Released") == [update, "event Warning VolumeFailedDelete \(sentence)"])
        // Said once, and not taken back.
        #expect(look("Delete", "Failed") { $0["status", "message"] = JSON(sentence) }.isEmpty)
        #expect(
            look("Recycle", "Released") == [
                update, "event Warning VolumeFailedRecycle No recycler plugin found for the volume!",
            ])
        // A driver removes its own.
        #expect(
            look("Delete", "Released") { $0["metadata", "annotations"] = ["pv.kubernetes.io/provisioned-by": "csi.io"] }
                .isEmpty)
    }

    @Test func aClaimGrowsStepByStep() {
        let reconciler = ExpansionReconciler(harness.context)
        func bound(_ request: String, _ capacity: String) -> PersistentVolumeClaim {
            claim {
                $0["spec", "volumeName"] = "v"
                $0["spec", "resources", "requests", "storage"] = JSON(request)
                $0["status"] = ["phase": "Bound", "capacity": ["storage": JSON(capacity)]]
            }
        }
        func look(_ claim: PersistentVolumeClaim, _ size: String, isOurs: Bool) -> [Change] {
            world.load([claim])
            world.load([
                volume("v", size) {
                    $0["spec", "claimRef"] = ["namespace": "default", "name": "c", "uid": "uid-c"]
                    if isOurs {
                        $0["metadata", "annotations"] = ["pv.kubernetes.io/provisioned-by": "skiff.dev/hostpath"]
                    }
                }
            ])
            return reconciler.reconcile(key)
        }
        #expect(look(bound("1Gi", "1Gi"), "1Gi", isOurs: true).isEmpty)
        #expect(
            look(bound("2Gi", "1Gi"), "1Gi", isOurs: false).map(\.description) == [
                "event Normal ExternalExpanding waiting for an external controller to expand this PVC"
            ])
        let begin = look(bound("2Gi", "1Gi"), "1Gi", isOurs: true)
        guard case .update(_, let told, _) = begin.first else {
            Issue.record("\(begin)")
            return
        }
        #expect(told["status", "allocatedResourceStatuses", "storage"]?.string == "ControllerResizeInProgress")
        #expect(told["status", "conditions"]?[0]["type"]?.string == "Resizing")
        #expect(begin.last?.description.contains("\"capacity\":{\"storage\":\"2Gi\"}") == true)
        let end = look(PersistentVolumeClaim(told), "2Gi", isOurs: true)
        guard case .update(_, let done, _) = end.first else {
            Issue.record("\(end)")
            return
        }
        #expect(done["status", "capacity", "storage"]?.string == "2Gi")
        #expect(done["status", "conditions"] == nil && done["status", "allocatedResourceStatuses"] == nil)
        #expect(
            end.last?.description == "event Normal VolumeResizeSuccessful ExpandVolume succeeded for volume default/c")
    }
}
