import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging
import Synchronization

/// Single objects of one resource, followed each for itself, and told of as if they were the whole resource.
final class ReferenceFeed: Sendable {
    /// How often an object that cannot be watched is looked at: one that may change soon, and one that is at rest.
    static let soon = Duration.seconds(2)
    static let later = Duration.seconds(60)

    private struct State {
        var followers: [ObjectKey: Task<Void, Never>] = [:]
        /// Those of the followers that have read nothing yet.
        var unread: Set<ObjectKey> = []
        var objects: [ObjectKey: JSON] = [:]
        /// What the watch has not been told yet, the last of each.
        var news: [ObjectKey: WatchEvent] = [:]
        /// Whether somebody watches, and has taken all that there was.
        var isTaken = true
        /// The watch of this number is the one.
        var watch = 0
        var observer: (@Sendable ([JSON]) -> Void)?
        /// Who waits for it to settle looks again when any of this changes.
        var waiters: [Gate<Void>] = []
    }
    private let resource: GroupResource
    private let mayWatch: Bool
    private let api: any ClusterAPI
    private let clock: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())
    private let hasNews = Signal()

    init(_ resource: GroupResource, mayWatch: Bool, api: any ClusterAPI, clock: any TimeSource, logger: Logger) {
        self.resource = resource
        self.mayWatch = mayWatch
        self.api = api
        self.clock = clock
        self.logger = logger
    }

    /// Calls `observer` with all objects whenever one changes.
    func follow(_ observer: @escaping @Sendable ([JSON]) -> Void) { state.withLock { $0.observer = observer } }

    /// Follows these and no others.
    func want(_ keys: Set<ObjectKey>) {
        let added = state.withLock { state -> [ObjectKey] in
            for (key, follower) in state.followers where !keys.contains(key) {
                follower.cancel()
                state.followers[key] = nil
                state.unread.remove(key)
                if let object = state.objects.removeValue(forKey: key) { state.news[key] = .deleted(object) }
            }
            let added = keys.filter { state.followers[$0] == nil }
            for key in added {
                state.unread.insert(key)
                state.followers[key] = Task { [weak self] in await self?.follow(key) }
            }
            return Array(added)
        }
        if added.isEmpty { hasNews.raise() }
    }

    func end() {
        state.withLock { state in
            for follower in state.followers.values { follower.cancel() }
            state.followers = [:]
            state.watch += 1
        }
        hasNews.raise()
    }

    // MARK: Following one

    private func follow(_ key: ObjectKey) async {
        if mayWatch { await watch(key) } else { await look(at: key) }
    }

    private func watch(_ key: ObjectKey) async {
        let cache = ObjectCache(resource)
        cache.observe { [weak self] change in self?.note(key, change.new) }
        let scope = Scope(namespace: key.namespace, fieldSelector: "metadata.name=\(key.name)")
        let reading = Task { [weak self] in
            if (try? await cache.waitUntilSynced()) != nil { self?.note(key, cache.get(key)) }
        }
        var follower = CacheFollower(
            cache, scope: scope, api: api, clock: clock, logger: logger, backoff: .reconnect)
        await follower.run()
        reading.cancel()
    }

    private func look(at key: ObjectKey) async {
        while !Task.isCancelled {
            var object: JSON?
            do {
                object = try await api.get(resource, key)
                note(key, object)
            } catch let error as StatusError where error.code == 404 {
                note(key, nil)
            } catch {
                logger.debug("An object cannot be read", metadata: ["key": "\(key)", "error": "\(error)"])
            }
            let isAtRest = object?["status", "phase"]?.string == "Bound"
            try? await clock.sleep(for: isAtRest ? Self.later : Self.soon)
        }
    }

    /// The object as it is; nil when there is none.
    private func note(_ key: ObjectKey, _ object: JSON?) {
        let (observer, objects) = state.withLock { state -> ((@Sendable ([JSON]) -> Void)?, [JSON]) in
            guard state.followers[key] != nil else { return (nil, []) }
            state.unread.remove(key)
            let old = state.objects[key]
            guard old?.revision != object?.revision || old?.uid != object?.uid else { return (nil, []) }
            state.objects[key] = object
            if let object {
                state.news[key] = .modified(object)
            } else if let old {
                state.news[key] = .deleted(old)
            }
            state.isTaken = false
            return (state.observer, Array(state.objects.values))
        }
        observer?(objects)
        hasNews.raise()
        wakeWaiters()
    }

    // MARK: Telling

    /// All that there is; what the watch is told comes after.
    func list() -> ObjectList {
        state.withLock { state in
            state.news = [:]
            state.isTaken = true
            return ObjectList(
                items: state.objects.sorted { $0.key < $1.key }.map(\.value),
                revision: state.objects.values.map(\.revision).max() ?? 0)
        }
    }

    /// The one watch from now on: an earlier one ends.
    func watch() -> any ClusterWatch {
        let number = state.withLock { state in
            state.watch += 1
            return state.watch
        }
        hasNews.raise()
        return FeedWatch(feed: self, number: number)
    }

    private struct FeedWatch: ClusterWatch {
        let feed: ReferenceFeed
        let number: Int
        func next() async throws -> [WatchEvent]? { try await feed.next(number) }
        func cancel() { feed.cancel(number) }
    }

    private func cancel(_ number: Int) {
        state.withLock { if $0.watch == number { $0.watch += 1 } }
        hasNews.raise()
    }

    private func next(_ number: Int) async throws -> [WatchEvent]? {
        while true {
            let events = state.withLock { state -> [WatchEvent]? in
                guard state.watch == number else { return nil }
                let events = state.news.sorted { $0.key < $1.key }.map(\.value)
                state.news = [:]
                if events.isEmpty { state.isTaken = true }
                return events
            }
            guard let events else { return nil }
            if !events.isEmpty { return events }
            wakeWaiters()
            await hasNews.wait()
            try Task.checkCancellation()
        }
    }

    /// Returns when every object was read, and with `isTaken` when whoever watches has taken it in, or at the deadline.
    func settle(until deadline: Instant, isTaken: Bool) async {
        while clock.now < deadline, !Task.isCancelled {
            let gate = state.withLock { state -> Gate<Void>? in
                let isToBeTaken = isTaken && state.watch > 0 && !(state.news.isEmpty && state.isTaken)
                if state.unread.isEmpty, !isToBeTaken { return nil }
                let gate = Gate<Void>()
                state.waiters.append(gate)
                return gate
            }
            guard let gate else { return }
            await withTaskGroup(of: Void.self) { [clock] group in
                group.addTask { _ = try? await gate.wait() }
                group.addTask { try? await clock.sleep(until: deadline) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func wakeWaiters() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.open() }
    }
}
