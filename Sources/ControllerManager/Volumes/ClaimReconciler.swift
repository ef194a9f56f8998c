import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Finds a volume for every claim: one that is there, or a new one. Each look does one step; the volume is written
/// first, so that it belongs to one claim at most.
struct ClaimReconciler: Reconciler {
    static let name = "persistentvolume-binder"
    static let account = "persistent-volume-binder"
    static let reads: [Interest] = [
        .every(PersistentVolumeClaim.self),
        Interest(PersistentVolume.resource) { change, world in
            let claims = [change.old, change.new].compactMap { $0.flatMap { VolumeNames.claim(of: $0) } }
            // A free volume may suit any claim of its class that waits.
            guard let new = change.new, VolumeNames.claim(of: new) == nil else { return claims }
            return claims + waiting(VolumeMatch.className(new), world)
        },
        .mapped(StorageClass.self) { storage, world in waiting(storage.name, world) },
        .mapped(Pod.self) { pod, world in
            VolumeNames.claims(of: pod.json).filter {
                world.get(PersistentVolumeClaim.self, $0)?.isBeingDeleted == true
            }
        },
        .only(Node.self),
    ]
    static let writes: [Permission] = [
        .update(PersistentVolume.self), .create(PersistentVolume.self), .update(PersistentVolumeClaim.self),
        .patch(PersistentVolumeClaim.self), .status(PersistentVolumeClaim.self),
    ]

    let world: World
    let clock: any TimeSource
    let provisioner: HostPathProvisioner

    init(_ context: LoopContext, _ provisioner: HostPathProvisioner) {
        world = context.world
        clock = context.clock
        self.provisioner = provisioner
        world.cache(Pod.self).addIndex(VolumeNames.podIndex) { pod in VolumeNames.claims(of: pod).map(\.description) }
        world.cache(PersistentVolume.self).addIndex(VolumeNames.claimIndex) { volume in
            VolumeNames.claim(of: volume).map { [$0.description] } ?? []
        }
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let claim = world.get(PersistentVolumeClaim.self, key) else { return [] }
        if claim.isBeingDeleted { return letGo(claim) }
        if !claim.finalizers.contains(VolumeNames.claimProtection) {
            let finalizers = claim.finalizers + [VolumeNames.claimProtection]
            return [.patch(claim, claim.metadataPatch(finalizers: finalizers))]
        }
        if claim.annotations[VolumeNames.bindCompleted] != nil { return keepBound(claim) }
        return bind(claim)
    }

    /// A claim that is deleted stays while a pod uses it.
    private func letGo(_ claim: PersistentVolumeClaim) -> [Change] {
        guard claim.finalizers.contains(VolumeNames.claimProtection) else { return [] }
        let users = world.cache(Pod.self).indexed(VolumeNames.podIndex, claim.key.description).map { Pod($0) }
        if users.contains(where: { !$0.isTerminal && !$0.nodeName.isEmpty }) { return [] }
        let rest = claim.finalizers.filter { $0 != VolumeNames.claimProtection }
        return [.patch(claim, claim.metadataPatch(finalizers: rest))]
    }

    // MARK: Binding

    private func bind(_ claim: PersistentVolumeClaim) -> [Change] {
        if let name = claim.spec.volumeName, !name.isEmpty {
            guard let volume = world.get(PersistentVolume.self, ObjectKey(name: name)) else { return [] }
            return VolumeMatch.isFree(volume, for: claim) ? bind(claim, to: volume) : []
        }
        let reserved = world.cache(PersistentVolume.self).indexed(VolumeNames.claimIndex, claim.key.description)
            .map { PersistentVolume($0) }.filter { VolumeMatch.isFree($0, for: claim) && !$0.isBeingDeleted }
        if let volume = reserved.min(by: { $0.key < $1.key }) { return bind(claim, to: volume) }
        let className = VolumeMatch.className(claim.json)
        let storage = className.isEmpty ? nil : world.get(StorageClass.self, ObjectKey(name: className))
        let node = claim.annotations[VolumeNames.selectedNode]
        if storage?.volumeBindingMode == "WaitForFirstConsumer", node == nil {
            let sentence = "waiting for first consumer to be created before binding"
            return [.note(EventNote(claim, .normal, "WaitForFirstConsumer", sentence))]
        }
        if let volume = smallestFit(claim, node) { return bind(claim, to: volume) }
        if className.isEmpty {
            let sentence = "no persistent volumes available for this claim and no storage class is set"
            return [.note(EventNote(claim, .normal, "FailedBinding", sentence))]
        }
        guard let storage else {
            let sentence = "storageclass.storage.k8s.io \"\(className)\" not found"
            return [.note(EventNote(claim, .warning, "ProvisioningFailed", sentence))]
        }
        let hostname = node.map { world.get(Node.self, ObjectKey(name: $0))?.labels["kubernetes.io/hostname"] ?? $0 }
        return provisioner.provision(claim, storage, hostname)
    }

    private func smallestFit(_ claim: PersistentVolumeClaim, _ node: String?) -> PersistentVolume? {
        let labels = node.flatMap { world.get(Node.self, ObjectKey(name: $0))?.labels } ?? [:]
        return world.all(PersistentVolume.self).filter { volume in
            VolumeMatch.fits(volume, claim) && (node.map { VolumeMatch.isUsable(volume, on: $0, labels) } ?? true)
        }.min { left, right in
            let sizes = (VolumeMatch.size(left), VolumeMatch.size(right))
            return sizes.0 == sizes.1 ? left.key < right.key : sizes.0 < sizes.1
        }
    }

    /// First the volume names the claim, then the claim names the volume.
    private func bind(_ claim: PersistentVolumeClaim, to volume: PersistentVolume) -> [Change] {
        if volume.json["spec", "claimRef", "uid"]?.string != claim.uid {
            var new = volume
            let wasReserved = volume.json["spec", "claimRef"] != nil
            new.json["spec", "claimRef"] = HostPathProvisioner.reference(to: claim)
            if !wasReserved { new.json["metadata", "annotations", VolumeNames.boundByController] = "yes" }
            return [.update(new)]
        }
        var new = claim
        if claim.spec.volumeName != volume.name {
            new.spec.volumeName = volume.name
            new.json["metadata", "annotations", VolumeNames.boundByController] = "yes"
        }
        new.json["metadata", "annotations", VolumeNames.bindCompleted] = "yes"
        return [.update(new)]
    }

    private func keepBound(_ claim: PersistentVolumeClaim) -> [Change] {
        var new = claim
        let volume = claim.spec.volumeName.flatMap { world.get(PersistentVolume.self, ObjectKey(name: $0)) }
        guard let volume, VolumeMatch.isFree(volume, for: claim) else {
            if claim.json["status", "phase"]?.string == "Lost" { return [] }
            new.json["status"] = ["phase": "Lost"]
            let sentence = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
            return [.updateStatus(new), .note(EventNote(claim, .warning, "ClaimLost", sentence))]
        }
        if volume.json["spec", "claimRef", "uid"]?.string != claim.uid { return bind(claim, to: volume) }
        new.json["status", "phase"] = "Bound"
        if claim.json["status", "phase"]?.string != "Bound" || claim.json["status", "capacity"] == nil {
            new.json["status", "accessModes"] = volume.json["spec", "accessModes"]
            new.json["status", "capacity"] = volume.json["spec", "capacity"]
            if let attributes = volume.json["spec", "volumeAttributesClassName"] {
                new.json["status", "currentVolumeAttributesClassName"] = attributes
            }
        }
        return new == claim ? [] : [.updateStatus(new)]
    }

    private static func waiting(_ className: String, _ world: World) -> [ObjectKey] {
        world.all(PersistentVolumeClaim.self).filter { claim in
            claim.annotations[VolumeNames.bindCompleted] == nil && VolumeMatch.className(claim.json) == className
        }.map(\.key)
    }
}
