import APIMachinery

extension StatusError {
    /// 403: `userName` may not do this. The sentence is Kubernetes'; a reason ends it.
    public static func forbidden(
        _ userName: String, to call: Permission, namespace: String, reason: String = ""
    ) -> StatusError {
        let resource = call.resource
        let path = call.subresource.map { "\(resource.resource)/\($0)" } ?? resource.resource
        let shown = "\(GroupResource(group: resource.group, resource: path))"
        let subject = call.name.map { "\(shown) \"\($0)\" is forbidden" } ?? "\(shown) is forbidden"
        let scope = namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(namespace)\""
        return StatusError(
            code: 403, reason: .forbidden,
            message: "\(subject): User \"\(userName)\" cannot \(call.verb) resource \"\(path)\" in API group "
                + "\"\(resource.group)\" \(scope)" + (reason.isEmpty ? "" : ": \(reason)"),
            group: resource.group, kind: resource.resource, name: call.name ?? "")
    }
}
