import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization
import TestKit

/// A cluster API in memory with what loops rely on: one revision for all, conflicts, uids, generateName, generations,
/// the status apart from the rest, finalizers, graceful deletion of running pods, and watches that resume from a
/// revision or answer 410. It neither defaults nor validates.
public final class MemoryCluster: ClusterAPI {
    struct Entry: Sendable {
        var revision: Int64
        var resource: GroupResource
        var event: WatchEvent
    }
    struct State: Sendable {
        var revision: Int64 = 100
        var objects: [GroupResource: [ObjectKey: JSON]] = [:]
        var history: [Entry] = []
        /// Watches from before this revision get 410.
        var compacted: Int64 = 0
        var watches: [Int: MemoryWatch] = [:]
        var created = 0
        var faults: [Fault] = []
        var log: [String] = []
        var listeners: [Int: Signal] = [:]
        var lastListener = 0
    }
    struct Fault: Sendable {
        var verb: String
        var resource: GroupResource
        var error: StatusError
        var times: Int
    }
    let state = Mutex(State())
    let clock: any TimeSource

    public init(clock: any TimeSource = ManualClock()) { self.clock = clock }

    // MARK: What tests do to it

    public var revision: Int64 { state.withLock { $0.revision } }
    /// Every call that changes something, such as "create pods default/web-abc".
    public var log: [String] { state.withLock { $0.log } }
    public func clearLog() { state.withLock { $0.log = [] } }
    /// The next `times` calls of a verb ("create", "update", "list", "watch" …) on a resource fail with this error.
    public func fail(_ verb: String, _ resource: GroupResource, with error: StatusError, times: Int = 1) {
        state.withLock { $0.faults.append(Fault(verb: verb, resource: resource, error: error, times: times)) }
    }
    /// Ends all watches, as a server that restarts; `compact` also forgets the history, so that they cannot resume.
    public func breakWatches(compact: Bool = false) {
        let watches: [MemoryWatch] = state.withLock { state in
            if compact {
                state.history = []
                state.compacted = state.revision
            }
            return Array(state.watches.values)
        }
        for watch in watches { watch.cancel() }
    }
    /// Returns once anything was written after this revision.
    public func waitForChange(after revision: Int64) async throws {
        let signal = Signal()
        let number: Int? = state.withLock { state in
            if state.revision > revision { return nil }
            state.lastListener += 1
            state.listeners[state.lastListener] = signal
            return state.lastListener
        }
        guard let number else { return }
        await signal.wait()
        state.withLock { $0.listeners[number] = nil }
        try Task.checkCancellation()
    }
    public func objects<T: Kind>(_ type: T.Type) -> [T] {
        state.withLock { state in
            (state.objects[T.resource] ?? [:]).sorted { $0.key < $1.key }.map { T($0.value) }
        }
    }
    public func object<T: Kind>(_ type: T.Type, _ key: ObjectKey) -> T? {
        state.withLock { $0.objects[T.resource]?[key].map { T($0) } }
    }
    /// Reads, edits and writes an object whole (spec, metadata and status), as several requests would.
    public func edit<T: Kind>(_ type: T.Type, _ key: ObjectKey, _ body: (inout T) -> Void) throws {
        try write { state in
            guard let old = state.objects[T.resource]?[key] else {
                throw StatusError.notFound(T.resource, key.name)
            }
            var view = T(old)
            body(&view)
            _ = state.store(T.resource, view.json, old: old, clock)
        }
    }

    // MARK: ClusterAPI

    public func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON {
        try state.withLock { state in
            try state.fault("get", resource)
            guard let object = state.objects[resource]?[key] else { throw StatusError.notFound(resource, key.name) }
            return object
        }
    }

    public func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList {
        try state.withLock { state in
            try state.fault("list", resource)
            let items = (state.objects[resource] ?? [:]).sorted { $0.key < $1.key }.map(\.value).filter {
                Self.selects($0, namespace, labelSelector, fieldSelector)
            }
            return ObjectList(items: items, revision: state.revision)
        }
    }

    public func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch {
        try state.withLock { state in
            try state.fault("watch", resource)
            if revision < state.compacted {
                throw StatusError(code: 410, reason: .expired, message: "too old resource version: \(revision)")
            }
            let number = (state.watches.keys.max() ?? 0) + 1
            let missed: [WatchEvent] = state.history.filter { $0.revision > revision && $0.resource == resource }
                .map(\.event)
            let watch = MemoryWatch(resource, events: missed) { [weak self] in
                self?.state.withLock { $0.watches[number] = nil }
            }
            state.watches[number] = watch
            return watch
        }
    }

    public func create(_ resource: GroupResource, _ object: JSON, name: String?, subresource: String?) async throws
        -> JSON
    {
        try write { state in
            try state.fault(subresource ?? "create", resource)
            if let name, subresource == "token" { return state.token(object, for: name, clock) }
            if let name, let subresource { return try state.bind(resource, object, name, subresource, clock) }
            var object = object
            state.created += 1
            if object.key.name.isEmpty, let prefix = object["metadata"]?["generateName"]?.string {
                let digits = String(state.created, radix: 36)
                object["metadata", "name"] = JSON(
                    prefix + String(repeating: "0", count: max(0, 5 - digits.count)) + digits)
            }
            if state.objects[resource]?[object.key] != nil {
                throw StatusError.alreadyExists(resource, object.key.name)
            }
            object["metadata", "uid"] = JSON("uid-\(state.created)")
            object["metadata", "creationTimestamp"] = JSON(clock.now.rfc3339)
            if object["spec"] != nil { object["metadata", "generation"] = 1 }
            if resource == Pod.resource, object["status", "phase"] == nil { object["status", "phase"] = "Pending" }
            state.log.append("create \(resource) \(object.key)")
            return state.store(resource, object, old: nil, clock)
        }
    }

    public func update(_ resource: GroupResource, _ object: JSON, subresource: String?) async throws -> JSON {
        try write { state in
            try state.fault("update", resource)
            let key = object.key
            guard let old = state.objects[resource]?[key] else { throw StatusError.notFound(resource, key.name) }
            try state.check(resource, object, old)
            state.log.append("update \(resource)\(subresource.map { "/\($0)" } ?? "") \(key)")
            return state.put(resource, object, old, subresource, clock)
        }
    }

    public func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: String?
    ) async throws -> JSON {
        try write { state in
            try state.fault("patch", resource)
            guard kind == .merge else { throw StatusError.badRequest("this cluster knows merge patches alone") }
            guard let old = state.objects[resource]?[key] else { throw StatusError.notFound(resource, key.name) }
            var new = old
            Self.merge(&new, patch)
            try state.check(resource, new, old)
            state.log.append("patch \(resource)\(subresource.map { "/\($0)" } ?? "") \(key)")
            return state.put(resource, new, old, subresource, clock)
        }
    }

    public func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws {
        try write { state in
            try state.fault("delete", resource)
            guard let old = state.objects[resource]?[key] else { throw StatusError.notFound(resource, key.name) }
            if let uid = options.uid, uid != old.uid {
                throw StatusError.conflict(resource, key.name, "the UID in the precondition does not match")
            }
            if let wanted = options.resourceVersion, wanted != String(old.revision) {
                throw StatusError.conflict(resource, key.name, "the ResourceVersion in the precondition does not match")
            }
            state.log.append("delete \(resource) \(key)")
            state.delete(resource, old, options, clock)
        }
    }

    // MARK: Helpers

    /// Runs a change under the lock; the watches get their events before the next change.
    private func write<T: Sendable>(_ body: (inout State) throws -> T) throws -> T {
        try state.withLock { state in
            let before = state.history.count
            let result = try body(&state)
            for entry in state.history[min(before, state.history.count)...] {
                for watch in state.watches.values where watch.resource == entry.resource { watch.push(entry.event) }
            }
            if state.history.count > before { for listener in state.listeners.values { listener.raise() } }
            return result
        }
    }

    private static func selects(_ object: JSON, _ namespace: String, _ labels: String, _ fields: String) -> Bool {
        if !namespace.isEmpty, object.key.namespace != namespace { return false }
        let wanted: [[Substring]] = labels.split(separator: ",").map { $0.split(separator: "=") }
        for pair in wanted where pair.count == 2 {
            if object["metadata", "labels", String(pair[0])]?.string != String(pair[1]) { return false }
        }
        let wantedFields: [[Substring]] = fields.split(separator: ",").map { $0.split(separator: "=") }
        for pair in wantedFields where pair.count == 2 {
            let value = object.at(pair[0].split(separator: ".").map(String.init))?.string ?? ""
            if value != String(pair[1]) { return false }
        }
        return true
    }

    /// JSON merge patch (RFC 7386).
    static func merge(_ target: inout JSON, _ patch: JSON) {
        guard patch.isObject else {
            target = patch
            return
        }
        if !target.isObject { target = .object }
        for member in patch.members {
            if member.value.isNull {
                target[member.name] = nil
            } else {
                var inner = target[member.name] ?? .null
                merge(&inner, member.value)
                target[member.name] = inner
            }
        }
    }
}

extension MemoryCluster.State {
    mutating func fault(_ verb: String, _ resource: GroupResource) throws {
        guard let index = faults.firstIndex(where: { $0.verb == verb && $0.resource == resource }) else { return }
        let error = faults[index].error
        faults[index].times -= 1
        if faults[index].times == 0 { faults.remove(at: index) }
        throw error
    }

    func check(_ resource: GroupResource, _ new: JSON, _ old: JSON) throws {
        if new.revision != 0, new.revision != old.revision {
            throw StatusError.conflict(
                resource, old.key.name,
                "the object has been modified; please apply your changes to the latest version and try again")
        }
        if !new.uid.isEmpty, new.uid != old.uid {
            throw StatusError.conflict(resource, old.key.name, "the UID in the precondition does not match")
        }
    }

    /// Keeps apart what belongs to the subresource and what does not, counts the generation, and lets an object go
    /// whose last finalizer is removed.
    mutating func put(
        _ resource: GroupResource, _ object: JSON, _ old: JSON, _ subresource: String?, _ clock: any TimeSource
    ) -> JSON {
        var new = object
        switch subresource {
        case "status":
            new = old
            new["status"] = object["status"]
            // Kubernetes lets a Deployment's annotations through, for its revision.
            if resource == Deployment.resource {
                new.set(["metadata", "annotations"], to: object["metadata", "annotations"])
            }
        case "finalize":
            new = old
            new["spec", "finalizers"] = object["spec", "finalizers"]
        default: new["status"] = old["status"]
        }
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
            new.set(["metadata", field], to: old["metadata", field])
        }
        if let generation = old["metadata", "generation"]?.int, new["spec"] != old["spec"] {
            new["metadata", "generation"] = JSON(generation + 1)
        }
        new.set(["metadata", "resourceVersion"], to: old["metadata", "resourceVersion"])
        if new == old { return old }
        if new["metadata", "deletionTimestamp"] != nil, isFree(new),
            new["metadata", "deletionGracePeriodSeconds"]?.int ?? 0 == 0
        {
            remove(resource, new)
            return new
        }
        return store(resource, new, old: old, clock)
    }

    private func isFree(_ object: JSON) -> Bool {
        (object["metadata", "finalizers"] ?? .array).isEmpty && (object["spec", "finalizers"] ?? .array).isEmpty
    }

    mutating func store(_ resource: GroupResource, _ object: JSON, old: JSON?, _ clock: any TimeSource) -> JSON {
        var object = object
        revision += 1
        object["metadata", "resourceVersion"] = JSON(String(revision))
        objects[resource, default: [:]][object.key] = object
        history.append(
            MemoryCluster.Entry(
                revision: revision, resource: resource, event: old == nil ? .added(object) : .modified(object)))
        return object
    }

    private mutating func remove(_ resource: GroupResource, _ object: JSON) {
        var object = object
        revision += 1
        object["metadata", "resourceVersion"] = JSON(String(revision))
        objects[resource]?[object.key] = nil
        history.append(MemoryCluster.Entry(revision: revision, resource: resource, event: .deleted(object)))
    }

    mutating func delete(
        _ resource: GroupResource, _ old: JSON, _ options: DeletionOptions, _ clock: any TimeSource
    ) {
        var new = old
        var finalizers = old["metadata", "finalizers"]?.strings ?? []
        for (policy, finalizer) in [(PropagationPolicy.orphan, "orphan"), (.foreground, "foregroundDeletion")] {
            if options.propagation == policy, !finalizers.contains(finalizer) { finalizers.append(finalizer) }
        }
        if !finalizers.isEmpty { new["metadata", "finalizers"] = JSON(finalizers) }
        // A pod on a node is taken away by its kubelet, which deletes it with a grace period of zero.
        let isRunningPod = resource == Pod.resource && !(old["spec", "nodeName"]?.string ?? "").isEmpty
        let grace =
            options.gracePeriodSeconds
            ?? (isRunningPod ? old["spec", "terminationGracePeriodSeconds"]?.int ?? 30 : 0)
        if isFree(new), grace == 0 || !isRunningPod { return remove(resource, new) }
        if old["metadata", "deletionTimestamp"] == nil {
            new["metadata", "deletionTimestamp"] = JSON((clock.now + .seconds(grace)).rfc3339)
            new["metadata", "deletionGracePeriodSeconds"] = JSON(grace)
        }
        if new != old { _ = store(resource, new, old: old, clock) }
    }

    /// A TokenRequest with its token, which is no JSON Web Token but tells its number.
    mutating func token(_ request: JSON, for account: String, _ clock: any TimeSource) -> JSON {
        created += 1
        log.append("token \(request.key.namespace)/\(account)")
        var answer = request
        let seconds = request["spec", "expirationSeconds"]?.int ?? 3600
        answer["status"] = [
            "token": JSON("\(account)-\(created)"),
            "expirationTimestamp": JSON((clock.now + .seconds(seconds)).rfc3339),
        ]
        return answer
    }

    mutating func bind(
        _ resource: GroupResource, _ object: JSON, _ name: String, _ subresource: String, _ clock: any TimeSource
    ) throws -> JSON {
        let key = ObjectKey(namespace: object.key.namespace, name: name)
        guard subresource == "binding", let old = objects[resource]?[key] else {
            throw StatusError.notFound(resource, name)
        }
        if let node = old["spec", "nodeName"]?.string, !node.isEmpty {
            throw StatusError.conflict(resource, name, "pod \(name) is already assigned to node \"\(node)\"")
        }
        var new = old
        new["spec", "nodeName"] = object["target", "name"]
        var conditions = (old["status", "conditions"]?.elements ?? []).filter { $0["type"]?.string != "PodScheduled" }
        conditions.append(["type": "PodScheduled", "status": "True"])
        new["status", "conditions"] = JSON(conditions)
        log.append("bind \(key) \(object["target", "name"]?.string ?? "")")
        return store(resource, new, old: old, clock)
    }
}

/// One watch of a memory cluster.
final class MemoryWatch: ClusterWatch {
    private struct State: Sendable {
        var events: [WatchEvent]
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    let resource: GroupResource
    private let state: Mutex<State>
    private let end: @Sendable () -> Void

    init(_ resource: GroupResource, events: [WatchEvent], end: @escaping @Sendable () -> Void) {
        self.resource = resource
        self.end = end
        state = Mutex(State(events: events))
    }
    func push(_ event: WatchEvent) {
        let waiter = state.withLock { state in
            state.events.append(event)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
    func next() async throws -> [WatchEvent]? {
        while true {
            let (events, isOver): ([WatchEvent], Bool) = state.withLock { state in
                defer { state.events = [] }
                return (state.events, state.isOver)
            }
            if !events.isEmpty { return events }
            if isOver { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state -> Bool in
                    if !state.events.isEmpty || state.isOver { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
    func cancel() {
        let waiter = state.withLock { state in
            state.isOver = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
        end()
    }
}
