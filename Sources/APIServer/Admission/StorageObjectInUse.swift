import APIMachinery
import KubeAPI

/// Volumes, claims and VolumeAttributesClasses carry a finalizer from the beginning, so that they are not gone while they
/// are in use (StorageObjectInUseProtection); the volume loops take it away.
struct StorageObjectInUse: MutatingAdmission {
    private static let finalizers: [GroupResource: String] = [
        .persistentVolumeClaims: "kubernetes.io/pvc-protection", .persistentVolumes: "kubernetes.io/pv-protection",
        VolumeAttributesClass.resource: "kubernetes.io/vac-protection",
    ]
    let scope = AdmissionScope(.create, Array(Self.finalizers.keys))

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        guard let finalizer = Self.finalizers[request.resource] else { return }
        let present = request.object["metadata", "finalizers"]?.strings ?? []
        guard !present.contains(finalizer) else { return }
        request.object["metadata", "finalizers"] = JSON(present + [finalizer])
    }
}
