import KeyValueCore

/// Knows which watches are live, and gives each new change to those whose range has its key. Watches of the same
/// range share the list of changes.
struct WatchHub {
    private struct Interest: Hashable {
        var range: KeyRange
        var previousValues: Bool
    }
    /// A watch, numbered in the order in which they came: they are woken in this one.
    private struct Watcher {
        var number: UInt64
        var watch: EmbeddedWatch
    }
    private final class Group {
        let interest: Interest
        var watches: [ObjectIdentifier: Watcher] = [:]
        /// What the batch at hand has for this group.
        var events: [KeyValueEvent] = []
        init(_ interest: Interest) { self.interest = interest }
    }
    private var groups: [Interest: Group] = [:]
    private var byKey: [[UInt8]: [Group]] = [:]
    /// Groups of more than one key in order of their range's start; `reach` is the furthest end up to there.
    private var byStart: [(group: Group, reach: [UInt8]?)] = []

    private(set) var count = 0
    private var lastNumber: UInt64 = 0

    mutating func add(_ watch: EmbeddedWatch) {
        let interest = Interest(range: watch.range, previousValues: watch.previousValues)
        let group: Group
        if let found = groups[interest] {
            group = found
        } else {
            group = Group(interest)
            groups[interest] = group
            if interest.range.end == nil { byKey[interest.range.start, default: []].append(group) } else { sort() }
        }
        lastNumber += 1
        let watcher = Watcher(number: lastNumber, watch: watch)
        if group.watches.updateValue(watcher, forKey: ObjectIdentifier(watch)) == nil { count += 1 }
    }

    mutating func remove(_ watch: EmbeddedWatch) {
        let interest = Interest(range: watch.range, previousValues: watch.previousValues)
        guard let group = groups[interest], group.watches.removeValue(forKey: ObjectIdentifier(watch)) != nil else {
            return
        }
        count -= 1
        guard group.watches.isEmpty else { return }
        groups[interest] = nil
        guard interest.range.end == nil else { return sort() }
        byKey[interest.range.start]?.removeAll { $0 === group }
        if byKey[interest.range.start]?.isEmpty == true { byKey[interest.range.start] = nil }
    }

    private mutating func sort() {
        let sorted = groups.values.filter { $0.interest.range.end != nil }
            .sorted { $0.interest.range.start.lexicographicallyPrecedes($1.interest.range.start) }
        var reach: [UInt8]? = []
        byStart = sorted.map { group in
            reach = Self.further(reach, group.interest.range.end == [0] ? nil : group.interest.range.end)
            return (group, reach)
        }
    }

    /// Nil is no end.
    private static func further(_ left: [UInt8]?, _ right: [UInt8]?) -> [UInt8]? {
        guard let left, let right else { return nil }
        return left.lexicographicallyPrecedes(right) ? right : left
    }

    /// Gives changes, all up to `revision`, to those who watch them; returns the watches whose readers must be woken.
    mutating func publish(_ events: [HistoryEvent], upTo revision: Revision) -> [EmbeddedWatch] {
        if groups.isEmpty { return [] }
        var touched: [Group] = []
        for event in events {
            for group in byKey[event.key] ?? [] { Self.put(event, in: group, &touched) }
            var place = firstStart(after: event.key)
            while place > 0 {
                place -= 1
                let (group, reach) = byStart[place]
                if let reach, !event.key.lexicographicallyPrecedes(reach) { break }
                if group.interest.range.contains(event.key) { Self.put(event, in: group, &touched) }
            }
        }
        var woken: [Watcher] = []
        for group in touched {
            let bytes = group.events.reduce(0) { $0 + $1.current.key.count + $1.current.value.count + 64 }
            for watcher in group.watches.values
            where watcher.watch.deliver(group.events, bytes: bytes, upTo: revision) {
                woken.append(watcher)
            }
            group.events = []
        }
        return Self.inOrder(woken)
    }

    private static func inOrder(_ watchers: [Watcher]) -> [EmbeddedWatch] {
        watchers.sorted { $0.number < $1.number }.map(\.watch)
    }

    private static func put(_ event: HistoryEvent, in group: Group, _ touched: inout [Group]) {
        if group.events.isEmpty { touched.append(group) }
        group.events.append(event.event(previousValue: group.interest.previousValues))
    }

    private func firstStart(after key: [UInt8]) -> Int {
        var low = 0
        var high = byStart.count
        while low < high {
            let middle = (low + high) / 2
            if key.lexicographicallyPrecedes(byStart[middle].group.interest.range.start) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }

    var all: [EmbeddedWatch] { Self.inOrder(groups.values.flatMap(\.watches.values)) }
}
