import APIMachinery

/// Whether a PersistentVolume can serve a PersistentVolumeClaim: the same for the binder and for the scheduler.
public enum VolumeMatch {
    /// Whether claim and volume fit by class, mode, access modes, size, selector and reservation; where it may be used is
    /// not looked at.
    public static func fits(_ volume: PersistentVolume, _ claim: PersistentVolumeClaim) -> Bool {
        let spec = volume.json["spec"]
        if volume.isBeingDeleted || !isFree(volume, for: claim) { return false }
        if className(volume.json) != className(claim.json) { return false }
        if spec?["volumeMode"]?.string ?? "Filesystem" != claim.json["spec", "volumeMode"]?.string ?? "Filesystem" {
            return false
        }
        let modes = Set(spec?["accessModes"]?.strings ?? [])
        if !modes.isSuperset(of: claim.json["spec", "accessModes"]?.strings ?? []) { return false }
        if size(volume) < request(claim) { return false }
        guard let selector = claim.json["spec", "selector"] else { return true }
        return LabelSelector(selector).matches(labelsOf: volume.json)
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
