import APIMachinery
import KubeAPI

/// Whoever says that an object belongs to another may delete the object, and may hold up the other's deletion only if he
/// may set its finalizers (Kubernetes' admission plugin OwnerReferencesPermissionEnforcement).
struct OwnerReferences: ValidatingAdmission {
    let scope = AdmissionScope([.create, .update], nil, subresources: nil)

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        // A pod's status cannot change them.
        if request.resource == .pods, request.subresource == .status { return nil }
        let new = request.object["metadata", "ownerReferences"]?.elements ?? []
        let old = request.old?["metadata", "ownerReferences"]?.elements ?? []
        if new == old { return nil }
        let user = request.user
        if request.operation == .update {
            let deletion = RequestAttributes(
                verb: .delete, group: request.resource.group, version: request.kind.version,
                resource: request.resource.resource, subresource: request.subresource, namespace: request.namespace,
                name: request.name, path: "", isResourceRequest: true)
            let decision = await view.decision(user, deletion)
            if !decision.isAllowed {
                throw request.forbidden(
                    "cannot set an ownerRef on a resource you can't delete: \(decision.reason), <nil>")
            }
        }
        let blocking = new.filter { reference in
            guard reference["blockOwnerDeletion"]?.bool == true else { return false }
            let before = old.first { $0["uid"] == reference["uid"] }
            return before?["blockOwnerDeletion"]?.bool != true
        }
        if blocking.isEmpty { return nil }
        let any = RequestAttributes(
            verb: .update, group: "*", version: "*", resource: "*", subresource: Self.finalizers, name: "*", path: "",
            isResourceRequest: true)
        if await view.isAllowed(user, any) { return nil }
        for reference in blocking { try await checkFinalizers(of: reference, request, view) }
        return nil
    }

    private static let finalizers = SubresourceName(rawValue: "finalizers")

    private func checkFinalizers(
        of reference: JSON, _ request: AdmissionRequest, _ view: AdmissionView
    ) async throws {
        let (version, kind) = (reference["apiVersion"]?.string ?? "", reference["kind"]?.string ?? "")
        guard let owner = view.resource(GroupVersionKind(apiVersion: version, kind: kind)) else {
            throw request.forbidden(
                "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion \(version) Kind "
                    + "\(kind): no matches for kind \"\(kind)\" in version \"\(version)\"")
        }
        let finalizing = RequestAttributes(
            verb: .update, group: owner.groupVersionKind.group, version: owner.groupVersionKind.version,
            resource: owner.plural, subresource: Self.finalizers,
            namespace: owner.isNamespaced ? request.namespace : "", name: reference["name"]?.string ?? "", path: "",
            isResourceRequest: true)
        let decision = await view.decision(request.user, finalizing)
        if decision.isAllowed { return }
        throw request.forbidden(
            "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: "
                + "\(decision.reason), <nil>")
    }
}
