import APIMachinery
import KubeAPI

/// The cluster as one loop may use it, where the cluster itself lets everybody do everything: what the loop has not
/// declared is refused with 403, as a server does that knows its role.
public struct ConfinedAPI: ClusterAPI {
    private let api: any ClusterAPI
    private let identity: LoopIdentity
    private let onRefusal: @Sendable (StatusError) -> Void

    /// `onRefusal` is told of each refusal, beside the loop.
    public init(
        _ api: any ClusterAPI, to identity: LoopIdentity,
        onRefusal: @escaping @Sendable (StatusError) -> Void = { _ in }
    ) {
        self.api = api
        self.identity = identity
        self.onRefusal = onRefusal
    }

    private func check(
        _ verb: Verb, _ resource: GroupResource, _ key: ObjectKey, subresource: SubresourceName? = nil
    ) throws {
        let call = Permission(
            verb, resource, subresource: subresource,
            name: key.name.isEmpty ? nil : key.name)
        if identity.permissions.allows(call) { return }
        let refusal = StatusError.forbidden(identity.userName, to: call, namespace: key.namespace)
        onRefusal(refusal)
        throw refusal
    }

    public func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON {
        try check(.get, resource, key)
        return try await api.get(resource, key)
    }
    public func get(_ resource: GroupResource, _ key: ObjectKey, subresource: SubresourceName) async throws -> JSON {
        try check(.get, resource, key, subresource: subresource)
        return try await api.get(resource, key, subresource: subresource)
    }
    public func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList {
        try check(.list, resource, ObjectKey(namespace: namespace, name: ""))
        return try await api.list(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
    }
    public func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch {
        try check(.watch, resource, ObjectKey(namespace: namespace, name: ""))
        return try await api.watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, from: revision)
    }
    public func create(
        _ resource: GroupResource, _ object: JSON, name: String?, subresource: SubresourceName?
    ) async throws -> JSON {
        try check(
            .create, resource, ObjectKey(namespace: object.key.namespace, name: name ?? ""), subresource: subresource)
        return try await api.create(resource, object, name: name, subresource: subresource)
    }
    public func update(_ resource: GroupResource, _ object: JSON, subresource: SubresourceName?) async throws -> JSON {
        try check(.update, resource, object.key, subresource: subresource)
        return try await api.update(resource, object, subresource: subresource)
    }
    public func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: SubresourceName?
    ) async throws -> JSON {
        try check(.patch, resource, key, subresource: subresource)
        return try await api.patch(resource, key, kind, patch, subresource: subresource)
    }
    public func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws {
        try check(.delete, resource, key)
        try await api.delete(resource, key, options)
    }
}
