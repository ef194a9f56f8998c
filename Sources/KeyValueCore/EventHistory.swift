import DequeModule

/// One change in order, with what the key was before (nil: it was not there).
public struct HistoryEvent: Sendable {
    public let current: KeyVersion
    public let previous: KeyVersion?

    public var key: [UInt8] { current.keyValue.key }
    public var revision: Revision { current.revision }

    /// The change as watchers get it.
    public func event(previousValue: Bool) -> KeyValueEvent {
        KeyValueEvent(
            kind: current.isDeletion ? .delete : .put, current: current.keyValue,
            previous: previousValue ? previous?.keyValue : nil)
    }
}

/// Every change since the last compaction, in order of revision and sub-revision.
struct EventHistory: Sendable {
    private var events: Deque<HistoryEvent> = []

    var count: Int { events.count }

    mutating func append(_ event: HistoryEvent) { events.append(event) }

    /// Takes the oldest change if its revision is not after `floor`.
    mutating func popFirst(upTo floor: Revision) -> HistoryEvent? {
        guard let first = events.first, first.revision <= floor else { return nil }
        return events.removeFirst()
    }

    /// Calls `body` for the changes from `revision` on until it returns false.
    func visit(from revision: Revision, _ body: (HistoryEvent) -> Bool) {
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if events[middle].revision < revision { low = middle + 1 } else { high = middle }
        }
        while low < events.count, body(events[low]) { low += 1 }
    }
}
