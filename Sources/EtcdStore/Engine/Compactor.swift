import KeyValueCore

/// Decides how far automatic compaction may go: history is kept for a time and for a number of revisions, whichever
/// is more. And knows whether a compaction has left something to free.
struct Compactor {
    let seconds: Int64
    let revisions: Int64
    /// A compaction has left something to free. Exits: `freed` with nothing more.
    private(set) var hasGarbage = false
    /// The revision at some moments of the time that is kept, oldest first.
    private var samples: [(milliseconds: Int64, revision: Revision)] = []
    /// So many samples cover the time that is kept.
    private static let sampleCount: Int64 = 30

    init(seconds: Int64, revisions: Int64) {
        self.seconds = seconds
        self.revisions = revisions
    }

    mutating func compacted() { hasGarbage = true }

    /// A part has been freed.
    mutating func freed(hasMore: Bool) { hasGarbage = hasMore }

    /// Takes note of the revision now; returns one to compact at, if it is time.
    mutating func next(now: Int64, revision: Revision, compacted: Revision) -> Revision? {
        guard seconds > 0 else { return nil }
        let kept = seconds * 1_000
        if now - (samples.last?.milliseconds ?? .min / 2) >= kept / Self.sampleCount { samples.append((now, revision)) }
        guard let old = samples.lastIndex(where: { now - $0.milliseconds >= kept }), old > 0 else { return nil }
        let candidate = min(samples[old].revision, revision - revisions)
        samples.removeFirst(old)
        return candidate > max(compacted, 1) ? candidate : nil
    }
}
