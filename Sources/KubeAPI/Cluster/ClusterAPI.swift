import APIMachinery

/// How a patch's body is to be read (its media type).
public enum PatchKind: String, Sendable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategicMerge = "application/strategic-merge-patch+json"
    case apply = "application/apply-patch+yaml"
}

/// What happens to what an object owns when it is deleted.
public enum PropagationPolicy: String, Sendable {
    case orphan = "Orphan", background = "Background", foreground = "Foreground"
}

/// Options of a deletion; nil leaves the server's default. (`DeleteOptions` is the typed view of their wire form.)
public struct DeletionOptions: Sendable, Equatable {
    public var uid: String?
    public var resourceVersion: String?
    public var gracePeriodSeconds: Int?
    public var propagation: PropagationPolicy?
    public init(
        uid: String? = nil, resourceVersion: String? = nil, gracePeriodSeconds: Int? = nil,
        propagation: PropagationPolicy? = nil
    ) {
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.gracePeriodSeconds = gracePeriodSeconds
        self.propagation = propagation
    }
}

/// A list as of one revision.
public struct ObjectList: Sendable {
    public var items: [JSON]
    public var revision: Int64
    public init(items: [JSON], revision: Int64) {
        self.items = items
        self.revision = revision
    }
}

/// One piece of news from a watch.
public enum WatchEvent: Sendable {
    case added(JSON)
    case modified(JSON)
    /// The object as it was last, with the revision of its deletion.
    case deleted(JSON)
    /// Nothing older than this revision will follow.
    case bookmark(Int64)
}

/// A running watch: `next` gives one or more events in order, or nil when the server ended it (watch again from the
/// last revision), or throws (410: list again).
public protocol ClusterWatch: Sendable {
    func next() async throws -> [WatchEvent]?
    func cancel()
}

/// The cluster as a loop sees it: the API server's pipeline in process, or a remote one over HTTP. Every method throws
/// `StatusError` for what the server refuses. A loop's identity (user name) is bound when the value is made.
public protocol ClusterAPI: Sendable {
    func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON
    /// What is below an object, such as its "scale".
    func get(_ resource: GroupResource, _ key: ObjectKey, subresource: SubresourceName) async throws -> JSON
    /// An empty namespace is all namespaces. Consistent: as new as every write that was acknowledged before.
    func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList
    func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch
    /// `subresource` such as "binding" or "eviction" on `name`; for a plain create both are nil. The namespace is the
    /// object's own.
    func create(_ resource: GroupResource, _ object: JSON, name: String?, subresource: SubresourceName?) async throws
        -> JSON
    /// Replaces; the object's resourceVersion is the condition if it is there.
    func update(_ resource: GroupResource, _ object: JSON, subresource: SubresourceName?) async throws -> JSON
    func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: SubresourceName?
    ) async throws -> JSON
    func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws
}

extension ClusterAPI {
    /// For a way into the cluster that gives nothing below objects.
    public func get(_ resource: GroupResource, _ key: ObjectKey, subresource: SubresourceName) async throws -> JSON {
        throw StatusError(
            code: 404, reason: .notFound, message: "the server could not find the requested resource")
    }
    public func list(_ resource: GroupResource) async throws -> ObjectList {
        try await list(resource, namespace: "", labelSelector: "", fieldSelector: "")
    }
    public func create(_ resource: GroupResource, _ object: JSON) async throws -> JSON {
        try await create(resource, object, name: nil, subresource: nil)
    }
    public func update(_ resource: GroupResource, _ object: JSON) async throws -> JSON {
        try await update(resource, object, subresource: nil)
    }
    public func updateStatus(_ resource: GroupResource, _ object: JSON) async throws -> JSON {
        try await update(resource, object, subresource: .status)
    }
    public func create<T: Kind>(_ object: T) async throws -> T {
        T(try await create(T.resource, object.json))
    }
    public func update<T: Kind>(_ object: T) async throws -> T {
        T(try await update(T.resource, object.json))
    }
    public func updateStatus<T: Kind>(_ object: T) async throws -> T {
        T(try await updateStatus(T.resource, object.json))
    }
    public func get<T: Kind>(_ type: T.Type, _ key: ObjectKey) async throws -> T {
        T(try await get(T.resource, key))
    }
    public func delete<T: Kind>(_ type: T.Type, _ key: ObjectKey, _ options: DeletionOptions = DeletionOptions())
        async throws
    {
        try await delete(T.resource, key, options)
    }
}
