/// Deliberate bugs of the engine, for a simulator's tests only: each must be found by its checkers.
public enum StoreFault: String, Sendable, CaseIterable {
    /// What was written counts as durable before it is synchronized.
    case acknowledgesBeforeSynchronizing
    /// Votes leave before they are on disk.
    case sendsBeforeRemembering
    /// A new leader goes on with the lease times that it has seen as a follower, who hears of no renewal.
    case keepsOldLeaseTimes
    /// A leader renews leases without asking whether it still leads.
    case renewsUnconfirmed
    /// Reads are answered from the own state, as it is.
    case readsOwnState
    /// A write that was sent to a leader who is no more is sent again to the next.
    case repeatsUnanswered
    /// What is refused for want of room depends on the member's own disk instead of the cluster's alarms.
    case refusesByOwnDisk
    /// A leader without room on its disk goes on leading.
    case leadsWithoutRoom
}
