import APIMachinery
import KubeAPI

/// A claim that names no storage class gets the one marked as default; of several the newest.
struct DefaultStorageClass: AdmissionStep {
    func admit(_ object: inout JSON, old: JSON?, _ call: inout Call, _ server: ClusterServer) async throws {
        guard old == nil, call.groupResource == GroupResource(resource: "persistentvolumeclaims"),
            object["spec", "storageClassName"] == nil,
            (object["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"]?.string ?? "").isEmpty,
            let name = try await server.markedClass(
                GroupResource(group: "storage.k8s.io", resource: "storageclasses"),
                "storageclass.kubernetes.io/is-default-class")
        else { return }
        object["spec", "storageClassName"] = JSON(name)
    }
}

/// An ingress that names no class gets the one marked as default.
struct DefaultIngressClass: AdmissionStep {
    func admit(_ object: inout JSON, old: JSON?, _ call: inout Call, _ server: ClusterServer) async throws {
        guard old == nil, call.groupResource == GroupResource(group: "networking.k8s.io", resource: "ingresses"),
            object["spec", "ingressClassName"] == nil,
            object["metadata", "annotations", "kubernetes.io/ingress.class"] == nil,
            let name = try await server.markedClass(
                GroupResource(group: "networking.k8s.io", resource: "ingressclasses"),
                "ingressclass.kubernetes.io/is-default-class")
        else { return }
        object["spec", "ingressClassName"] = JSON(name)
    }
}

/// A volume remembers when its phase last changed (KEP-3762).
struct VolumePhaseTime: AdmissionStep {
    func admit(_ object: inout JSON, old: JSON?, _ call: inout Call, _ server: ClusterServer) async throws {
        guard call.groupResource == GroupResource(resource: "persistentvolumes") else { return }
        if old == nil || old?["status", "phase"] != object["status", "phase"] {
            object["status", "lastPhaseTransitionTime"] = JSON(server.surroundings.timestamp)
        }
    }
}

extension ClusterServer {
    /// The newest object of the resource with this annotation set to true; by name among those of one second.
    func markedClass(_ resource: GroupResource, _ annotation: String) async throws -> String? {
        try await cache.waitUntilFresh()
        guard let resourceCache = cache.cache(resource) else { return nil }
        var best: (time: String, name: String)?
        resourceCache.snapshot(reached: 0).tree.forEach { object in
            let metadata: JSON = object.json["metadata"] ?? .object
            guard metadata["annotations", annotation]?.string == "true" else { return true }
            let candidate = (metadata["creationTimestamp"]?.string ?? "", metadata["name"]?.string ?? "")
            if best.map({ candidate.0 > $0.time }) ?? true { best = candidate }
            return true
        }
        return best?.name
    }
}
