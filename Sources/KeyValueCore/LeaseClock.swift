import HeapModule

/// Tells which leases have run out. It is not replicated: the leader keeps one, gives every lease its full time when
/// it takes over (as etcd does), and proposes the revocation of what has run out.
public struct LeaseClock: Sendable {
    private struct Deadline: Comparable {
        var milliseconds: Int64
        var id: LeaseID
        static func < (left: Deadline, right: Deadline) -> Bool {
            (left.milliseconds, left.id) < (right.milliseconds, right.id)
        }
    }
    private var deadlines: [LeaseID: (deadline: Int64, timeToLive: Int64)] = [:]
    /// One entry per lease, with a deadline that may have been put off since.
    private var queue: Heap<Deadline> = []

    public init() {}

    /// Starts or restarts a lease's time; `now` is any clock that never goes back, in milliseconds. (Whole seconds would
    /// take up to one from a lease.)
    public mutating func start(_ id: LeaseID, timeToLiveSeconds: Int64, now: Int64) {
        let isNew = deadlines[id] == nil
        let length = timeToLiveSeconds.multipliedReportingOverflow(by: 1_000)
        let deadline = now.addingReportingOverflow(length.partialValue)
        deadlines[id] = (length.overflow || deadline.overflow ? .max : deadline.partialValue, timeToLiveSeconds)
        if isNew { queue.insert(Deadline(milliseconds: deadlines[id]?.deadline ?? 0, id: id)) }
    }

    /// Gives a lease its full time from `now` on and returns that; nil if there is no such lease. A `now` that has
    /// passed never takes from it what it has.
    public mutating func renew(_ id: LeaseID, now: Int64) -> Int64? {
        guard let lease = deadlines[id] else { return nil }
        start(id, timeToLiveSeconds: lease.timeToLive, now: now)
        if let renewed = deadlines[id], renewed.deadline < lease.deadline { deadlines[id] = lease }
        return lease.timeToLive
    }

    public mutating func remove(_ id: LeaseID) { deadlines[id] = nil }

    /// Whole seconds that a lease still has; nil if there is no such lease.
    public func remaining(_ id: LeaseID, now: Int64) -> Int64? {
        deadlines[id].map { max(0, $0.deadline - now) / 1_000 }
    }

    /// Leases that have run out, each told once (unless it is started again), at most `limit` of them.
    public mutating func expired(now: Int64, limit: Int) -> [LeaseID] {
        var result: [LeaseID] = []
        while result.count < limit, let first = queue.min, first.milliseconds <= now {
            queue.removeMin()
            guard let lease = deadlines[first.id] else { continue }
            if lease.deadline <= now {
                deadlines[first.id] = nil
                result.append(first.id)
            } else {
                queue.insert(Deadline(milliseconds: lease.deadline, id: first.id))
            }
        }
        return result
    }
}
