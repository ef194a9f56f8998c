import APIMachinery
import KubeAPI

/// A claim that names no storage class gets the one marked as default; of several the newest.
struct DefaultStorageClass: MutatingAdmission {
    let scope = AdmissionScope(.create, [.persistentVolumeClaims])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        let named = request.object["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"]?.string ?? ""
        guard request.object["spec", "storageClassName"] == nil, named.isEmpty,
            let name = try await view.markedClass(.storageClasses, "storageclass.kubernetes.io/is-default-class")
        else { return }
        request.object["spec", "storageClassName"] = JSON(name)
    }
}

/// An ingress that names no class gets the one marked as default.
struct DefaultIngressClass: MutatingAdmission {
    let scope = AdmissionScope(.create, [.ingresses])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        guard request.object["spec", "ingressClassName"] == nil,
            request.object["metadata", "annotations", "kubernetes.io/ingress.class"] == nil,
            let name = try await view.markedClass(.ingressClasses, "ingressclass.kubernetes.io/is-default-class")
        else { return }
        request.object["spec", "ingressClassName"] = JSON(name)
    }
}

/// A volume remembers when its phase last changed (KEP-3762).
struct VolumePhaseTime: MutatingAdmission {
    let scope = AdmissionScope([.create, .update], [.persistentVolumes], subresources: [nil, .status])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        guard request.old?["status", "phase"] != request.object["status", "phase"] || request.old == nil else { return }
        request.object["status", "lastPhaseTransitionTime"] = JSON(view.surroundings.timestamp)
    }
}

extension AdmissionView {
    /// The newest object of the resource with this annotation set to true; by name among those of one second.
    fileprivate func markedClass(_ resource: GroupResource, _ annotation: String) async throws -> String? {
        var best: (time: String, name: String)?
        try await forEach(resource) { object in
            let metadata: JSON = object["metadata"] ?? .object
            guard metadata["annotations", annotation]?.string == "true" else { return }
            let candidate = (metadata["creationTimestamp"]?.string ?? "", metadata["name"]?.string ?? "")
            if best.map({ candidate.0 > $0.time }) ?? true { best = candidate }
        }
        return best?.name
    }
}
