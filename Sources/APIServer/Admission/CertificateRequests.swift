import APIMachinery
import KubeAPI

extension GroupResource {
    static let certificateRequests = GroupResource(
        group: "certificates.k8s.io", resource: "certificatesigningrequests")
}

/// Writes into a certificate request who asks, and into its conditions when they were set: both are the server's to tell.
struct CertificateRequestFacts: MutatingAdmission {
    let scope = AdmissionScope(
        [.create, .update], [.certificateRequests], subresources: [nil, .approval, .status])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        guard request.operation == .create else {
            if request.subresource == nil { return }
            CertificateRequests.setTimes(
                &request.object, old: request.old ?? .object, now: view.surroundings.timestamp)
            return
        }
        let user = request.user
        var spec: JSON = request.object["spec"] ?? .object
        for field in ["username", "uid", "groups", "extra"] { spec[field] = nil }
        spec["username"] = JSON(user.name)
        if !user.uid.isEmpty { spec["uid"] = JSON(user.uid) }
        if !user.groups.isEmpty { spec["groups"] = JSON(user.groups) }
        for (name, values) in user.extra.sorted(by: { $0.key < $1.key }) { spec["extra", name] = JSON(values) }
        request.object["spec"] = spec
    }
}

/// Only who may `approve` for a signer decides about requests to it (CertificateApproval), and only who may `sign` for it gives
/// certificates (CertificateSigning).
struct CertificateSignerRights: ValidatingAdmission {
    let scope = AdmissionScope(.update, [.certificateRequests], subresources: [.approval, .status])

    func validate(
        _ request: inout AdmissionRequest, _ view: AdmissionView
    ) async throws -> AdmissionHolds.Settle? {
        let isApproval = request.subresource == .approval
        if !isApproval, request.object["status"] == request.old?["status"] { return nil }
        let signer = request.old?["spec", "signerName"]?.string ?? ""
        let verb = isApproval ? "approve" : "sign"
        let domain = signer.prefix { $0 != "/" }
        for name in [signer, "\(domain)/*"] where await isAllowed(request.user, verb, name, view) { return nil }
        throw request.forbidden("user not permitted to \(verb) requests with signerName \(JSON(signer).text)")
    }

    private func isAllowed(_ user: UserInfo, _ verb: String, _ name: String, _ view: AdmissionView) async -> Bool {
        await view.isAllowed(
            user,
            RequestAttributes(
                verb: Verb(rawValue: verb), group: "certificates.k8s.io", version: "*", resource: "signers", name: name,
                path: "", isResourceRequest: true))
    }
}

/// Nobody gets a client certificate that makes him the cluster's master (CertificateSubjectRestriction).
struct CertificateSubject: ValidatingAdmission {
    let scope = AdmissionScope(.create, [.certificateRequests])
    private static let signer = "kubernetes.io/kube-apiserver-client"

    func validate(
        _ request: inout AdmissionRequest, _ view: AdmissionView
    ) async throws -> AdmissionHolds.Settle? {
        guard request.object["spec", "signerName"]?.string == Self.signer,
            CertificateRequests.organizations(request.object).contains("system:masters")
        else { return nil }
        throw request.forbidden("use of \(Self.signer) signer with system:masters group is not allowed")
    }
}
