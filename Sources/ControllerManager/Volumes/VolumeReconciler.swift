import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// A volume's phase follows its claim; when that is gone, the reclaim policy says what becomes of the volume.
struct VolumeReconciler: Reconciler {
    static let name = "persistentvolume-controller"
    static let reads: [Interest] = [
        .every(PersistentVolume.self),
        .mapped(PersistentVolumeClaim.self) { claim, world in
            world.cache(PersistentVolume.self).indexed(VolumeNames.claimIndex, claim.key.description).map(\.key)
                + [claim.spec.volumeName].compactMap { $0.map { ObjectKey(name: $0) } }
        },
    ]
    static let writes: [Permission] = [
        .patch(PersistentVolume.self), .status(PersistentVolume.self), .delete(PersistentVolume.self),
    ]

    let world: World
    let clock: any TimeSource
    let provisioner: HostPathProvisioner

    init(_ context: LoopContext, _ provisioner: HostPathProvisioner) {
        world = context.world
        clock = context.clock
        self.provisioner = provisioner
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let volume = world.get(PersistentVolume.self, key) else { return [] }
        let phase = phase(of: volume)
        if volume.isBeingDeleted {
            guard volume.finalizers.contains(VolumeNames.volumeProtection), phase != "Bound" else { return [] }
            let rest = volume.finalizers.filter { $0 != VolumeNames.volumeProtection }
            return [.patch(volume, volume.metadataPatch(finalizers: rest))]
        }
        if !volume.finalizers.contains(VolumeNames.volumeProtection) {
            let finalizers = volume.finalizers + [VolumeNames.volumeProtection]
            return [.patch(volume, volume.metadataPatch(finalizers: finalizers))]
        }
        if let phase, phase != volume.json["status", "phase"]?.string {
            var new = volume
            new.json["status", "phase"] = JSON(phase)
            new.json["status", "lastPhaseTransitionTime"] = JSON(clock.now.rfc3339)
            return [.updateStatus(new)]
        }
        return phase == "Released" ? reclaim(volume) : []
    }

    /// nil while a claim that is named does not name the volume yet.
    private func phase(of volume: PersistentVolume) -> String? {
        guard let key = VolumeNames.claim(of: volume.json) else { return "Available" }
        let uid = volume.json["spec", "claimRef", "uid"]?.string ?? ""
        if uid.isEmpty { return "Available" }
        guard let claim = world.get(PersistentVolumeClaim.self, key), claim.uid == uid else { return "Released" }
        return claim.spec.volumeName == volume.name ? "Bound" : nil
    }

    private func reclaim(_ volume: PersistentVolume) -> [Change] {
        switch volume.spec.persistentVolumeReclaimPolicy {
        case "Delete": return provisioner.remove(volume)
        case "Recycle":
            let sentence = "Recycling is not offered; the volume keeps its data and stays Released"
            return [.note(EventNote(volume, .warning, "VolumeFailedRecycle", sentence))]
        default: return []
        }
    }
}
