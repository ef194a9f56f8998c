import APIMachinery
import KubeAPI

/// No Service takes addresses of somebody else to itself; those that it has it keeps (Kubernetes' admission plugin
/// DenyServiceExternalIPs, CVE-2020-8554).
struct ExternalAddresses: ValidatingAdmission {
    let scope = AdmissionScope([.create, .update], [.services])

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        let old = Set(request.old?["spec", "externalIPs"]?.strings ?? [])
        let new = request.object["spec", "externalIPs"]?.strings ?? []
        if new.allSatisfy(old.contains) { return nil }
        throw request.forbidden("Use of external IPs is denied by admission control")
    }
}
