import EtcdStore
import KeyValueCore
import Logging

/// Who leads among the processes that share an external etcd: whoever has written a key, under a lease that it renews.
/// The key's create revision is the term; writes of that term are refused by `EtcdClientStore` once the key is gone or
/// another's. (This is the form of etcd's own elections.)
public struct LeaderElection: Sendable {
    public static let standardKey = Array("skiff/leadership".utf8)

    private let store: any RevisionedStore
    private let key: [UInt8]
    private let name: String
    private let isNameUnique: Bool
    private let seconds: Int64
    private let log: Logger

    /// `name` is shown to whoever reads the key. With `isNameUnique` no two processes that run have the same name, so
    /// whoever finds the key under its own name is what has come after a process that died, and need not wait until
    /// that one's lease ends.
    public init(
        store: any RevisionedStore, key: [UInt8] = standardKey, name: String, isNameUnique: Bool = false,
        seconds: Int64 = EtcdClientLimits().leadershipSeconds, logger: Logger = Logger(label: "leadership")
    ) {
        self.store = store
        self.key = key
        self.name = name
        self.isNameUnique = isNameUnique
        self.seconds = seconds
        log = logger
    }

    /// One time of leading.
    public struct Term: Sendable, Equatable {
        public var number: UInt64
        var lease: LeaseID
    }

    /// Returns once this process leads. Throws `CancellationError` when its task is cancelled, and `StoreError.closed`.
    public func campaign() async throws -> Term {
        while true {
            try Task.checkCancellation()
            do {
                if let term = try await attempt() { return term }
                try await waitUntilFree()
            } catch let error as CancellationError {
                throw error
            } catch StoreError.closed {
                throw StoreError.closed
            } catch {
                log.warning("The leadership could not be asked for", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func attempt() async throws -> Term? {
        if let present = try await store.range(RangeRequest(.key(key))).keyValues.first {
            guard isNameUnique, present.value == Array(name.utf8) else { return nil }
            _ = try await store.transact(
                Transaction(
                    compare: [Compare(key, .createRevision(present.createRevision))], success: [.delete(.key(key))]))
        }
        let lease = try await store.grantLease(0, timeToLiveSeconds: seconds)
        let response = try await store.transact(
            Transaction(
                compare: [Compare(key, .version(0))],
                success: [.put(key: key, value: Array(name.utf8), lease: lease)]))
        if response.succeeded { return Term(number: UInt64(response.revision), lease: lease) }
        try? await store.revokeLease(lease)
        return nil
    }

    private func waitUntilFree() async throws {
        let range = try await store.range(RangeRequest(.key(key)))
        guard let leader = range.keyValues.first else { return }
        log.info("Another process leads", metadata: ["leader": "\(String(decoding: leader.value, as: UTF8.self))"])
        let watch = try await store.watch(.key(key), from: range.revision + 1, previousValues: false)
        defer { watch.cancel() }
        while let batch = try await watch.next() {
            if batch.events.contains(where: { $0.kind == .delete }) { return }
        }
        throw StoreError.closed
    }

    /// Renews the leadership; returns once it is lost, before anybody else can have it.
    public func hold(_ term: Term) async {
        let clock = ContinuousClock()
        var renewed = clock.now
        // What is sent counts, not what is answered; a quarter is left for clocks that do not go alike.
        let end = { (renewed: ContinuousClock.Instant) in renewed + .seconds(seconds) * 3 / 4 }
        while !Task.isCancelled {
            let sent = clock.now
            do {
                _ = try await within(end(renewed), clock) { try await store.keepLeaseAlive(term.lease) }
                renewed = sent
                try await clock.sleep(for: .seconds(seconds) / 4)
            } catch KeyValueError.leaseNotFound {
                return
            } catch is CancellationError {
                return
            } catch {
                log.warning("The leadership could not be renewed", metadata: ["error": "\(error)"])
                if clock.now >= end(renewed) { return }
                try? await clock.sleep(for: .milliseconds(200))
            }
        }
    }

    private struct TooLate: Error {}

    /// Gives up at `end`, whatever the store does.
    private func within(
        _ end: ContinuousClock.Instant, _ clock: ContinuousClock,
        _ body: @Sendable @escaping () async throws -> Int64
    ) async throws -> Int64 {
        try await withThrowingTaskGroup { group in
            group.addTask { try await body() }
            group.addTask {
                try await clock.sleep(until: end)
                throw TooLate()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw TooLate() }
            return first
        }
    }

    /// Gives the leadership back, so that another need not wait for the lease to end.
    public func resign(_ term: Term) async {
        try? await store.revokeLease(term.lease)
    }
}
