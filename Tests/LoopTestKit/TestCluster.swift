import APIMachinery
import APIServer
import Basics
import ControlLoops
import EtcdStore
import KeyValueCore
import KubeAPI
import Logging
import Synchronization
import TestKit

/// A cluster of a test's own: the real API server over the real store, on a disk in memory and by the test's clock. It
/// starts at its first call and ends with the value. Calls go wrong as `faults` says.
public final class TestCluster: ClusterAPI {
    /// What runs once the cluster is started.
    struct Running: Sendable {
        let server: ClusterServer
        let store: EmbeddedStore
        /// What the server made itself is not newer.
        let firstRevision: Int64
        let tasks: [Task<Void, any Error>]
    }
    public let clock: any TimeSource
    public let faults: Faults
    private let configuration: Configuration
    private let shared = Shared()

    public init(clock: any TimeSource = ManualClock(), configuration: Configuration = Configuration()) {
        self.clock = clock
        self.configuration = configuration
        faults = Faults(clock: clock)
    }

    deinit { shared.end() }

    /// A client with an identity of its own, such as a loop's.
    public func client(as user: UserInfo) -> any ClusterAPI {
        FaultyClient(faults) { [shared, clock, configuration] in
            try await shared.running(clock, configuration).server.client(as: user)
        }
    }
    /// The one who runs the tests, and may do everything.
    public static let administrator = UserInfo(name: "test", groups: ["system:masters", "system:authenticated"])
    private var hand: any ClusterAPI { client(as: Self.administrator) }
    /// The same, to which nothing goes wrong.
    private func sureHand() async throws -> any ClusterAPI {
        try await shared.running(clock, configuration).server.client(as: Self.administrator)
    }

    // MARK: What tests do to it

    /// Starts it, if that has not happened yet.
    public func start() async throws { _ = try await shared.running(clock, configuration) }

    /// The store's.
    public var revision: Int64 { shared.current?.store.revision ?? 0 }
    public var log: [String] { faults.log }
    public func clearLog() { faults.clearLog() }
    public func fail(_ verb: String, _ resource: GroupResource, with error: StatusError, times: Int = 1) {
        faults.inject(.fails(error), verb, resource, times: times)
    }
    /// Ends all watches, as a server that restarts; `compact` also forgets the history, so that they cannot resume.
    public func breakWatches(compact: Bool = false) { faults.breakWatches(forgotten: compact ? revision : 0) }

    /// What a loop is refused because it has not declared it; who waits for changes gets this instead.
    public func note(refusal: StatusError) { shared.note(refusal) }
    public var refusal: StatusError? { shared.refusal }
    /// Returns once anything was written after this revision.
    public func waitForChange(after revision: Int64) async throws { try await shared.waitForChange(after: revision) }

    /// Returns once the server has seen what the store has at this revision, so that its answers are not older.
    public func catchUp(to revision: Int64) async throws {
        while try await sureHand().list(StorageClass.resource).revision < revision { await Task.yield() }
    }

    /// Everything of a kind that was made since the start, by key; read from the store itself.
    public func objects<T: Kind>(_ type: T.Type) -> [T] {
        stored(T.resource, .prefix(Self.prefix(T.resource))).map { T($0) }.sorted { $0.key < $1.key }
    }
    public func object<T: Kind>(_ type: T.Type, _ key: ObjectKey) -> T? {
        let name = key.namespace.isEmpty ? key.name : "\(key.namespace)/\(key.name)"
        return stored(T.resource, .key(Self.prefix(T.resource) + name.utf8)).first.map { T($0) }
    }

    /// Creates an object with the status it has, and the taints of a node, which the server would leave out or add to.
    @discardableResult
    public func make<T: Kind>(_ object: T) async throws -> T {
        let made = try await sureHand().create(object)
        return try await edit(T.self, made.key) { new in
            if T.resource == Node.resource { new.json["spec", "taints"] = object.json["spec", "taints"] }
            if let status = object.json["status"] { new.json["status"] = status }
        }
    }

    /// Reads, edits and writes an object whole (spec, metadata and status), in one or two requests to which nothing
    /// goes wrong.
    @discardableResult
    public func edit<T: Kind>(_ type: T.Type, _ key: ObjectKey, _ body: (inout T) -> Void) async throws -> T {
        while true {
            let old = try await sureHand().get(type, key)
            var new = old
            body(&new)
            let status = new.json["status"]
            new.json["status"] = old.json["status"]
            do {
                if new != old { new = try await sureHand().update(new) }
                if status == new.json["status"] { return new }
                new.json["status"] = status
                return try await sureHand().updateStatus(new)
            } catch let error as StatusError where error.reason == .conflict {
                // Somebody was quicker.
            }
        }
    }

    private static func prefix(_ resource: GroupResource) -> [UInt8] {
        Array("/registry/\(resource.group.isEmpty ? "" : resource.group + "/")\(resource.resource)/".utf8)
    }
    private func stored(_ resource: GroupResource, _ range: KeyRange) -> [JSON] {
        guard let running = shared.current,
            let answer = try? running.store.rangeNow(RangeRequest(range, serializable: true))
        else { return [] }
        return answer.keyValues.filter { $0.createRevision > running.firstRevision }.compactMap { entry in
            guard var object = try? JSON(parsing: entry.value) else { return nil }
            object["metadata", "resourceVersion"] = JSON(String(entry.modRevision))
            return object
        }
    }

    // MARK: ClusterAPI

    public func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON {
        try await hand.get(resource, key)
    }
    public func get(_ resource: GroupResource, _ key: ObjectKey, subresource: SubresourceName) async throws -> JSON {
        try await hand.get(resource, key, subresource: subresource)
    }
    public func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList {
        try await hand.list(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
    }
    public func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch {
        try await hand.watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, from: revision)
    }
    public func create(_ resource: GroupResource, _ object: JSON, name: String?, subresource: SubresourceName?)
        async throws
        -> JSON
    { try await hand.create(resource, object, name: name, subresource: subresource) }
    public func update(_ resource: GroupResource, _ object: JSON, subresource: SubresourceName?) async throws -> JSON {
        try await hand.update(resource, object, subresource: subresource)
    }
    public func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: SubresourceName?
    ) async throws -> JSON { try await hand.patch(resource, key, kind, patch, subresource: subresource) }
    public func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws {
        try await hand.delete(resource, key, options)
    }
}

/// What outlives no cluster: the start of its server, and who waits for changes.
private final class Shared: Sendable {
    private struct State {
        var start: Task<TestCluster.Running, any Error>?
        var current: TestCluster.Running?
        var isOver = false
        /// How far the store's changes have been seen.
        var revision: Int64 = 0
        var listeners: [Int: Signal] = [:]
        var lastListener = 0
        var refusal: StatusError?
    }
    private let state = Mutex(State())

    var current: TestCluster.Running? { state.withLock { $0.current } }

    func running(_ clock: any TimeSource, _ configuration: Configuration) async throws -> TestCluster.Running {
        if let current { return current }
        let start = state.withLock { state in
            let start = state.start ?? Task { try await self.start(clock, configuration) }
            state.start = start
            return start
        }
        return try await start.value
    }

    func end() {
        let running: TestCluster.Running? = state.withLock { state in
            state.isOver = true
            return state.current
        }
        for task in running?.tasks ?? [] { task.cancel() }
    }

    private func start(_ clock: any TimeSource, _ configuration: Configuration) async throws -> TestCluster.Running {
        var logger = Logger(label: "test-cluster")
        logger.logLevel = .error
        var limits = StoreLimits()
        limits.segmentBytes = 256 << 10
        let store = try await EmbeddedStore.open(
            disk: SimulatedDisk(), clock: SystemClock(), limits: limits, logger: logger)
        let server = ClusterServer(
            store: store, configuration: configuration, surroundings: Self.surroundings(clock), log: logger)
        let serving = Task { try await server.run() }
        while !server.isReady { try await Task.sleep(for: .microseconds(200)) }
        let watch = try await store.watch(.prefix(Array("/registry/".utf8)), from: 0, previousValues: false)
        let following = Task {
            try await withTaskCancellationHandler {
                while let batch = try await watch.next() { self.advance(to: batch.revision) }
            } onCancel: {
                watch.cancel()
            }
        }
        let running = TestCluster.Running(
            server: server, store: store, firstRevision: store.revision, tasks: [serving, following])
        let isOver = state.withLock { state in
            if !state.isOver { state.current = running }
            return state.isOver
        }
        if isOver { for task in running.tasks { task.cancel() } }
        return running
    }

    /// Days and names as the test's; waiting is real.
    private static func surroundings(_ clock: any TimeSource) -> Surroundings {
        Surroundings(clock: DatedClock(dates: clock))
    }

    private func advance(to revision: Int64) {
        let listeners: [Signal] = state.withLock { state in
            state.revision = max(state.revision, revision)
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.raise() }
    }

    var refusal: StatusError? { state.withLock { $0.refusal } }
    func note(_ refusal: StatusError) {
        let listeners: [Signal] = state.withLock { state in
            state.refusal = state.refusal ?? refusal
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.raise() }
    }

    func waitForChange(after revision: Int64) async throws {
        let signal = Signal()
        let number: Int? = state.withLock { state in
            if state.revision > revision || state.refusal != nil { return nil }
            state.lastListener += 1
            state.listeners[state.lastListener] = signal
            return state.lastListener
        }
        if let number {
            await signal.wait()
            state.withLock { $0.listeners[number] = nil }
        }
        if let refusal { throw refusal }
        try Task.checkCancellation()
    }
}

/// Dates of one clock, and the machine's own for all waiting.
private struct DatedClock: TimeSource {
    let dates: any TimeSource
    private let machine = SystemClock()
    init(dates: any TimeSource) { self.dates = dates }
    var now: Instant { dates.now }
    var uptime: Int64 { machine.uptime }
    func sleep(for duration: Duration) async throws { try await machine.sleep(for: duration) }
    func sleep(until instant: Instant) async throws { try await machine.sleep(for: instant - now) }
}
