import APIMachinery
import KubeAPI

/// Nobody hands on rights that he has not: whoever writes a role must hold what it allows (or may `escalate`), and whoever
/// binds one must hold what the role allows (or may `bind` it).
struct RoleEscalation: MutatingAdmission {
    let scope = AdmissionScope([.create, .update], Array(RoleIndex.resources))

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        let user = request.user
        if PrivilegedGroups.hasAll(user) || isOnlyHousekeeping(request.object, request.old) { return }
        switch request.resource {
        case .roles, .clusterRoles: try await checkRole(request, view)
        default: try await checkBinding(request, view)
        }
    }

    private func checkRole(_ request: AdmissionRequest, _ view: AdmissionView) async throws {
        let may = RequestAttributes(
            verb: .other("escalate"), group: request.resource.group, version: "*", resource: request.resource.resource,
            namespace: request.namespace, name: request.name, path: "", isResourceRequest: true)
        if await view.isAllowed(request.user, may) { return }
        let held = view.roles { $0.rules(of: request.user, namespace: request.namespace) }
        if let refusal = RoleCover.refusal(request.user, held: held, granting: RoleRule.all(of: request.object)) {
            throw request.forbidden(refusal)
        }
        let gathers = [request.object, request.old ?? .object].contains {
            $0["aggregationRule", "clusterRoleSelectors"]?.elements.isEmpty == false
        }
        if gathers, RoleCover.refusal(request.user, held: held, granting: Self.everything) != nil {
            throw request.forbidden("must have cluster-admin privileges to use the aggregationRule")
        }
    }

    private static let everything = [
        RoleRule(verbs: ["*"], groups: ["*"], resources: ["*"]), RoleRule(verbs: ["*"], paths: ["*"]),
    ]

    private func checkBinding(_ request: AdmissionRequest, _ view: AdmissionView) async throws {
        let reference = request.object["roleRef"] ?? .object
        let name = reference["name"]?.string ?? ""
        let role: RoleIndex.Name
        let resource: GroupResource
        switch reference["kind"]?.string ?? "" {
        case "ClusterRole": (role, resource) = (.init(namespace: "", name: name), .clusterRoles)
        case "Role": (role, resource) = (.init(namespace: request.namespace, name: name), .roles)
        // The kind's own rules refuse it.
        default: return
        }
        let may = RequestAttributes(
            verb: .other("bind"), group: reference["apiGroup"]?.string ?? "", version: "*", resource: resource.resource,
            namespace: request.namespace, name: name, path: "", isResourceRequest: true)
        if await view.isAllowed(request.user, may) { return }
        let (held, granted) = view.roles {
            ($0.rules(of: request.user, namespace: request.namespace), $0.rules(ofRole: role))
        }
        guard let granted else {
            var missing = StatusError.notFound(
                GroupResource(group: resource.group, resource: role.namespace.isEmpty ? "clusterrole" : "role"), name)
            missing.message = RoleIndex.notFound(role)
            throw missing
        }
        if let refusal = RoleCover.refusal(request.user, held: held, granting: granted) {
            throw request.forbidden(refusal)
        }
    }

    /// Whether only such parts change as the garbage collector needs to take the object away.
    private func isOnlyHousekeeping(_ new: JSON, _ old: JSON?) -> Bool {
        guard let old else { return false }
        func rest(_ object: JSON) -> JSON {
            var object = object
            for field in ["ownerReferences", "finalizers", "managedFields"] { object["metadata", field] = nil }
            return object
        }
        return rest(new) == rest(old)
    }
}
