import DequeModule

/// Events that wait to be sent to somebody, as a value: how many may wait, when a batch goes, and how often. Moments are
/// nanoseconds since whenever.
struct BatchQueue: Sendable {
    struct Limits: Sendable, Equatable {
        /// How many events may wait; further ones are lost.
        var waiting = 10_000
        /// How many bytes they may have.
        var waitingBytes = 64 << 20
        /// How many events a batch has at most.
        var batch = 400
        /// How long an event waits for others to go with, in nanoseconds.
        var waitNanoseconds: Int64 = 30_000_000_000
        /// How many batches go in a second, and how many at once after a quiet time; nil: as many as there are.
        var throttle: Throttle? = Throttle()
        struct Throttle: Sendable, Equatable {
            var perSecond = 10.0
            var burst = 15
        }
    }
    enum Step: Equatable {
        case send([[UInt8]])
        /// Nothing is due before this moment.
        case wait(until: Int64)
        /// There is nothing.
        case rest
    }

    let limits: Limits
    private var events: Deque<(bytes: [UInt8], came: Int64)> = []
    private var bytes = 0
    /// Batches that may go now, in parts of one, as of a moment.
    private var allowance: (batches: Double, at: Int64)

    init(_ limits: Limits) {
        self.limits = limits
        allowance = (Double(limits.throttle?.burst ?? 0), 0)
    }

    var count: Int { events.count }

    /// Takes an event; false when there is no room for it.
    mutating func add(_ event: [UInt8], now: Int64) -> Bool {
        guard events.count < limits.waiting, bytes + event.count <= limits.waitingBytes else { return false }
        events.append((event, now))
        bytes += event.count
        return true
    }

    /// What is to be done now. At the end (`isLast`) nothing waits for company or for its turn.
    mutating func next(now: Int64, isLast: Bool = false) -> Step {
        guard let first = events.first else { return .rest }
        let due = first.came + limits.waitNanoseconds
        if !isLast, events.count < limits.batch, now < due { return .wait(until: due) }
        if !isLast, let turn = turn(now: now) { return .wait(until: turn) }
        let batch = events.prefix(limits.batch).map(\.bytes)
        events.removeFirst(batch.count)
        for event in batch { bytes -= event.count }
        return .send(batch)
    }

    /// Takes a place among the batches of this second; else the moment when there is one.
    private mutating func turn(now: Int64) -> Int64? {
        guard let throttle = limits.throttle else { return nil }
        let passed = Double(max(0, now - allowance.at)) / 1e9
        // Of the first moment nothing is known but that it was quiet before.
        let batches = min(Double(throttle.burst), allowance.batches + passed * throttle.perSecond)
        guard batches >= 1 else {
            allowance = (batches, now)
            return now + Int64((1 - batches) / throttle.perSecond * 1e9) + 1
        }
        allowance = (batches - 1, now)
        return nil
    }
}
