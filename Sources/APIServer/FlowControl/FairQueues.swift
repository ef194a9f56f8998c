/// The requests of one priority level, as a value: who may run now, who waits in which queue, and who is turned away. It is
/// told of each event with the time, and says what follows (KEP-1040: seats, shuffle sharding, fair queuing).
struct FairQueues: Sendable {
    /// What a level's configuration says of its queues.
    struct Shape: Sendable, Equatable {
        /// 0: whoever finds no seat is turned away.
        var queueCount = 0
        var handSize = 1
        var lengthLimit = 0
    }
    enum Entry: Sendable, Equatable { case runs, waits, refused }
    typealias Identity = UInt64

    private struct Waiting: Sendable {
        var identity: Identity
        var seats: Int
        var since: Int64
    }
    private struct Queue: Sendable {
        var waiting: [Waiting] = []
        /// Served so far, in seat-seconds; who has been served least comes next.
        var served = 0.0
        var running = 0
    }
    private struct Running: Sendable {
        var queue: Int?
        var seats: Int
        var since: Int64
    }

    private(set) var shape: Shape
    private var queues: [Queue]
    private var running: [Identity: Running] = [:]
    /// The service that a queue has which was empty until now: no more than the least of those with work, so that nobody
    /// saves up for later.
    private var floor = 0.0
    private(set) var seatsInUse = 0
    private(set) var waitingCount = 0
    /// The most seats that were wanted at once since it was last asked.
    private(set) var demand = 0

    /// What a request is thought to take until it is known, in seconds.
    private static let guess = 0.005

    init(_ shape: Shape) {
        self.shape = shape
        queues = Array(repeating: Queue(), count: shape.queueCount)
    }

    /// Takes another shape; who waits goes on waiting, in the queue of the same place modulo their number.
    mutating func reshape(_ new: Shape) {
        guard new != shape else { return }
        let old = queues
        shape = new
        queues = Array(repeating: Queue(), count: max(new.queueCount, waitingCount > 0 ? 1 : 0))
        for (index, queue) in old.enumerated() where !queues.isEmpty {
            queues[index % queues.count].waiting += queue.waiting
            queues[index % queues.count].served = max(queues[index % queues.count].served, queue.served)
        }
        for identity in running.keys { running[identity]?.queue = nil }
    }

    // MARK: Events

    /// A request of a flow comes; `canTake` says whether the level may have so many more seats.
    mutating func arrive(
        _ identity: Identity, flow: UInt64, seats: Int, at now: Int64, canTake: (Int) -> Bool
    ) -> Entry {
        defer { note() }
        guard !queues.isEmpty else {
            guard canTake(seats) else { return .refused }
            start(identity, seats: seats, queue: nil, at: now)
            return .runs
        }
        let index = choose(flow)
        if waitingCount == 0, canTake(seats) {
            wake(index)
            start(identity, seats: seats, queue: index, at: now)
            return .runs
        }
        guard queues[index].waiting.count < shape.lengthLimit else { return .refused }
        if queues[index].waiting.isEmpty { wake(index) }
        queues[index].waiting.append(Waiting(identity: identity, seats: seats, since: now))
        waitingCount += 1
        return .waits
    }

    /// A request is done.
    mutating func finish(_ identity: Identity, at now: Int64) {
        guard let entry = running.removeValue(forKey: identity) else { return }
        seatsInUse -= entry.seats
        guard let index = entry.queue, queues.indices.contains(index) else { return }
        queues[index].running -= 1
        let seconds = Double(now - entry.since) / 1e9
        queues[index].served += Double(entry.seats) * (seconds - Self.guess)
    }

    /// Takes back a request that waits; false if it does not.
    mutating func giveUp(_ identity: Identity) -> Bool {
        for index in queues.indices {
            guard let place = queues[index].waiting.firstIndex(where: { $0.identity == identity }) else { continue }
            queues[index].waiting.remove(at: place)
            waitingCount -= 1
            return true
        }
        return false
    }

    /// Those that have waited since before a time; they wait no longer.
    mutating func expire(before time: Int64) -> [Identity] {
        guard waitingCount > 0 else { return [] }
        var expired: [Identity] = []
        for index in queues.indices {
            let late = queues[index].waiting.filter { $0.since < time }
            if late.isEmpty { continue }
            queues[index].waiting.removeAll { $0.since < time }
            waitingCount -= late.count
            expired += late.map(\.identity)
        }
        return expired
    }

    /// The next that may run, if seats are there for it.
    mutating func next(at now: Int64, canTake: (Int) -> Bool) -> Identity? {
        guard waitingCount > 0 else { return nil }
        var best: Int?
        for index in queues.indices where !queues[index].waiting.isEmpty {
            if best.map({ queues[index].served < queues[$0].served }) ?? true { best = index }
        }
        guard let index = best, let first = queues[index].waiting.first, canTake(first.seats) else { return nil }
        queues[index].waiting.removeFirst()
        waitingCount -= 1
        floor = max(floor, queues[index].served)
        start(first.identity, seats: first.seats, queue: index, at: now)
        note()
        return first.identity
    }

    /// Begins a new period of looking at the demand.
    mutating func takeDemand() -> Int {
        defer {
            demand = 0
            note()
        }
        return demand
    }

    struct QueueFigures: Sendable, Equatable {
        var waiting: Int
        var executing: Int
        var seatsInUse: Int
        /// Seat-seconds so far.
        var served: Double
        var seatsWanted: Int
        var mostSeatsWanted: Int
        /// Seat-seconds that those who wait are thought to take.
        var guessedWork: Double
    }
    var runningCount: Int { running.count }
    var figures: [QueueFigures] {
        queues.enumerated().map { index, queue in
            let seats = queue.waiting.map(\.seats)
            return QueueFigures(
                waiting: seats.count, executing: queue.running,
                seatsInUse: running.values.reduce(0) { $0 + ($1.queue == index ? $1.seats : 0) },
                served: queue.served, seatsWanted: seats.reduce(0, +), mostSeatsWanted: seats.max() ?? 0,
                guessedWork: Double(seats.reduce(0, +)) * Self.guess)
        }
    }

    // MARK: Helpers

    private mutating func start(_ identity: Identity, seats: Int, queue: Int?, at now: Int64) {
        running[identity] = Running(queue: queue, seats: seats, since: now)
        seatsInUse += seats
        guard let queue else { return }
        queues[queue].running += 1
        queues[queue].served += Double(seats) * Self.guess
    }

    /// A queue that had nothing to do begins with what the others have had.
    private mutating func wake(_ index: Int) {
        if queues[index].running == 0 { queues[index].served = max(queues[index].served, floor) }
    }

    private mutating func note() { demand = max(demand, seatsInUse + waitingCount) }

    /// The shortest of the queues that the flow's hash deals to it (shuffle sharding).
    private func choose(_ flow: UInt64) -> Int {
        var hash = flow
        var left = queues.count
        var hand: [Int] = []
        for _ in 0..<min(max(shape.handSize, 1), queues.count) {
            var card = Int(hash % UInt64(left))
            hash /= UInt64(left)
            left -= 1
            for taken in hand.sorted() where card >= taken { card += 1 }
            hand.append(card)
        }
        func load(_ index: Int) -> Int { queues[index].waiting.count + queues[index].running }
        return hand.min { load($0) < load($1) } ?? 0
    }
}
