/// What will happen when: a heap of events by time, and for one time in the order in which they were planned, so that
/// nothing about the order is left to chance. Times are microseconds.
struct Agenda<Event> {
    private struct Item {
        var time: UInt64
        var number: UInt64
        var event: Event
    }
    private var items: [Item] = []
    private var planned: UInt64 = 0
    /// The time of the last event that was taken.
    private(set) var now: UInt64 = 0

    var isEmpty: Bool { items.isEmpty }
    var count: Int { items.count }

    mutating func plan(_ event: Event, after delay: UInt64) {
        planned += 1
        items.append(Item(time: now + delay, number: planned, event: event))
        var place = items.count - 1
        while place > 0, isBefore(place, (place - 1) / 2) {
            items.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Takes the next event; time goes on to its moment.
    mutating func next() -> Event? {
        guard let first = items.first else { return nil }
        let last = items.removeLast()
        if !items.isEmpty {
            items[0] = last
            sink()
        }
        now = first.time
        return first.event
    }

    private mutating func sink() {
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < items.count && isBefore(child, least) {
                least = child
            }
            if least == place { return }
            items.swapAt(place, least)
            place = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (items[left], items[right])
        return left.time != right.time ? left.time < right.time : left.number < right.number
    }
}
