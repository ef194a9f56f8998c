import APIMachinery
import Basics
import KubeAPI
import Logging
import Synchronization

/// The part of the cluster that loops have in memory: one cache per resource, shared by all loops of a process.
public final class World: Sendable {
    private struct State {
        var caches: [GroupResource: ObjectCache] = [:]
        /// Caches that nobody follows yet.
        var waiting: [ObjectCache] = []
    }
    public let api: any ClusterAPI
    private let scopes: [GroupResource: Scope]
    private let clock: any TimeSource
    private let backoff: Backoff
    private let logger: Logger
    private let state = Mutex(State())
    private let hasNewCache = Signal()

    /// `scopes` narrows what is held of a resource, such as a node's own pods; `backoff` is for what cannot be followed.
    public init(
        _ api: any ClusterAPI, scopes: [GroupResource: Scope] = [:], clock: any TimeSource = SystemClock(),
        backoff: Backoff = .reconnect, logger: Logger = Logger(label: "world")
    ) {
        self.api = api
        self.scopes = scopes
        self.clock = clock
        self.backoff = backoff
        self.logger = logger
    }

    /// The cache of a resource, made at first use; it fills once `run` is going.
    public func cache(_ resource: GroupResource) -> ObjectCache {
        let (cache, isNew) = state.withLock { state in
            if let cache = state.caches[resource] { return (cache, false) }
            let cache = ObjectCache(resource)
            state.caches[resource] = cache
            state.waiting.append(cache)
            return (cache, true)
        }
        if isNew { hasNewCache.raise() }
        return cache
    }
    public func cache<T: Kind>(_ type: T.Type) -> ObjectCache { cache(T.resource) }

    public func get<T: Kind>(_ type: T.Type, _ key: ObjectKey) -> T? { cache(T.resource).get(key).map { T($0) } }
    public func all<T: Kind>(_ type: T.Type) -> [T] { cache(T.resource).all().map { T($0) } }
    public func all<T: Kind>(_ type: T.Type, in namespace: String) -> [T] {
        cache(T.resource).all(in: namespace).map { T($0) }
    }
    public func controlled<T: Kind>(_ type: T.Type, by uid: String) -> [T] {
        cache(T.resource).controlled(by: uid).map { T($0) }
    }

    /// The resources that somebody has asked for.
    public var resources: Set<GroupResource> { state.withLock { Set($0.caches.keys) } }

    /// Keeps every cache up to date, also those asked for later, until the task is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for cache in takeWaiting() {
                    var follower = CacheFollower(
                        cache, scope: scopes[cache.resource] ?? Scope(), api: api, clock: clock, logger: logger,
                        backoff: backoff)
                    group.addTask { await follower.run() }
                }
                await hasNewCache.wait()
            }
        }
        // Whoever runs this world again follows all of them.
        state.withLock { $0.waiting = Array($0.caches.values) }
    }

    /// Returns once every cache that was asked for so far has been listed; throws `CancellationError`.
    public func waitUntilSynced() async throws {
        let caches = state.withLock { Array($0.caches.values) }
        for cache in caches { try await cache.waitUntilSynced() }
    }
    /// The same for these resources.
    public func waitUntilSynced(_ resources: some Sequence<GroupResource>) async throws {
        for resource in resources { try await cache(resource).waitUntilSynced() }
    }

    private func takeWaiting() -> [ObjectCache] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
