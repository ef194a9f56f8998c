import Basics
import APIMachinery
import EtcdStore
import KeyValueCore
import Logging
import Synchronization

/// Every resource in memory, fed by one watch of the store. All reads are served from here; `waitUntilFresh` makes them as
/// new as every write that was acknowledged before, without asking the store.
final class WatchCache: Sendable {
    /// How long a read waits for the cache to reach the store before it gives up.
    static let freshnessLimit: Duration = .seconds(5)
    /// Keys read at a time while loading.
    static let loadPage = 2_000
    /// So much of the store's history is replayed at start, for watchers that were cut off when the last server ended.
    static let replayRevisions: Int64 = 4_096
    /// Between two tries to load it.
    static let reloading = Backoff(base: .milliseconds(50), limit: .milliseconds(1_600), jitter: 0)

    private let store: any RevisionedStore
    private let surroundings: Surroundings
    private let log: Logger
    private let table = CacheTable()
    /// Every change up to and including this revision is in the caches; -1 until they are loaded.
    private let reachedRevision = Atomic<Int64>(-1)
    /// The newest revision that a client may have been told.
    private let acknowledgedRevision = Atomic<Int64>(0)
    /// What the store had when the load began; before that is reached, nothing is served.
    private let loadRevision = Atomic<Int64>(0)
    /// Whether others write to the store too, so that it must be asked how far it is.
    private let sharesStore: Bool
    private let inquiry: RevisionInquiry
    /// Who is told of the changes of a resource, in order and before anyone is answered.
    private let followers: [GroupResource: ResourceCache.Follower]
    private let watch = Mutex<(any StoreWatch)?>(nil)
    private struct Waiter {
        var revision: Int64
        var deadline: Int64
        var continuation: CheckedContinuation<Bool, Never>
    }
    private struct Waiting {
        var waiters: [Int: Waiter] = [:]
        var nextIdentity = 0
    }
    private let waiting = Mutex(Waiting())
    /// One element when a cache's watchers are to be called in a moment.
    private let dueRounds: AsyncStream<Void>
    private let roundIsDue: AsyncStream<Void>.Continuation

    init(
        _ resources: [GroupResource], store: any RevisionedStore, sharesStore: Bool, surroundings: Surroundings,
        followers: [GroupResource: ResourceCache.Follower] = [:], log: Logger
    ) {
        self.store = store
        self.followers = followers
        self.sharesStore = sharesStore
        // Of a read's answer only the revision matters, which is the store's by a quorum's word.
        inquiry = RevisionInquiry { try await store.range(RangeRequest(.key([0]), countOnly: true)).revision }
        self.surroundings = surroundings
        self.log = log
        (dueRounds, roundIsDue) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let caches = Dictionary(
            resources.map { (StoredForm.prefix($0), makeCache($0)) }, uniquingKeysWith: { first, _ in first })
        table.replace(caches, resources)
    }

    private func makeCache(_ resource: GroupResource) -> ResourceCache {
        ResourceCache(
            ServedForm.storage(resource), uptime: surroundings.uptime, follower: followers[resource],
            roundBecameDue: { [roundIsDue] in roundIsDue.yield() })
    }

    func cache(_ resource: GroupResource) -> ResourceCache? { table.current.byResource[resource] }
    /// By the resource under which things are stored.
    var figures: [(GroupResource, ResourceCache.Figures)] {
        table.current.caches.values.map { ($0.resource, $0.figures) }
    }
    var isLoaded: Bool { reachedRevision.load(ordering: .acquiring) >= 0 }
    var reached: Int64 { reachedRevision.load(ordering: .acquiring) }

    /// Says that a client is about to be told of this change of an object (nil: it was removed).
    func acknowledge(_ resource: GroupResource, _ key: String, _ object: StoredObject?, _ revision: Int64) {
        // The object first: whoever finds the revision old enough not to wait must find the object.
        if !sharesStore { cache(resource)?.acknowledge(key, object, revision) }
        acknowledge(revision)
    }
    private func acknowledge(_ revision: Int64) {
        _ = acknowledgedRevision.max(revision, ordering: .acquiringAndReleasing)
    }

    /// The object as new as every acknowledged write; nil when it is not there. It does not wait for the feed: what this
    /// server has written itself is remembered until the feed brings it.
    func newest(_ resource: GroupResource, _ key: String) async throws -> StoredObject? {
        if sharesStore { try await waitUntilFresh() } else { try await wait(for: 0) }
        return cache(resource)?.newest(key)
    }

    /// Returns once what this server has acknowledged is in the caches, or in memory beside them.
    func waitForOwnWrites() async throws {
        try await wait(for: sharesStore ? max(0, acknowledgedRevision.load(ordering: .acquiring)) : 0)
    }

    /// Returns once everything acknowledged so far can be read here.
    func waitUntilFresh() async throws {
        if sharesStore {
            do {
                let revision = try await inquiry.revision()
                acknowledge(revision)
                if reached < revision { watch.withLock { $0?.requestProgress() } }
            } catch {
                throw Storage.statusError(error)
            }
        }
        try await wait(for: max(0, acknowledgedRevision.load(ordering: .acquiring)))
    }

    /// Returns once the caches have reached `revision`; throws 504 when that takes too long.
    func wait(for revision: Int64) async throws {
        if reached >= revision { return }
        let identity = waiting.withLock { waiting in
            waiting.nextIdentity += 1
            return waiting.nextIdentity
        }
        let limit = Self.freshnessLimit.components
        let deadline = surroundings.uptime() + limit.seconds * 1_000_000_000
        let isReached = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known: Bool? = waiting.withLock { waiting in
                    if reached >= revision { return true }
                    if Task.isCancelled { return false }
                    waiting.waiters[identity] = Waiter(
                        revision: revision, deadline: deadline, continuation: continuation)
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let waiter = waiting.withLock { $0.waiters.removeValue(forKey: identity) }
            waiter?.continuation.resume(returning: false)
        }
        if !isReached { throw isLoaded ? Self.tooLarge(revision, reached: reached) : Self.notLoaded }
    }

    /// 504: the revision is not reached yet.
    private static func tooLarge(_ revision: Int64, reached: Int64) -> StatusError {
        StatusError(
            code: 504, reason: .timeout,
            message: "Timeout: Too large resource version: \(revision), current: \(reached)",
            causes: [.init(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")],
            retryAfterSeconds: 1)
    }
    private static let notLoaded = StatusError(
        code: 503, reason: .serviceUnavailable, message: "the server is loading its objects, try again",
        retryAfterSeconds: 1)

    // MARK: The feed

    /// Loads and follows the store until the task is cancelled or the store is closed.
    func run() async throws {
        var failures = 0
        var replayed = Self.replayRevisions
        while !Task.isCancelled {
            do {
                let revision = try await load(replayed)
                let watch = try await store.watch(
                    .prefix(Array(StoredForm.root.utf8)), from: revision + 1, previousValues: false)
                self.watch.withLock { $0 = watch }
                defer {
                    self.watch.withLock { $0 = nil }
                    watch.cancel()
                }
                watch.requestProgress()
                failures = 0
                while let batch = try await watch.next() { apply(batch) }
                if Task.isCancelled { return }
                log.warning("The store ended the cache's watch")
            } catch is CancellationError {
                return
            } catch let error as SealFailure where replayed > 0 {
                // History may be older than the keys; what is there now has to be readable.
                log.warning("The store's history cannot be read", metadata: ["error": "\(error)"])
                replayed = 0
                continue
            } catch {
                log.error("The watch cache lost the store", metadata: ["error": "\(error)"])
            }
            try await surroundings.sleep(Self.reloading.longestDelay(afterFailures: failures))
            failures += 1
        }
    }

    /// Reads everything as of a revision a little in the past; what came after it follows from the watch.
    private func load(_ replayed: Int64) async throws -> Int64 {
        let status = try await store.status()
        let revision = max(1, status.compactedRevision, status.revision - replayed)
        loadRevision.store(status.revision, ordering: .releasing)
        // What is loaded is older than what was served; nobody reads until the feed has caught up.
        reachedRevision.store(-1, ordering: .releasing)
        let (objects, _) = try await read(KeyRange.prefix(Array(StoredForm.root.utf8)), at: revision)
        for (prefix, cache) in table.current.caches { cache.load(objects[prefix] ?? [], revision: revision) }
        acknowledge(status.revision)
        reach(revision)
        return revision
    }

    /// The objects of a range by the prefix of their caches, all as of one revision (0: the newest), which is told.
    private func read(_ all: KeyRange, at revision: Int64) async throws -> ([String: [StoredObject]], Int64) {
        let caches = table.current
        var objects: [String: [StoredObject]] = [:]
        var range = all
        var revision = revision
        while true {
            let page = try await store.range(RangeRequest(range, limit: Self.loadPage, revision: revision))
            if revision == 0 { revision = page.revision }
            for keyValue in page.keyValues {
                guard let (prefix, key) = caches.place(keyValue.key) else { continue }
                if let object = StoredObject(key: key, stored: keyValue.value, revision: keyValue.modRevision) {
                    objects[prefix, default: []].append(object)
                } else {
                    log.error("A stored value is no object", metadata: ["key": "\(key)"])
                }
            }
            guard page.more, let last = page.keyValues.last else { return (objects, revision) }
            range.start = last.key + [0]
        }
    }

    private func apply(_ batch: StoreWatchBatch) {
        let caches = table.current
        var changes: [String: [ResourceCache.Change]] = [:]
        for event in batch.events {
            guard let (prefix, key) = caches.place(event.current.key) else { continue }
            let revision = event.current.modRevision
            var object: StoredObject?
            if event.kind == .put {
                // What was written here has been read already.
                object =
                    caches.caches[prefix]?.written(key, at: revision)
                    ?? StoredObject(key: key, stored: event.current.value, revision: revision)
            }
            changes[prefix, default: []].append(.init(key: key, object: object, revision: revision))
        }
        for (prefix, changes) in changes where !table.keeps(changes, for: prefix) {
            caches.caches[prefix]?.apply(changes)
        }
        reach(batch.revision)
    }

    private func reach(_ revision: Int64) {
        guard revision >= loadRevision.load(ordering: .acquiring) else { return }
        reachedRevision.store(revision, ordering: .releasing)
        let satisfied = waiting.withLock { waiting in
            guard !waiting.waiters.isEmpty else { return [CheckedContinuation<Bool, Never>]() }
            let done = waiting.waiters.filter { $0.value.revision <= revision }
            for identity in done.keys { waiting.waiters[identity] = nil }
            return done.values.map(\.continuation)
        }
        for continuation in satisfied { continuation.resume(returning: true) }
    }

    /// Calls remote watchers of busy resources in rounds, until the task is cancelled.
    func callInRounds() async throws {
        for await _ in dueRounds {
            var isDue = true
            while isDue {
                try await surroundings.sleep(.milliseconds(1))
                isDue = false
                for cache in table.current.caches.values where cache.wakeDue() { isDue = true }
            }
        }
    }

    /// Wakes what waits for time: watchers with a deadline, and reads that have waited too long.
    func tick() {
        let uptime = surroundings.uptime()
        for cache in table.current.caches.values { cache.tick(uptime: uptime) }
        let expired = waiting.withLock { waiting in
            let due = waiting.waiters.filter { $0.value.deadline <= uptime }
            for identity in due.keys { waiting.waiters[identity] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in expired { continuation.resume(returning: false) }
    }

    // MARK: Resources that come and go

    /// Makes a cache for each of these resources that has none and fills it, so that they can be served; whoever reads one
    /// then finds all that the store had. Throws what the store throws, and then there is none of the new ones.
    func prepare(_ resources: [GroupResource]) async throws {
        var added: [String] = []
        var newest: Int64 = 0
        do {
            for resource in resources {
                let prefix = StoredForm.prefix(resource)
                guard table.current.caches[prefix] == nil else { continue }
                table.add(makeCache(resource), prefix: prefix)
                added.append(prefix)
                let (objects, revision) = try await read(.prefix(Array(prefix.utf8)), at: 0)
                table.fill(prefix, objects[prefix] ?? [], revision: revision)
                newest = max(newest, revision)
            }
            // What is said of the whole cache is then true of the new ones too.
            if isLoaded, !added.isEmpty {
                watch.withLock { $0?.requestProgress() }
                try await wait(for: newest)
            }
        } catch {
            for prefix in added { table.abandon(prefix) }
            throw Storage.statusError(error)
        }
    }

    /// Serves exactly these resources, all of them prepared; every watch of another one ends.
    func serve(_ resources: [GroupResource]) {
        for cache in table.serve(resources) { cache.finish() }
    }
}
