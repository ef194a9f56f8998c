/// When the work is due that recurs: leases that ran out, compaction, idle watches. Milliseconds of the engine's clock.
struct PeriodicWork {
    private var next = Int64.min
    private var nextProgress = Int64.min
    /// Idle watches are told how far the store is after so many milliseconds.
    private static let progressMilliseconds: Int64 = 5_000

    mutating func isDue(now: Int64, everyMilliseconds pause: Int64) -> Bool {
        guard now >= next else { return false }
        next = now + pause
        return true
    }

    mutating func progressIsDue(now: Int64) -> Bool {
        guard now >= nextProgress else { return false }
        nextProgress = now + Self.progressMilliseconds
        return true
    }
}
