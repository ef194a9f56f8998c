import APIMachinery

/// Whether a PersistentVolume can serve a PersistentVolumeClaim: the same for the binder and for the scheduler.
public enum VolumeMatch {
    /// Whether claim and volume fit by class, mode, access modes, size, selector and reservation; where it may be used is
    /// not looked at.
    public static func fits(_ volume: PersistentVolume, _ claim: PersistentVolumeClaim) -> Bool {
        guard isFree(volume, for: claim), mismatch(volume, claim) == nil else { return false }
        guard let selector = claim.json["spec", "selector"] else { return true }
        return LabelSelector(selector).matches(labelsOf: volume.json)
    }

    /// Why a volume that is asked for by its name cannot serve the claim, in Kubernetes' words; nil if it can.
    public static func mismatch(_ volume: PersistentVolume, _ claim: PersistentVolumeClaim) -> String? {
        if volume.isBeingDeleted { return "the volume is marked for deletion \"\(volume.name)\"" }
        if size(volume) < request(claim) { return "requested PV is too small" }
        if className(volume.json) != className(claim.json) { return "storageClassName does not match" }
        let attributes = [volume.json, claim.json].map { $0["spec", "volumeAttributesClassName"]?.string ?? "" }
        if attributes[0] != attributes[1] { return "volumeAttributesClassName does not match" }
        if !hasMode(volume, of: claim) { return "incompatible volumeMode" }
        return hasAccessModes(volume, of: claim) ? nil : "incompatible accessMode"
    }

    /// Whether a volume that is free for this claim alone can serve it; its class is not looked at.
    public static func serves(_ volume: PersistentVolume, reservedFor claim: PersistentVolumeClaim) -> Bool {
        isFree(volume, for: claim) && !volume.isBeingDeleted && size(volume) >= request(claim)
            && hasMode(volume, of: claim) && hasAccessModes(volume, of: claim)
    }

    /// Whether both are file systems, or both are devices.
    public static func hasMode(_ volume: PersistentVolume, of claim: PersistentVolumeClaim) -> Bool {
        volume.json["spec", "volumeMode"]?.string ?? "Filesystem" == claim.json["spec", "volumeMode"]?.string
            ?? "Filesystem"
    }
    private static func hasAccessModes(_ volume: PersistentVolume, of claim: PersistentVolumeClaim) -> Bool {
        let modes = Set(volume.json["spec", "accessModes"]?.strings ?? [])
        return modes.isSuperset(of: claim.json["spec", "accessModes"]?.strings ?? [])
    }

    /// Whether nobody else has it: it names no claim, or this one.
    public static func isFree(_ volume: PersistentVolume, for claim: PersistentVolumeClaim) -> Bool {
        guard let reference = volume.json["spec", "claimRef"] else { return true }
        let uid = reference["uid"]?.string ?? ""
        return reference["namespace"]?.string == claim.namespace && reference["name"]?.string == claim.name
            && (uid.isEmpty || uid == claim.uid)
    }

    /// Whether a node may use it (spec.nodeAffinity).
    public static func isUsable(_ volume: PersistentVolume, on node: String, _ labels: [String: String]) -> Bool {
        guard let required = volume.json["spec", "nodeAffinity", "required"] else { return true }
        return NodeRequirement(selector: required).matches(node, labels)
    }

    /// spec.storageClassName, or the annotation that came before it; empty for none.
    public static func className(_ object: JSON) -> String {
        object["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"]?.string
            ?? object["spec", "storageClassName"]?.string ?? ""
    }
    public static func size(_ volume: PersistentVolume) -> Quantity {
        volume.json["spec", "capacity", "storage"].flatMap { try? Quantity($0) } ?? .zero
    }
    public static func request(_ claim: PersistentVolumeClaim) -> Quantity {
        claim.json["spec", "resources", "requests", "storage"].flatMap { try? Quantity($0) } ?? .zero
    }
}
