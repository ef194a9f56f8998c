/// Who is to be woken, and when: those that wait for a change at once, those that poll in rounds. A value: it is told the
/// time (nanoseconds of an uptime) and answers whom to call; identities are the watchers' own.
struct WakeUps<Waiting: Sendable, Polling: Sendable>: Sendable {
    /// What waking one polling watcher costs (writing to its connection), roughly. Between two rounds of waking as much
    /// time passes for each of them, so that they take half a processor at most; up to fifty are woken at once.
    static var nanosecondsPerCall: Int64 { 20_000 }
    static var shortestPause: Int64 { 1_000_000 }
    static var longestPause: Int64 { 50_000_000 }

    /// What keeps the next round; each says how it ends.
    private enum Round: Sendable {
        /// News begins a round: then `open` again if few were called, else `resting`.
        case open
        /// The last round was large. At `until` it is open again; news before that makes it `due`.
        case resting(until: Int64)
        /// News came while it rested: the shell calls `takeDue` until that begins the round, after `until`. With nobody to
        /// call it rests again.
        case due(until: Int64)

        func keeps(at now: Int64) -> Int64? {
            switch self {
            case .open: nil
            case .resting(let until), .due(let until): now < until ? until : nil
            }
        }
        var isDue: Bool { if case .due = self { true } else { false } }
    }

    /// What becomes of a watcher that asks to be called.
    enum Answer: Equatable {
        /// There is enough for it already, or nothing that it should wait for.
        case lookAtOnce
        /// It will be called once; `asksForRound` says that the shell has to begin calling `takeDue`.
        case taken(asksForRound: Bool)
    }

    private var waiting: [Int: (deadline: Int64, wake: Waiting)] = [:]
    private var polling: [Int: (deadline: Int64, wake: Polling)] = [:]
    private var round = Round.open

    var isDue: Bool { round.isDue }
    /// Nobody is to be woken.
    var isIdle: Bool { waiting.isEmpty && polling.isEmpty }

    // MARK: Who comes

    mutating func wait(_ identity: Int, until deadline: Int64, _ wake: Waiting) {
        waiting[identity] = (deadline, wake)
    }

    /// `count` changes are there for it; with `backlog` of them it need not wait for a round.
    mutating func poll(
        _ identity: Int, until deadline: Int64, count: Int, backlog: Int, now: @autoclosure () -> Int64,
        _ wake: Polling
    ) -> Answer {
        guard count != 0 else {
            polling[identity] = (deadline, wake)
            return .taken(asksForRound: false)
        }
        guard count < backlog, let until = round.keeps(at: now()) else { return .lookAtOnce }
        polling[identity] = (deadline, wake)
        defer { round = .due(until: until) }
        return .taken(asksForRound: !round.isDue)
    }

    // MARK: What happens

    /// There is news: all that wait, and all that poll unless the round has to wait. The shell has to begin calling
    /// `takeDue` if `asksForRound`.
    mutating func news(at now: @autoclosure () -> Int64) -> (waiting: [Waiting], polling: [Polling], asksForRound: Bool)
    {
        if polling.isEmpty, !round.isDue { return (takeWaiting(), [], false) }
        let wasDue = round.isDue
        let calls = beginRound(at: now())
        return (takeWaiting(), calls, round.isDue && !wasDue)
    }

    /// Everything is new: all of them, at once.
    mutating func upheaval(at now: Int64) -> (waiting: [Waiting], polling: [Polling]) {
        round = .open
        return (takeWaiting(), beginRound(at: now))
    }

    /// A round that has become due and whose time has come; `isDue` tells whether to ask again.
    mutating func takeDue(at now: Int64) -> [Polling] { round.isDue ? beginRound(at: now) : [] }

    /// Those whose deadline has passed.
    mutating func expire(at now: Int64) -> (waiting: [Waiting], polling: [Polling]) {
        (Self.takeExpired(&waiting, now), Self.takeExpired(&polling, now))
    }

    /// One that is to look at once, whichever way it waits.
    mutating func take(_ identity: Int) -> (waiting: Waiting?, polling: Polling?) {
        (waiting.removeValue(forKey: identity)?.wake, polling.removeValue(forKey: identity)?.wake)
    }

    // MARK: Helpers

    private mutating func beginRound(at now: Int64) -> [Polling] {
        if polling.isEmpty {
            if case .due(let until) = round { round = .resting(until: until) }
            return []
        }
        if let until = round.keeps(at: now) {
            round = .due(until: until)
            return []
        }
        let calls = polling.values.map { $0.wake }
        polling.removeAll(keepingCapacity: true)
        let pause = Int64(calls.count) * Self.nanosecondsPerCall
        round = pause < Self.shortestPause ? .open : .resting(until: now + min(pause, Self.longestPause))
        return calls
    }

    private mutating func takeWaiting() -> [Waiting] {
        guard !waiting.isEmpty else { return [] }
        let all = waiting.values.map { $0.wake }
        waiting.removeAll(keepingCapacity: true)
        return all
    }

    private static func takeExpired<Wake>(
        _ table: inout [Int: (deadline: Int64, wake: Wake)], _ now: Int64
    ) -> [Wake] {
        if table.isEmpty { return [] }
        let due = table.filter { $0.value.deadline <= now }
        for identity in due.keys { table[identity] = nil }
        return due.values.map { $0.wake }
    }
}
