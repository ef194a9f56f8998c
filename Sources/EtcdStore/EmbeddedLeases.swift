import KeyValueCore

/// Leases; the leader keeps their clock.
extension EmbeddedStore {
    /// With an id of 0 the store chooses one.
    public func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID {
        let id = id == 0 ? LeaseID(truncatingIfNeeded: max(1, random() & UInt64(Int64.max))) : id
        _ = try await propose(.grantLease(id, timeToLiveSeconds: timeToLiveSeconds))
        return id
    }

    public func revokeLease(_ id: LeaseID) async throws { _ = try await propose(.revokeLease(id)) }

    /// Gives a lease its full time again, and returns that in seconds. The leader keeps the clock.
    public func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 {
        let now = clock.uptimeMilliseconds
        let seconds: Int64?? = try shared.withRunning { content in
            content.memberState.isAlone ? .some(content.leaseClock.renew(id, now: now)) : nil
        }
        switch seconds {
        case .some(let seconds?): return seconds
        case .some(nil): throw KeyValueError.leaseNotFound(id)
        case nil:
            guard case .seconds(let seconds) = try await ask(.keepAlive(id)) else { throw StoreError.unknownOutcome }
            return seconds
        }
    }

    /// The lease with its keys, and the seconds it has left by this member's clock, which counts if it leads.
    public func lease(_ id: LeaseID) throws -> (lease: Lease, remainingSeconds: Int64) {
        let now = clock.uptimeMilliseconds
        return try shared.withRunning { content in
            guard let lease = content.state.leases[id] else { throw KeyValueError.leaseNotFound(id) }
            return (lease, content.leaseClock.remaining(id, now: now) ?? 0)
        }
    }

    /// The lease with its keys, and the seconds it has left by the leader's clock.
    public func leaseStatus(_ id: LeaseID) async throws -> (lease: Lease, remainingSeconds: Int64) {
        try await catchUp()
        var (lease, remaining) = try lease(id)
        if try shared.withRunning({ $0.memberState.isAlone }) { return (lease, remaining) }
        guard case .seconds(let seconds) = try await ask(.remaining(id)) else { throw StoreError.unknownOutcome }
        remaining = seconds
        return (lease, remaining)
    }

    /// Numbers of all leases, in order.
    public func leases() throws -> [LeaseID] { try shared.withRunning { $0.state.leases.keys.sorted() } }
}
