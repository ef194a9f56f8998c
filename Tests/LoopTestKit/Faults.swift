import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// What goes wrong with the calls of a cluster's clients, and what they did.
public final class Faults: Sendable {
    /// What becomes of a call.
    public enum Effect: Sendable {
        case fails(StatusError)
        /// It is done, and answered with this all the same.
        case losesAnswer(StatusError)
        /// By the test's clock.
        case delayed(by: Duration)
    }
    private struct Fault: Sendable {
        var verb: String
        var resource: GroupResource
        var effect: Effect
        var times: Int
    }
    private struct State: Sendable {
        var faults: [Fault] = []
        var losesEffects = false
        var log: [String] = []
        var watches: [Int: any ClusterWatch] = [:]
        var lastWatch = 0
        /// Watches from before this revision get 410.
        var forgotten: Int64 = 0
        var madeUp = 0
    }
    private let state = Mutex(State())
    private let clock: any TimeSource

    public init(clock: any TimeSource) { self.clock = clock }

    /// The next `times` calls of a verb ("create", "update", "list", "watch", "binding" …) on a resource.
    public func inject(_ effect: Effect, _ verb: String, _ resource: GroupResource, times: Int = 1) {
        state.withLock {
            $0.faults.append(Fault(verb: verb, resource: resource, effect: effect, times: times))
        }
    }
    /// What was to go wrong does not any more.
    public func end() { state.withLock { $0.faults = [] } }
    /// From now on what clients write is answered as if it had been done, and changes nothing.
    public func loseEffects() { state.withLock { $0.losesEffects = true } }
    /// Every call that changed something (or would have), such as "create pods default/web-abc".
    public var log: [String] { state.withLock { $0.log } }
    public func clearLog() { state.withLock { $0.log = [] } }
    /// Ends all watches; those that resume from before `forgotten` get 410.
    public func breakWatches(forgotten: Int64 = 0) {
        let watches: [any ClusterWatch] = state.withLock { state in
            state.forgotten = max(state.forgotten, forgotten)
            defer { state.watches = [:] }
            return Array(state.watches.values)
        }
        for watch in watches { watch.cancel() }
    }

    // MARK: For the client

    var areEffectsLost: Bool { state.withLock { $0.losesEffects } }

    /// Returns with what a call that is to be done is answered instead.
    func pass(_ verb: String, _ resource: GroupResource) async throws -> StatusError? {
        let effect: Effect? = state.withLock { state in
            guard let index = state.faults.firstIndex(where: { $0.verb == verb && $0.resource == resource }) else {
                return nil
            }
            let effect = state.faults[index].effect
            state.faults[index].times -= 1
            if state.faults[index].times == 0 { state.faults.remove(at: index) }
            return effect
        }
        switch effect {
        case nil: return nil
        case .fails(let error): throw error
        case .losesAnswer(let error): return error
        case .delayed(let duration):
            try await clock.sleep(for: duration)
            return nil
        }
    }

    /// Does a call and answers it, as well or badly as is meant for it.
    func call<T>(_ verb: String, _ resource: GroupResource, _ body: () async throws -> T) async throws -> T {
        let lost = try await pass(verb, resource)
        let answer = try await body()
        if let lost { throw lost }
        return answer
    }

    func note(_ line: String) { state.withLock { $0.log.append(line) } }

    func adopt(_ watch: any ClusterWatch, from revision: Int64) throws -> any ClusterWatch {
        let forgotten: Int64 = state.withLock { state in
            state.lastWatch += 1
            state.watches[state.lastWatch] = watch
            return state.forgotten
        }
        if revision >= forgotten { return watch }
        watch.cancel()
        throw StatusError(code: 410, reason: .expired, message: "too old resource version: \(revision)")
    }

    /// What a lost create answers.
    func madeUp(_ object: JSON) -> JSON {
        let number = state.withLock { state in
            state.madeUp += 1
            return state.madeUp
        }
        var object = object
        if object.key.name.isEmpty, let prefix = object["metadata", "generateName"]?.string {
            object["metadata", "name"] = JSON("\(prefix)lost-\(number)")
        }
        object["metadata", "uid"] = JSON("lost-\(number)")
        object["metadata", "resourceVersion"] = "0"
        return object
    }
}

/// A client of any cluster whose calls go wrong as `faults` says.
public struct FaultyClient: ClusterAPI {
    private let base: @Sendable () async throws -> any ClusterAPI
    private let faults: Faults

    public init(_ faults: Faults, _ base: @escaping @Sendable () async throws -> any ClusterAPI) {
        self.faults = faults
        self.base = base
    }

    public func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON {
        try await faults.call("get", resource) { try await base().get(resource, key) }
    }
    public func get(_ resource: GroupResource, _ key: ObjectKey, subresource: SubresourceName) async throws -> JSON {
        try await faults.call(subresource.rawValue, resource) {
            try await base().get(resource, key, subresource: subresource)
        }
    }
    public func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList {
        try await faults.call("list", resource) {
            try await base().list(
                resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        }
    }
    public func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch {
        try await faults.call("watch", resource) {
            let watch = try await base().watch(
                resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
                from: revision)
            return try faults.adopt(watch, from: revision)
        }
    }

    public func create(_ resource: GroupResource, _ object: JSON, name: String?, subresource: SubresourceName?)
        async throws
        -> JSON
    {
        try await faults.call(subresource?.rawValue ?? "create", resource) {
            let answer =
                faults.areEffectsLost
                ? faults.madeUp(object)
                : try await base().create(resource, object, name: name, subresource: subresource)
            if let subresource {
                faults.note("create \(resource)/\(subresource) \(object.key.namespace)/\(name ?? "")")
            } else {
                faults.note("create \(resource) \(answer.key)")
            }
            return answer
        }
    }
    public func update(_ resource: GroupResource, _ object: JSON, subresource: SubresourceName?) async throws -> JSON {
        try await faults.call("update", resource) {
            faults.note("update \(resource)\(subresource.map { "/\($0)" } ?? "") \(object.key)")
            if faults.areEffectsLost { return try await base().get(resource, object.key) }
            return try await base().update(resource, object, subresource: subresource)
        }
    }
    public func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: SubresourceName?
    ) async throws -> JSON {
        try await faults.call("patch", resource) {
            faults.note("patch \(resource)\(subresource.map { "/\($0)" } ?? "") \(key)")
            if faults.areEffectsLost { return try await base().get(resource, key) }
            return try await base().patch(resource, key, kind, patch, subresource: subresource)
        }
    }
    public func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws {
        try await faults.call("delete", resource) {
            faults.note("delete \(resource) \(key)")
            if faults.areEffectsLost { return }
            try await base().delete(resource, key, options)
        }
    }
}
