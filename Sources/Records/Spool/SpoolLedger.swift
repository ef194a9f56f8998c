/// Which segments a spool has, how far it is written and read, as a value.
struct SpoolLedger {
    struct Limits: Sendable {
        /// A segment that has reached this is closed.
        var segmentBytes = 4 << 20
        /// All segments together; beyond it events are refused.
        var totalBytes: Int64 = 512 << 20
        init() {}
    }
    /// A place in the spool.
    struct Position: Equatable, Sendable {
        var segment: UInt64
        var offset: Int
    }
    enum Admission: Equatable {
        case append(to: UInt64)
        /// Close the active segment (after syncing it), open this one and append there.
        case rotate(to: UInt64)
        case refuse
    }

    let limits: Limits
    /// Numbers and bytes, oldest first; the last is the active one.
    private(set) var segments: [(number: UInt64, bytes: Int)]
    private(set) var delivered: Position

    /// `found` are the segments of earlier runs; none of them is written to again.
    init(found: [(number: UInt64, bytes: Int)], limits: Limits) {
        self.limits = limits
        let next = (found.map(\.number).max() ?? 0) + 1
        segments = found.sorted { $0.number < $1.number } + [(next, 0)]
        delivered = Position(segment: segments[0].number, offset: 0)
    }

    var active: UInt64 { segments[segments.count - 1].number }
    var totalBytes: Int64 { segments.reduce(0) { $0 + Int64($1.bytes) } }
    /// Whether there is anything that has not been delivered.
    var hasUndelivered: Bool {
        segments.contains {
            $0.number > delivered.segment && $0.bytes > 0
                || $0.number == delivered.segment && $0.bytes > delivered.offset
        }
    }

    func admission(of byteCount: Int) -> Admission {
        guard totalBytes + Int64(byteCount) <= limits.totalBytes else { return .refuse }
        let bytes = segments[segments.count - 1].bytes
        return bytes > 0 && bytes + byteCount > limits.segmentBytes ? .rotate(to: active + 1) : .append(to: active)
    }

    mutating func rotated() { segments.append((active + 1, 0)) }
    mutating func appended(_ byteCount: Int) { segments[segments.count - 1].bytes += byteCount }

    /// Where to read next and how far the segment is written; nil when all is delivered.
    func nextReading() -> (from: Position, until: Int)? {
        for segment in segments where segment.number >= delivered.segment {
            let start = segment.number == delivered.segment ? delivered.offset : 0
            if segment.bytes > start { return (Position(segment: segment.number, offset: start), segment.bytes) }
        }
        return nil
    }

    /// Everything before this place is in the database: the segments that may be deleted.
    mutating func delivered(upTo position: Position) -> [UInt64] {
        delivered = position
        var done: [UInt64] = []
        while segments.count > 1, let first = segments.first,
            first.number < position.segment || first.number == position.segment && position.offset >= first.bytes
        {
            done.append(first.number)
            segments.removeFirst()
        }
        if let first = segments.first, delivered.segment < first.number {
            delivered = Position(segment: first.number, offset: 0)
        }
        return done
    }

    /// A segment turned out to end earlier than its file: the rest is no whole record.
    mutating func truncated(_ number: UInt64, to byteCount: Int) {
        guard let index = segments.firstIndex(where: { $0.number == number }) else { return }
        segments[index].bytes = byteCount
    }
}
