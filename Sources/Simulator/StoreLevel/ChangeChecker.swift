import EtcdStore
import KeyValueCore

/// Every change of the store, as the first member told that had it; others, and watches, must tell the same.
struct ChangeChecker {
    /// A change, and the key it is of.
    struct Digest: Equatable {
        var key: [UInt8]
        var hash: UInt64
    }
    /// By revision, from 2 on (`revision - 2`). Nil: nobody has told yet, as whoever applied it first had compacted it by
    /// the time it was asked.
    private(set) var digests: [[Digest]?] = []
    /// Where each value was first put.
    private var puts: [[UInt8]: Revision] = [:]

    var lastRevision: Revision { Revision(digests.count) + 1 }

    /// The revision at which a key was given a value; nil if nobody has told of that.
    func revision(of key: String, _ value: String) -> Revision? { puts[Self.name(Array(key.utf8), Array(value.utf8))] }

    private static func name(_ key: [UInt8], _ value: [UInt8]) -> [UInt8] { key + [0] + value }

    /// Changes of whole revisions that a member applied. Those up to `compacted` may be missing.
    mutating func saw(_ events: [HistoryEvent], at member: Int, compacted: Revision) -> Violation? {
        while lastRevision < compacted { digests.append(nil) }
        for event in events {
            let event = event.event(previousValue: false)
            guard event.kind == .put else { continue }
            let name = Self.name(event.current.key, event.current.value)
            if puts[name] == nil { puts[name] = event.current.modRevision }
        }
        return tell(events.map { $0.event(previousValue: true) }, by: "member \(member)")
    }

    private mutating func tell(_ events: [KeyValueEvent], by teller: String) -> Violation? {
        var start = 0
        while start < events.count {
            let revision = events[start].current.modRevision
            var end = start
            while end < events.count, events[end].current.modRevision == revision { end += 1 }
            let found = events[start..<end].map(Self.digest)
            if revision <= lastRevision {
                if let known = digests[Int(revision) - 2], known != found {
                    return Violation(.equalStates, "\(teller) has other changes at revision \(revision)")
                }
                digests[Int(revision) - 2] = found
            } else if revision == lastRevision + 1 {
                digests.append(found)
            } else {
                return Violation(.equalStates, "\(teller) has revision \(revision) after \(lastRevision)")
            }
            start = end
        }
        return nil
    }

    /// What a watch was told after everything up to `seen`; nil if it is right.
    func check(_ batch: StoreWatchBatch, after seen: Revision, of range: KeyRange, by watcher: String) -> Violation? {
        var expected: [(Revision, Digest)] = []
        var revision = seen + 1
        while revision <= min(batch.revision, lastRevision) {
            if revision >= 2 {
                for digest in digests[Int(revision) - 2] ?? [] where range.contains(digest.key) {
                    expected.append((revision, digest))
                }
            }
            revision += 1
        }
        let told = batch.events.map { ($0.current.modRevision, Self.digest($0)) }
            .filter { $0.0 > lastRevision || digests[Int($0.0) - 2] != nil }
        if batch.revision > lastRevision || told.count != expected.count
            || zip(told, expected).contains(where: { $0.0 != $1.0 || $0.1 != $1.1 })
        {
            return Violation(
                .watches,
                "\(watcher) had seen everything up to revision \(seen), and was told of changes at revisions "
                    + "\(told.map(\.0)) up to \(batch.revision); there were \(expected.map(\.0)), the store is at "
                    + "\(lastRevision)")
        }
        return nil
    }

    private static func digest(_ event: KeyValueEvent) -> Digest {
        var hash = Fingerprint()
        hash.add(event.kind == .put ? 1 : 2)
        if event.kind == .put { add(event.current, &hash) }
        if let previous = event.previous { add(previous, &hash) }
        return Digest(key: event.current.key, hash: hash.value)
    }

    private static func add(_ keyValue: KeyValue, _ hash: inout Fingerprint) {
        hash.add(keyValue.value)
        for number in [keyValue.createRevision, keyValue.modRevision, keyValue.version, keyValue.lease] {
            hash.add(UInt64(bitPattern: number))
        }
    }
}

/// Reads one watch of a member; what it has seen must be every change of its range, once, in order.
struct WatchReader {
    private static let ranges: [KeyRange] = [.prefix([]), .key(Array("a".utf8)), .prefix(Array("x".utf8))]
    private let range: KeyRange
    private let place: Int
    private var watch: EmbeddedWatch?
    private var seen: Revision = 0

    init(place: Int) {
        self.place = place
        range = Self.ranges[place % Self.ranges.count]
    }

    mutating func read(_ shared: SharedState, _ member: Int, _ changes: ChangeChecker) -> Violation? {
        do {
            guard let watch else { return try begin(shared) }
            while let batch = try watch.poll() {
                if let violation = changes.check(batch, after: seen, of: range, by: "a watch at member \(member)") {
                    return violation
                }
                seen = batch.revision
            }
        } catch {
            // Compacted, or too slow: it begins anew.
            watch = nil
        }
        return nil
    }

    /// Some watches begin in the past.
    private mutating func begin(_ shared: SharedState) throws -> Violation? {
        let (revision, compacted) = shared.withContent { ($0.state.revision, $0.state.compactedRevision) }
        let first = max(revision + 1 - Revision(place % 5) * 4, compacted + 1, 2)
        watch = try shared.watch(range, from: first, previousValues: true, limitBytes: 100_000)
        seen = first - 1
        return nil
    }
}
