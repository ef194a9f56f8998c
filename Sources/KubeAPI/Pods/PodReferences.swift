import APIMachinery

/// An object that a pod uses, and that its node may therefore read.
public struct PodReference: Hashable, Sendable {
    /// One of secrets, configmaps, persistentvolumeclaims, serviceaccounts.
    public var resource: GroupResource
    public var namespace: String
    public var name: String
    public init(resource: GroupResource, namespace: String, name: String) {
        self.resource = resource
        self.namespace = namespace
        self.name = name
    }

    public static let secrets = GroupResource(resource: "secrets")
    public static let configMaps = GroupResource(resource: "configmaps")

    /// All that a pod's spec refers to in its namespace.
    public static func all(of pod: JSON) -> Set<PodReference> {
        var found: Set<PodReference> = []
        let namespace = pod.key.namespace
        func add(_ resource: GroupResource, _ name: JSON?) {
            guard let name = name?.string, !name.isEmpty else { return }
            found.insert(PodReference(resource: resource, namespace: namespace, name: name))
        }
        let spec = pod["spec"] ?? .object
        add(ServiceAccount.resource, spec["serviceAccountName"])
        for secret in spec["imagePullSecrets"]?.elements ?? [] { add(secrets, secret["name"]) }
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            for container in spec[list]?.elements ?? [] {
                for source in container["envFrom"]?.elements ?? [] {
                    add(secrets, source["secretRef", "name"])
                    add(configMaps, source["configMapRef", "name"])
                }
                for variable in container["env"]?.elements ?? [] {
                    add(secrets, variable["valueFrom", "secretKeyRef", "name"])
                    add(configMaps, variable["valueFrom", "configMapKeyRef", "name"])
                }
            }
        }
        for volume in spec["volumes"]?.elements ?? [] {
            add(secrets, volume["secret", "secretName"])
            add(secrets, volume["azureFile", "secretName"])
            add(secrets, volume["csi", "nodePublishSecretRef", "name"])
            for source in ["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos"] {
                add(secrets, volume[source, "secretRef", "name"])
            }
            add(configMaps, volume["configMap", "name"])
            for source in volume["projected", "sources"]?.elements ?? [] {
                add(secrets, source["secret", "name"])
                add(configMaps, source["configMap", "name"])
            }
            add(PersistentVolumeClaim.resource, volume["persistentVolumeClaim", "claimName"])
            if volume["ephemeral"]?.isObject == true {
                add(PersistentVolumeClaim.resource, JSON("\(pod.key.name)-\(volume["name"]?.string ?? "")"))
            }
        }
        return found
    }
}
