import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Approves by itself what nodes ask for to be known as nodes, if roles let who asks: `nodeclient` for any node, `selfnodeclient`
/// for oneself.
struct CertificateApprovingReconciler: Reconciler {
    static let name = "certificatesigningrequest-approving-controller"
    static let account = "certificate-controller"
    static let reads: [Interest] = [.every(CertificateSigningRequest.self)]
    static let writes: [Permission] = [
        Permission(.update, CertificateSigningRequest.resource, subresource: .approval),
        Permission(.other("approve"), .signers, name: ClusterSigner.node.rawValue),
        Permission(.create, GroupResource(group: "authorization.k8s.io", resource: "subjectaccessreviews")),
    ]

    let world: World
    let clock: any TimeSource
    let api: any ClusterAPI
    let signer: (any CertificateSigner)?

    init(_ context: LoopContext, _ signer: (any CertificateSigner)?) {
        world = context.world
        clock = context.clock
        api = context.acting(as: Self.identity).api
        self.signer = signer
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let request = world.get(CertificateSigningRequest.self, key), !request.isBeingDeleted,
            request.signerName == ClusterSigner.node.rawValue, !request.isDecided, !request.isIssued,
            let text = request.requestPEM, let facts = try? signer?.facts(of: text),
            ClusterSigner.node.refusal(facts, request.usages) == nil
        else { return [] }
        // Of oneself to go on with, or of any node.
        let isOwn = request.json["spec", "username"]?.string == facts.commonName
        let subresources = isOwn ? ["selfnodeclient", "nodeclient"] : ["nodeclient"]
        return [
            .perform("approve \(request.name) if its user may have it") { try await decide(request, subresources) }
        ]
    }

    private func decide(_ request: CertificateSigningRequest, _ subresources: [String]) async throws {
        for subresource in subresources {
            let review: JSON = [
                "kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
                "spec": [
                    "user": request.json["spec", "username"] ?? "", "uid": request.json["spec", "uid"] ?? "",
                    "groups": request.json["spec", "groups"] ?? [], "extra": request.json["spec", "extra"] ?? .object,
                    "resourceAttributes": [
                        "group": "certificates.k8s.io", "resource": "certificatesigningrequests", "verb": "create",
                        "subresource": JSON(subresource), "version": "*",
                    ],
                ],
            ]
            let answer = try await api.create(
                GroupResource(group: "authorization.k8s.io", resource: "subjectaccessreviews"), review)
            guard answer["status", "allowed"]?.bool == true else { continue }
            let message =
                subresource == "nodeclient"
                ? "Auto approving kubelet client certificate after SubjectAccessReview."
                : "Auto approving self kubelet client certificate after SubjectAccessReview."
            let now = JSON(clock.now.rfc3339)
            var approved = request.json
            let condition: JSON = [
                "type": "Approved", "status": "True", "reason": "AutoApproved", "message": JSON(message),
                "lastUpdateTime": now, "lastTransitionTime": now,
            ]
            approved["status", "conditions"] = JSON((approved["status", "conditions"]?.elements ?? []) + [condition])
            _ = try await api.update(CertificateSigningRequest.resource, approved, subresource: .approval)
            return
        }
    }
}
