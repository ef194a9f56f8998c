import Basics
import Collections

/// What is due when, in the order of time, and for one time in the order in which it was put in. What is not wanted any more
/// stays in; whoever takes it looks whether it still is.
struct TimerQueue<Element: Sendable>: Sendable {
    private struct Entry: Comparable, Sendable {
        /// Milliseconds since 1970.
        let at: Int64
        let number: UInt64
        let element: Element
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
        static func < (left: Entry, right: Entry) -> Bool { (left.at, left.number) < (right.at, right.number) }
    }
    private var entries = Heap<Entry>()
    private var count: UInt64 = 0

    /// Put off to the next tick.
    mutating func add(_ element: Element, at instant: Instant) {
        count += 1
        entries.insert(Entry(at: Self.tick(instant), number: count, element: element))
    }

    var next: Instant? { entries.min.map { Instant(nanoseconds: $0.at * 1_000_000) } }

    /// Takes the first that is due, if any is.
    mutating func take(at now: Instant) -> Element? {
        guard let first = entries.min, first.at * 1_000_000 <= now.nanoseconds else { return nil }
        return entries.popMin()?.element
    }

    static func tick(_ instant: Instant) -> Int64 {
        let step = SimulationLimits.tickMilliseconds * 1_000_000
        return (instant.nanoseconds / step + (instant.nanoseconds % step == 0 ? 0 : 1))
            * SimulationLimits.tickMilliseconds
    }
}
