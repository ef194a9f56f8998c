import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// A volume's phase follows its claim; when that is gone, the reclaim policy says what becomes of the volume.
struct VolumeReconciler: Reconciler {
    static let name = "persistentvolume-controller"
    static let account = "persistent-volume-binder"
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
            guard volume.finalizers.contains(VolumeNames.volumeProtection), phase != .bound else { return [] }
            let rest = volume.finalizers.filter { $0 != VolumeNames.volumeProtection }
            return [.patch(volume, volume.metadataPatch(finalizers: rest))]
        }
        if !volume.finalizers.contains(VolumeNames.volumeProtection) {
            let finalizers = volume.finalizers + [VolumeNames.volumeProtection]
            return [.patch(volume, volume.metadataPatch(finalizers: finalizers))]
        }
        // The failure of a deletion stays to be seen.
        let isFailed = volume.json["status", "phase"]?.string == "Failed" && phase == .released
        if let phase = phase.name, phase != volume.json["status", "phase"]?.string, !isFailed {
            var new = volume
            new.json["status", "phase"] = JSON(phase)
            new.json["status", "message"] = nil
            new.json["status", "lastPhaseTransitionTime"] = JSON(clock.now.rfc3339)
            return [.updateStatus(new)]
        }
        switch phase {
        case .released: return reclaim(volume)
        case .unwanted: return unbind(volume)
        case .pending(let claim): return tellMismatch(volume, claim)
        case .available, .bound: return []
        }
    }

    private enum Phase: Equatable {
        case available, bound, released
        /// The claim that is named does not name the volume yet.
        case pending(PersistentVolumeClaim)
        /// The claim that is named has another volume.
        case unwanted
        var name: String? {
            switch self {
            case .available: "Available"
            case .bound: "Bound"
            case .released: "Released"
            case .pending, .unwanted: nil
            }
        }
    }

    private func phase(of volume: PersistentVolume) -> Phase {
        guard let key = VolumeNames.claim(of: volume.json) else { return .available }
        let uid = volume.json["spec", "claimRef", "uid"]?.string ?? ""
        if uid.isEmpty { return .available }
        guard let claim = world.get(PersistentVolumeClaim.self, key), claim.uid == uid else { return .released }
        if claim.spec.volumeName ?? "" == "" { return .pending(claim) }
        if claim.spec.volumeName == volume.name { return .bound }
        // Made for the claim, which has found another.
        let isMade = volume.annotations[VolumeNames.provisionedBy] != nil
        return isMade && volume.spec.persistentVolumeReclaimPolicy == "Delete" ? .released : .unwanted
    }

    /// A volume that was reserved by hand stays so, for a claim to come.
    private func unbind(_ volume: PersistentVolume) -> [Change] {
        let isOurs = volume.annotations[VolumeNames.boundByController] != nil
        var patch: JSON = [
            "metadata": ["uid": JSON(volume.uid), "resourceVersion": JSON(String(volume.json.revision))],
            "spec": ["claimRef": isOurs ? .null : ["uid": .null, "resourceVersion": .null]],
        ]
        if isOurs { patch["metadata", "annotations"] = [VolumeNames.boundByController: .null] }
        return [.patch(volume, patch)]
    }

    private func tellMismatch(_ volume: PersistentVolume, _ claim: PersistentVolumeClaim) -> [Change] {
        if VolumeMatch.hasMode(volume, of: claim) { return [] }
        let end = "due to incompatible volumeMode."
        let ofVolume = "Cannot bind PersistentVolume to requested PersistentVolumeClaim \"\(claim.name)\" \(end)"
        let ofClaim = "Cannot bind PersistentVolume \"\(volume.name)\" to requested PersistentVolumeClaim \(end)"
        return [
            .note(EventNote(volume, .warning, "VolumeMismatch", ofVolume)),
            .note(EventNote(claim, .warning, "VolumeMismatch", ofClaim)),
        ]
    }

    private func reclaim(_ volume: PersistentVolume) -> [Change] {
        switch volume.spec.persistentVolumeReclaimPolicy {
        case "Delete":
            if let provisioner = volume.annotations[VolumeNames.provisionedBy] {
                if !provisioner.hasPrefix("kubernetes.io/") { return self.provisioner.remove(volume) }
                return fail(volume, "VolumeFailedDelete", Self.noDeleter(volume))
            }
            if volume.json["spec", "csi"] != nil { return [] }
            if let path = volume.json["spec", "hostPath", "path"]?.string {
                let sentence = "host_path deleter only supports /tmp/.+ but received provided \(path)"
                return fail(volume, "VolumeFailedDelete", sentence)
            }
            return fail(volume, "VolumeFailedDelete", Self.noDeleter(volume))
        case "Recycle": return fail(volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!")
        default: return []
        }
    }
    private static func noDeleter(_ volume: PersistentVolume) -> String {
        "error getting deleter volume plugin for volume \"\(volume.name)\": no deletable volume plugin matched"
    }

    private func fail(_ volume: PersistentVolume, _ reason: String, _ message: String) -> [Change] {
        if volume.json["status", "phase"]?.string == "Failed", volume.json["status", "message"]?.string == message {
            return []
        }
        var new = volume
        new.json["status", "phase"] = "Failed"
        new.json["status", "message"] = JSON(message)
        return [.updateStatus(new), .note(EventNote(volume, .warning, reason, message))]
    }
}
