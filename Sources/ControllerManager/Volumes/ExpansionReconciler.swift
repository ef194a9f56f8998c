import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Lets volumes grow with what their claims ask for: those of the cluster's own class itself, as a directory has no size of
/// its own; of all others it says that somebody else must.
struct ExpansionReconciler: Reconciler {
    static let name = "volume_expand"
    static let account = "expand-controller"
    static let reads: [Interest] = [
        Interest(PersistentVolumeClaim.resource) { change, _ in
            guard let new = change.new, wantsMore(PersistentVolumeClaim(new)) else { return [] }
            // Told once for each size that is asked for.
            if let old = change.old, sizes(old) == sizes(new), PersistentVolumeClaim(old).isBound { return [] }
            return [change.key]
        },
        .mapped(PersistentVolume.self) { volume, world in
            guard volume.isOfOwnProvisioner, let key = VolumeNames.claim(of: volume.json),
                world.get(PersistentVolumeClaim.self, key).map(wantsMore) == true
            else { return [] }
            return [key]
        },
    ]
    static let writes: [Permission] = [.patch(PersistentVolume.self), .status(PersistentVolumeClaim.self)]

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    private static func sizes(_ claim: JSON) -> [JSON?] {
        [claim["spec", "resources", "requests", "storage"], claim["status", "capacity", "storage"]]
    }
    private static func capacity(_ claim: PersistentVolumeClaim) -> Quantity {
        claim.json["status", "capacity", "storage"].flatMap { try? Quantity($0) } ?? .zero
    }
    private static func wantsMore(_ claim: PersistentVolumeClaim) -> Bool {
        claim.isBound && VolumeMatch.request(claim) > capacity(claim)
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let claim = world.get(PersistentVolumeClaim.self, key), !claim.isBeingDeleted, Self.wantsMore(claim),
            let name = claim.spec.volumeName, let volume = world.get(PersistentVolume.self, ObjectKey(name: name)),
            volume.json["spec", "claimRef", "uid"]?.string == claim.uid
        else { return [] }
        guard volume.isOfOwnProvisioner else {
            let sentence = "waiting for an external controller to expand this PVC"
            return [.note(EventNote(claim, .normal, "ExternalExpanding", sentence))]
        }
        if VolumeMatch.size(volume) < VolumeMatch.request(claim) { return begin(claim, volume) }
        return [
            .updateStatus(finished(claim, volume)),
            .note(
                EventNote(claim, .normal, "VolumeResizeSuccessful", "ExpandVolume succeeded for volume \(claim.key)")),
        ]
    }

    /// The claim says what is being done before the volume says that it is done.
    private func begin(_ claim: PersistentVolumeClaim, _ volume: PersistentVolume) -> [Change] {
        guard let size = claim.json["spec", "resources", "requests", "storage"] else { return [] }
        var new = claim
        new.json["status", "allocatedResources", "storage"] = size
        new.json["status", "allocatedResourceStatuses", "storage"] = "ControllerResizeInProgress"
        let conditions = (claim.json["status", "conditions"]?.elements ?? []).filter {
            $0["type"]?.string != "Resizing"
        }
        let now = clock.now.rfc3339
        new.json["status", "conditions"] = JSON(
            conditions + [
                [
                    "type": "Resizing", "status": "True", "lastProbeTime": .null,
                    "lastTransitionTime": JSON(now),
                ]
            ])
        let patch: JSON = [
            "metadata": ["uid": JSON(volume.uid), "resourceVersion": JSON(String(volume.json.revision))],
            "spec": ["capacity": ["storage": size]],
        ]
        return [.updateStatus(new), .patch(volume, patch)]
    }

    private func finished(_ claim: PersistentVolumeClaim, _ volume: PersistentVolume) -> PersistentVolumeClaim {
        var new = claim
        new.json["status", "capacity", "storage"] = volume.json["spec", "capacity", "storage"]
        new.json["status", "allocatedResourceStatuses"] = nil
        let own = ["Resizing", "FileSystemResizePending", "ControllerResizeError", "NodeResizeError"]
        let conditions = (claim.json["status", "conditions"]?.elements ?? []).filter {
            !own.contains($0["type"]?.string ?? "")
        }
        new.json["status", "conditions"] = conditions.isEmpty ? nil : JSON(conditions)
        return new
    }
}

extension PersistentVolumeClaim {
    var isBound: Bool { json["status", "phase"]?.string == "Bound" }
}

extension PersistentVolume {
    /// Whether the cluster's own class has made it.
    var isOfOwnProvisioner: Bool { annotations[VolumeNames.provisionedBy] == VolumeNames.hostPathProvisioner }
}
