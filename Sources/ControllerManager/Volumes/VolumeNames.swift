import APIMachinery
import KubeAPI

/// Annotations and finalizers of volumes and claims; kubectl and other provisioners read them.
enum VolumeNames {
    static let bindCompleted = "pv.kubernetes.io/bind-completed"
    static let boundByController = "pv.kubernetes.io/bound-by-controller"
    static let provisionedBy = "pv.kubernetes.io/provisioned-by"
    static let selectedNode = "volume.kubernetes.io/selected-node"
    static let storageProvisioner = "volume.kubernetes.io/storage-provisioner"
    static let claimProtection = "kubernetes.io/pvc-protection"
    static let volumeProtection = "kubernetes.io/pv-protection"
    static let attributesClassProtection = "kubernetes.io/vac-protection"
    /// Our own provisioner of directories on nodes.
    static let hostPathProvisioner = "skiff.dev/hostpath"
    /// The class that every cluster starts with.
    static let standardClass = "standard"

    /// Volumes by the claim they name.
    static let claimIndex = "claim"
    /// Pods by the claims they use.
    static let podIndex = "claims"

    /// The claims that a pod uses, by key.
    static func claims(of pod: JSON) -> [ObjectKey] {
        let key = pod.key
        return (pod["spec"]?["volumes"]?.elements ?? []).compactMap { volume in
            if let name = volume["persistentVolumeClaim"]?["claimName"]?.string {
                return ObjectKey(namespace: key.namespace, name: name)
            }
            guard volume["ephemeral"] != nil, let name = volume["name"]?.string else { return nil }
            return ObjectKey(namespace: key.namespace, name: "\(key.name)-\(name)")
        }
    }
    /// The VolumeAttributesClass that a volume has.
    static func attributesClass(of volume: JSON) -> String? {
        guard let name = volume["spec", "volumeAttributesClassName"]?.string, !name.isEmpty else { return nil }
        return name
    }
    static func claim(of volume: JSON) -> ObjectKey? {
        guard let reference = volume["spec", "claimRef"], let name = reference["name"]?.string else { return nil }
        return ObjectKey(namespace: reference["namespace"]?.string ?? "", name: name)
    }
}

extension Kind {
    /// A merge patch of its finalizers and annotations, on condition that the object is as it was.
    func metadataPatch(finalizers: [String]? = nil, annotations: [String: String] = [:]) -> JSON {
        var metadata: JSON = ["uid": JSON(uid), "resourceVersion": JSON(String(json.revision))]
        if let finalizers { metadata["finalizers"] = finalizers.isEmpty ? .null : JSON(finalizers) }
        if !annotations.isEmpty { metadata["annotations"] = JSON(annotations) }
        return ["metadata": metadata]
    }
    var finalizers: [String] { json["metadata", "finalizers"]?.strings ?? [] }
}
