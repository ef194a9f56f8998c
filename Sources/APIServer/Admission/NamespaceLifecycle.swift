import APIMachinery
import KubeAPI

/// The namespaces without which no cluster works are not deleted (NamespaceLifecycle). That nothing is made in a namespace
/// that is missing or going away is asked by the write itself, so that it holds at the moment of the write.
struct NamespaceLifecycle: ValidatingAdmission {
    static let immortal: Set<String> = ["default", "kube-system", "kube-public"]
    let scope = AdmissionScope(.delete, [.namespaces])

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        if Self.immortal.contains(request.name) { throw request.forbidden("this namespace may not be deleted") }
        return nil
    }
}
