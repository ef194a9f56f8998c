import APIMachinery
import KubeAPI

/// Volumes and claims carry a finalizer from the beginning, so that they are not gone while they are in use
/// (StorageObjectInUseProtection); the volume loops take it away.
struct StorageObjectInUse: MutatingAdmission {
    static let claimFinalizer = "kubernetes.io/pvc-protection"
    static let volumeFinalizer = "kubernetes.io/pv-protection"
    let scope = AdmissionScope(.create, [.persistentVolumes, .persistentVolumeClaims])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        let finalizer = request.resource == .persistentVolumes ? Self.volumeFinalizer : Self.claimFinalizer
        let present = request.object["metadata", "finalizers"]?.strings ?? []
        guard !present.contains(finalizer) else { return }
        request.object["metadata", "finalizers"] = JSON(present + [finalizer])
    }
}
