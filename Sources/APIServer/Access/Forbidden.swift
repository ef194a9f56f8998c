import APIMachinery

/// The sentence of a 403, as Kubernetes writes it.
enum Forbidden {
    static func error(_ user: UserInfo, _ attributes: RequestAttributes, _ reason: String) -> StatusError {
        guard attributes.isResourceRequest else {
            return StatusError(
                code: 403, reason: .forbidden,
                message: "forbidden: User \"\(user.name)\" cannot \(attributes.verb) path \"\(attributes.path)\""
                    + (reason.isEmpty ? "" : ": \(reason)"))
        }
        let resource = GroupResource(group: attributes.group, resource: attributes.resource)
        let shown =
            attributes.subresource.isEmpty
            ? "\(resource)"
            : "\(attributes.resource)/\(attributes.subresource)"
                + (attributes.group.isEmpty ? "" : ".\(attributes.group)")
        let what =
            attributes.subresource.isEmpty ? attributes.resource : "\(attributes.resource)/\(attributes.subresource)"
        let scope =
            attributes.namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(attributes.namespace)\""
        let subject = attributes.name.isEmpty ? "\(shown) is forbidden" : "\(shown) \"\(attributes.name)\" is forbidden"
        return StatusError(
            code: 403, reason: .forbidden,
            message: "\(subject): User \"\(user.name)\" cannot \(attributes.verb) resource \"\(what)\" in API group "
                + "\"\(attributes.group)\" \(scope)" + (reason.isEmpty ? "" : ": \(reason)"),
            group: attributes.group, kind: attributes.resource, name: attributes.name)
    }
}
