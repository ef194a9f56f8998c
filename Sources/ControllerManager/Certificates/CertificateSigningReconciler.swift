import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI

/// Gives those their certificate whose request was approved, from the cluster's own authority; what a signer does not give is
/// marked as failed.
struct CertificateSigningReconciler: Reconciler {
    static let name = "certificatesigningrequest-signing-controller"
    static let account = "certificate-controller"
    static let reads: [Interest] = [.every(CertificateSigningRequest.self)]
    static let writes: [Permission] =
        [.status(CertificateSigningRequest.self)]
        + ClusterSigner.allCases.map { Permission(.other("sign"), .signers, name: $0.rawValue) }

    let world: World
    let clock: any TimeSource
    /// nil where there is no authority: then nobody gets any.
    let signer: (any CertificateSigner)?

    init(_ context: LoopContext, _ signer: (any CertificateSigner)?) {
        world = context.world
        clock = context.clock
        self.signer = signer
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let signer, let request = world.get(CertificateSigningRequest.self, key), !request.isBeingDeleted,
            let kind = ClusterSigner(rawValue: request.signerName), request.has("Approved"), !request.has("Denied"),
            !request.has("Failed"), !request.isIssued, let text = request.requestPEM
        else { return [] }
        do {
            let facts = try signer.facts(of: text)
            if let why = kind.refusal(facts, request.usages) {
                return [failed(request, "SignerValidationFailure", why)]
            }
            let order = CertificateOrder(
                requestPEM: text, isForClients: request.usages.contains("client auth"),
                isForServers: request.usages.contains("server auth"),
                seconds: request.json["spec", "expirationSeconds"]?.int)
            var issued = request
            let certificate = try signer.sign(order, at: clock.now)
            issued.json["status", "certificate"] = JSON(Data(certificate.utf8).base64EncodedString())
            return [.updateStatus(issued)]
        } catch {
            return [failed(request, "SigningError", "\(error)")]
        }
    }

    private func failed(_ request: CertificateSigningRequest, _ reason: String, _ why: String) -> Change {
        var failed = request
        let now = JSON(clock.now.rfc3339)
        let condition: JSON = [
            "type": "Failed", "status": "True", "reason": JSON(reason), "message": JSON(why), "lastUpdateTime": now,
            "lastTransitionTime": now,
        ]
        failed.json["status", "conditions"] = JSON((request.json["status", "conditions"]?.elements ?? []) + [condition])
        return .updateStatus(failed)
    }
}

extension GroupResource {
    static let signers = GroupResource(group: "certificates.k8s.io", resource: "signers")
}
