import APIMachinery
import KubeAPI

/// What is being done to an object, in the words of Kubernetes' admission.
struct AdmissionOperation: OptionSet, Sendable {
    let rawValue: UInt8
    static let create = AdmissionOperation(rawValue: 1)
    /// Also a patch, an apply, and an update of a subresource.
    static let update = AdmissionOperation(rawValue: 2)
    static let delete = AdmissionOperation(rawValue: 4)
}

/// Which calls a step wants to see; no other reaches it.
struct AdmissionScope: Sendable {
    var operations: AdmissionOperation
    /// nil: every resource, those that come at run time too.
    var resources: Set<GroupResource>?
    /// nil among them is the object itself; nil: every subresource and the object.
    var subresources: Set<SubresourceName?>?

    init(_ operations: AdmissionOperation, _ resources: [GroupResource]?, subresources: Set<SubresourceName?>? = [nil])
    {
        self.operations = operations
        self.resources = resources.map { Set($0) }
        self.subresources = subresources
    }

    func covers(_ operation: AdmissionOperation, subresource: SubresourceName?) -> Bool {
        operations.contains(operation) && (subresources?.contains(subresource) ?? true)
    }
}

/// One rule about objects that are to be written or deleted; it is one or both of the two kinds below.
protocol AdmissionStep: Sendable {
    var scope: AdmissionScope { get }
}

/// Completes objects before their kind's rules are checked.
protocol MutatingAdmission: AdmissionStep {
    /// Throws `StatusError` to refuse.
    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws
}

/// Judges objects that are complete and sound, as they would be written.
protocol ValidatingAdmission: AdmissionStep {
    /// Throws `StatusError` to refuse. What it gives back is called once when it is known whether the write happened; nil
    /// when nobody counts. Of `request` only warnings may be changed.
    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle?
}

/// What a step is told of a call.
struct AdmissionRequest: Sendable {
    let operation: AdmissionOperation
    let user: UserInfo
    let kind: GroupVersionKind
    let resource: GroupResource
    /// nil for the object itself.
    let subresource: SubresourceName?
    /// Empty for objects of the cluster.
    let namespace: String
    let isDryRun: Bool
    /// As it will be; for a deletion as it is.
    var object: JSON
    /// As it is; nil for a new object.
    let old: JSON?
    /// Sentences for the Warning header.
    var warnings: [String] = []
    /// What the audit trail is told, also when the call is refused; by names such as `pod-security.kubernetes.io/exempt`.
    var annotations: [String: String] = [:]

    init(_ call: Call, _ operation: AdmissionOperation, object: JSON, old: JSON?) {
        self.operation = operation
        user = call.user
        kind = call.resource.groupVersionKind
        resource = call.groupResource
        subresource = call.subresource
        namespace = call.namespace
        isDryRun = call.isDryRun
        self.object = object
        self.old = old
    }

    var name: String { object["metadata", "name"]?.string ?? "" }

    /// 403 for the object of this request; `why` is the sentence after the colon.
    func forbidden(_ why: String) -> StatusError { .forbidden(resource, name, why) }
}

/// What a step may ask of the server.
struct AdmissionView: Sendable {
    private let server: ClusterServer

    init(_ server: ClusterServer) { self.server = server }

    var configuration: Configuration { server.configuration }
    /// Clock and chance.
    var surroundings: Surroundings { server.surroundings }

    /// The object as new as every acknowledged write; nil if it is not there or its kind is not served.
    func object(_ resource: GroupResource, namespace: String = "", _ name: String) async throws -> JSON? {
        guard let kind = server.registry.resource(resource) else { return nil }
        return try await server.current(kind, Call.key(kind, namespace: namespace, name: name))?.json
    }

    /// The object as new as every write that was acknowledged before the call began; it does not wait for the caches.
    func known(_ resource: GroupResource, namespace: String = "", _ name: String) -> JSON? {
        let key = namespace.isEmpty ? name : "\(namespace)/\(name)"
        return server.cache.cache(resource)?.newest(key)?.json
    }

    /// The same for the objects of a namespace, in the order of their names; for resources of which it has few.
    func known(_ resource: GroupResource, in namespace: String) -> [JSON] {
        let found = server.cache.cache(resource)?.newest(below: "\(namespace)/") ?? []
        return found.count < 2 ? found.map(\.json) : found.sorted { $0.key < $1.key }.map(\.json)
    }

    /// Calls `body` for every object of the resource, in a namespace or in all, as of one revision that is not older
    /// than any acknowledged write.
    func forEach(_ resource: GroupResource, in namespace: String = "", _ body: (JSON) -> Void) async throws {
        try await server.cache.waitUntilFresh()
        guard let cache = server.cache.cache(resource) else { return }
        let prefix = namespace.isEmpty ? "" : "\(namespace)/"
        cache.snapshot(reached: 0).tree.forEach(prefix: prefix) { object in
            body(object.json)
            return true
        }
    }

    /// Charges the quotas of a namespace for a write; nil when none is concerned. Throws 403 when one would be exceeded.
    func charge(_ question: QuotaQuestion, in namespace: String) async throws -> AdmissionHolds.Settle? {
        guard let charge = try await server.quotaLedger.charge(question, in: namespace, server) else { return nil }
        return { [server] isWritten in server.quotaLedger.settle(charge, isWritten: isWritten, server) }
    }

    /// What is used of a quota: what is there, as new as every acknowledged write, and what is being written.
    func usage(ofQuota quota: JSON) async throws -> ResourceAmounts {
        let (namespace, name) = (quota.key.namespace, quota.key.name)
        // First what is being written: what then ends is in the caches.
        let inFlight = await server.quotaLedger.inFlight(namespace: namespace, quota: name, server)
        try await server.cache.waitUntilFresh()
        let resources = server.registry.resources.filter(\.isNamespaced).map(\.groupResource)
        var usage = QuotaState.usage(of: quota, resources: resources, now: surroundings.time) { resource, body in
            server.cache.cache(resource)?.snapshot(reached: 0).tree.forEach(prefix: "\(namespace)/") { object in
                body(object.json)
                return true
            }
        }
        usage += inFlight.only(usage.names)
        return usage
    }

    /// What the roles say.
    func roles<Answer>(_ question: (borrowing RoleIndex) -> Answer) -> Answer { server.roles.ask(question) }

    /// Whether someone may do something, and why.
    func decision(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        await server.access.authorizer.authorize(user, attributes)
    }
    func isAllowed(_ user: UserInfo, _ attributes: RequestAttributes) async -> Bool {
        await decision(user, attributes).isAllowed
    }

    /// What is served of a kind.
    func resource(_ kind: GroupVersionKind) -> Resource? { server.registry.resource(kind) }
}

extension GroupResource {
    static let pods = GroupResource(resource: "pods")
    static let nodes = GroupResource(resource: "nodes")
    static let namespaces = GroupResource(resource: "namespaces")
    static let services = GroupResource(resource: "services")
    static let serviceAccounts = GroupResource(resource: "serviceaccounts")
    static let resourceQuotas = GroupResource(resource: "resourcequotas")
    static let limitRanges = GroupResource(resource: "limitranges")
    static let priorityClasses = GroupResource(group: "scheduling.k8s.io", resource: "priorityclasses")
    static let runtimeClasses = GroupResource(group: "node.k8s.io", resource: "runtimeclasses")
    static let persistentVolumes = GroupResource(resource: "persistentvolumes")
    static let persistentVolumeClaims = GroupResource(resource: "persistentvolumeclaims")
    static let storageClasses = GroupResource(group: "storage.k8s.io", resource: "storageclasses")
    static let ingresses = GroupResource(group: "networking.k8s.io", resource: "ingresses")
    static let ingressClasses = GroupResource(group: "networking.k8s.io", resource: "ingressclasses")
}
