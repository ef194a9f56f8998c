import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Finds a volume for every claim: one that is there, or a new one. Each look does one step; the volume is written
/// first, so that it belongs to one claim at most.
struct ClaimReconciler: Reconciler {
    static let name = "persistentvolume-binder"
    static let component = "persistentvolume-controller"
    static let account = "persistent-volume-binder"
    static let reads: [Interest] = [
        .every(PersistentVolumeClaim.self),
        Interest(PersistentVolume.resource) { change, world in
            let claims = [change.old, change.new].compactMap { $0.flatMap { VolumeNames.claim(of: $0) } }
            // A free volume may suit any claim of its class that waits.
            guard let new = change.new, VolumeNames.claim(of: new) == nil else { return claims }
            return claims + waiting(VolumeMatch.className(new), world)
        },
        // One that becomes the default may be given to claims that name none.
        .mapped(StorageClass.self) { storage, world in waiting(storage.name, world) + waiting("", world) },
        .mapped(Pod.self) { pod, world in
            VolumeNames.claims(of: pod.json).filter { key in
                guard let claim = world.get(PersistentVolumeClaim.self, key) else { return false }
                return claim.isBeingDeleted || claim.annotations[VolumeNames.bindCompleted] == nil
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

    /// A claim that is deleted stays while there is a pod on a node that names it, also one that has ended; a claim of a
    /// pod's own only until the node is done with the pod.
    private func letGo(_ claim: PersistentVolumeClaim) -> [Change] {
        guard claim.finalizers.contains(VolumeNames.claimProtection) else { return [] }
        let users = world.cache(Pod.self).indexed(VolumeNames.podIndex, claim.key.description).map { Pod($0) }
        if users.contains(where: { !$0.nodeName.isEmpty && Self.uses($0, claim) }) { return [] }
        let rest = claim.finalizers.filter { $0 != VolumeNames.claimProtection }
        return [.patch(claim, claim.metadataPatch(finalizers: rest))]
    }

    private static func uses(_ pod: Pod, _ claim: PersistentVolumeClaim) -> Bool {
        let names = (pod.json["spec", "volumes"]?.elements ?? []).contains {
            $0["persistentVolumeClaim", "claimName"]?.string == claim.name
        }
        let isGone = pod.isBeingDeleted && pod.metadata.deletionGracePeriodSeconds == 0
        return names || !isGone && claim.json.controller?["uid"]?.string == pod.uid
    }

    // MARK: Binding

    private func bind(_ claim: PersistentVolumeClaim) -> [Change] {
        if let name = claim.spec.volumeName, !name.isEmpty { return bind(claim, toNamed: name) }
        let reserved = world.cache(PersistentVolume.self).indexed(VolumeNames.claimIndex, claim.key.description)
            .map { PersistentVolume($0) }.filter { VolumeMatch.serves($0, reservedFor: claim) }
        if let volume = reserved.min(by: { $0.key < $1.key }) { return bind(claim, to: volume) }
        let className = VolumeMatch.className(claim.json)
        let storage = className.isEmpty ? nil : world.get(StorageClass.self, ObjectKey(name: className))
        let node = claim.annotations[VolumeNames.selectedNode]
        if storage?.volumeBindingMode == "WaitForFirstConsumer", node == nil {
            let (reason, message) = Self.delay(waitingPods(claim))
            return [.note(EventNote(claim, .normal, reason, message))]
        }
        if let volume = smallestFit(claim, node) { return bind(claim, to: volume) }
        if let name = defaultClass(for: claim) {
            let patch: JSON = [
                "metadata": ["uid": JSON(claim.uid), "resourceVersion": JSON(String(claim.json.revision))],
                "spec": ["storageClassName": JSON(name)],
            ]
            return [.patch(claim, patch)]
        }
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

    /// Somebody asked for this very volume.
    private func bind(_ claim: PersistentVolumeClaim, toNamed name: String) -> [Change] {
        guard let volume = world.get(PersistentVolume.self, ObjectKey(name: name)) else { return [] }
        guard VolumeMatch.isFree(volume, for: claim) else {
            let sentence = "volume \"\(name)\" already bound to a different claim."
            return [.note(EventNote(claim, .warning, "FailedBinding", sentence))]
        }
        if volume.json["spec", "claimRef"] == nil, let reason = VolumeMatch.mismatch(volume, claim) {
            let sentence = "Cannot bind to requested volume \"\(name)\": \(reason)"
            return [.note(EventNote(claim, .warning, "VolumeMismatch", sentence))]
        }
        return bind(claim, to: volume)
    }

    /// The names of the pods that want the claim and have no node yet.
    private func waitingPods(_ claim: PersistentVolumeClaim) -> [String] {
        world.cache(Pod.self).indexed(VolumeNames.podIndex, claim.key.description).map { Pod($0) }
            .filter { $0.nodeName.isEmpty && !$0.isTerminal }.map(\.name).sorted()
    }
    private static func delay(_ pods: [String]) -> (reason: String, message: String) {
        switch pods.count {
        case 0: ("WaitForFirstConsumer", "waiting for first consumer to be created before binding")
        case 1: ("WaitForPodScheduled", "waiting for pod \(pods[0]) to be scheduled")
        default: ("WaitForPodScheduled", "waiting for pods \(pods.joined(separator: ",")) to be scheduled")
        }
    }

    /// The class of a claim that names none, where one became the default after it was made: of several the newest.
    private func defaultClass(for claim: PersistentVolumeClaim) -> String? {
        guard claim.json["spec", "storageClassName"] == nil, VolumeMatch.className(claim.json).isEmpty else {
            return nil
        }
        let marks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
        return world.all(StorageClass.self).filter { storage in
            marks.contains { storage.annotations[$0] == "true" }
        }.max { left, right in
            let (first, second) = (left.created ?? .distantPast, right.created ?? .distantPast)
            return first == second ? left.name > right.name : first < second
        }?.name
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
        guard let name = claim.spec.volumeName, !name.isEmpty else {
            return lose(
                claim, "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!")
        }
        guard let volume = world.get(PersistentVolume.self, ObjectKey(name: name)) else {
            return lose(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
        }
        guard volume.json["spec", "claimRef"] == nil || volume.json["spec", "claimRef", "uid"]?.string == claim.uid
        else {
            let sentence = "Two claims are bound to the same volume, this one is bound incorrectly"
            return lose(claim, "ClaimMisbound", sentence)
        }
        var new = claim
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

    private func lose(_ claim: PersistentVolumeClaim, _ reason: String, _ message: String) -> [Change] {
        if claim.json["status", "phase"]?.string == "Lost" { return [] }
        var new = claim
        new.json["status"] = ["phase": "Lost"]
        return [.updateStatus(new), .note(EventNote(claim, .warning, reason, message))]
    }

    private static func waiting(_ className: String, _ world: World) -> [ObjectKey] {
        world.all(PersistentVolumeClaim.self).filter { claim in
            claim.annotations[VolumeNames.bindCompleted] == nil && VolumeMatch.className(claim.json) == className
        }.map(\.key)
    }
}
