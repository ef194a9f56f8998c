import Synchronization

/// What the front counts, for its metrics.
final class EtcdCounters: Sendable {
    final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add(_ number: Int) { count.add(number, ordering: .relaxed) }
    }
    let ranges = Counter()
    let puts = Counter()
    let deletes = Counter()
    let transactions = Counter()
    /// Events sent to watchers.
    let events = Counter()
    /// Watch streams and watches that are open now.
    let watchStreams = Counter()
    let watches = Counter()
    let leasesGranted = Counter()
    let leasesRevoked = Counter()
    let leasesRenewed = Counter()
}
