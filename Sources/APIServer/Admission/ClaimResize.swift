import APIMachinery
import KubeAPI

/// A claim grows only where it is bound and its class allows it (Kubernetes' admission plugin PersistentVolumeClaimResize).
struct ClaimResize: ValidatingAdmission {
    let scope = AdmissionScope(.update, [.persistentVolumeClaims])

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        guard let old = request.old, Self.size(of: request.object) > Self.size(of: old) else { return nil }
        if old["status", "phase"]?.string != "Bound" {
            throw request.forbidden("Only bound persistent volume claims can be expanded")
        }
        let name = Self.storageClass(of: request.object)
        if !name.isEmpty, name == Self.storageClass(of: old),
            try await view.object(.storageClasses, name)?["allowVolumeExpansion"]?.bool == true
        {
            return nil
        }
        throw request.forbidden(
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support "
                + "resize")
    }

    private static func size(of claim: JSON) -> Quantity {
        ResourceAmounts(claim["spec", "resources", "requests"])["storage"] ?? .zero
    }
    private static func storageClass(of claim: JSON) -> String {
        claim["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"]?.string
            ?? claim["spec", "storageClassName"]?.string ?? ""
    }
}
