/// What will happen when: a heap of events by time, and for one time in the order in which they were planned, so that
/// nothing about the order is left to chance. Times are microseconds.
struct Agenda<Event> {
    /// What moves in the heap is small; the events stay where they are.
    private struct Item {
        var time: UInt64
        var number: UInt64
        var slot: Int
    }
    private var items: [Item] = []
    private var events: [Event?] = []
    private var freeSlots: [Int] = []
    private var planned: UInt64 = 0
    /// The time of the last event that was taken.
    private(set) var now: UInt64 = 0

    var isEmpty: Bool { items.isEmpty }
    var count: Int { items.count }

    mutating func plan(_ event: Event, after delay: UInt64) {
        planned += 1
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            events[slot] = event
        } else {
            slot = events.count
            events.append(event)
        }
        items.append(Item(time: now + delay, number: planned, slot: slot))
        rise()
    }

    /// Takes the next event; time goes on to its moment.
    mutating func next() -> Event? {
        guard let first = items.first else { return nil }
        let last = items.removeLast()
        if !items.isEmpty { sink(last) }
        now = first.time
        freeSlots.append(first.slot)
        return events[first.slot].take()
    }

    /// Brings the last item to its place.
    private mutating func rise() {
        var place = items.count - 1
        let item = items[place]
        while place > 0, Self.isBefore(item, items[(place - 1) / 2]) {
            items[place] = items[(place - 1) / 2]
            place = (place - 1) / 2
        }
        items[place] = item
    }

    /// Puts an item in the place of the first.
    private mutating func sink(_ item: Item) {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < items.count else { break }
            if child + 1 < items.count, Self.isBefore(items[child + 1], items[child]) { child += 1 }
            guard Self.isBefore(items[child], item) else { break }
            items[place] = items[child]
            place = child
        }
        items[place] = item
    }

    private static func isBefore(_ left: Item, _ right: Item) -> Bool {
        left.time != right.time ? left.time < right.time : left.number < right.number
    }
}
