/// The replicated state: every key with its history, and the leases. `apply` is the only way to change it, and does
/// the same on every member.
public struct KeyValueState: Sendable {
    /// The keys; take a copy to read without holding the state up.
    public private(set) var table = KeyTable()
    public private(set) var leases: [LeaseID: Lease] = [:]
    private var history = EventHistory()
    private var contentHash: UInt64 = 0
    /// About the memory that keys, values, history and leases take; kept up with each change. It falls when
    /// `freeCompacted` has freed what compaction made unreadable, so members that applied the same may differ in it.
    public private(set) var bytesHeld = 0

    public init() {}

    public var revision: Revision { table.revision }
    public var compactedRevision: Revision { table.compactedRevision }

    /// Equal on members that applied the same commands, and after a restore; costs nothing.
    public var hash: UInt64 {
        var hash = ContentHash()
        hash.add(contentHash)
        hash.add(table.revision)
        hash.add(table.compactedRevision)
        return hash.value
    }

    /// Carries a command out whole, or changes nothing and throws.
    public mutating func apply(_ command: Command) throws(KeyValueError) -> CommandResult {
        switch command {
        case .transact(let transaction): .transaction(try transact(transaction))
        case .grantLease(let id, let seconds): try grantLease(id, timeToLiveSeconds: seconds)
        case .revokeLease(let id): try revokeLease(id)
        case .compact(let revision): try compact(revision)
        }
    }

    /// Reads a range, at the newest or any uncompacted revision.
    public func range(_ request: RangeRequest) throws(KeyValueError) -> RangeResponse { try table.range(request) }

    // MARK: Transactions

    private mutating func transact(_ transaction: Transaction) throws(KeyValueError) -> TransactionResponse {
        try transaction.validate()
        let plan = TransactionPlan(transaction, on: table)
        try plan.check(on: table, leases)
        var change = Change(revision: table.revision + 1)
        let response = try run(plan, &change)
        finish(change)
        return response
    }

    /// What the transaction would answer, without its writes; meant for one that only reads.
    public func read(_ transaction: Transaction) throws(KeyValueError) -> TransactionResponse {
        var copy = self
        return try copy.transact(transaction)
    }

    /// The revision that a command's changes get, and how many it has made so far.
    private struct Change {
        let revision: Revision
        var count: Int64 = 0
    }

    /// A command's changes become visible, all at one revision; without changes the revision stays.
    private mutating func finish(_ change: Change) {
        if change.count > 0 { table.revision = change.revision }
    }

    private mutating func run(
        _ plan: TransactionPlan, _ change: inout Change
    ) throws(KeyValueError) -> TransactionResponse {
        var responses: [OperationResponse] = []
        responses.reserveCapacity(plan.steps.count)
        for step in plan.steps {
            switch step {
            case .nested(let plan):
                responses.append(.transaction(try run(plan, &change)))
            case .single(.range(let request)):
                responses.append(.range(try range(request, within: change)))
            case .single(.put(let key, let value, let lease, let previous, let ignoreValue, let ignoreLease)):
                let old = put(
                    key, ignoreValue ? nil : value, lease: ignoreLease ? nil : lease, &change)
                responses.append(.put(previous: previous ? old?.keyValue : nil))
            case .single(.delete(let range, let previous)):
                let gone = delete(range, &change)
                responses.append(.delete(deleted: gone.count, previous: previous ? gone.map(\.keyValue) : []))
            case .single(.transaction):
                break
            }
        }
        return TransactionResponse(
            succeeded: plan.succeeded, responses: responses,
            revision: change.count > 0 ? change.revision : table.revision)
    }

    /// A range inside a transaction sees what the transaction has written so far.
    private func range(
        _ request: RangeRequest, within change: Change
    ) throws(KeyValueError) -> RangeResponse {
        guard change.count > 0 else { return try table.range(request) }
        var table = table
        table.revision = change.revision
        return try table.range(request)
    }

    /// Nil for the value or the lease keeps what is there.
    private mutating func put(
        _ key: [UInt8], _ value: [UInt8]?, lease: LeaseID?, _ change: inout Change
    ) -> KeyVersion? {
        let revision = change.revision
        let subRevision = change.count
        let result = table.tree.append(key) { newest in
            let old = newest.flatMap { $0.isDeletion ? nil : $0.keyValue }
            // The key's bytes are shared by all its versions.
            let keyValue = KeyValue(
                key: newest?.keyValue.key ?? key, value: value ?? old?.value ?? [],
                createRevision: old?.createRevision ?? revision, modRevision: revision,
                version: (old?.version ?? 0) + 1, lease: lease ?? old?.lease ?? 0)
            return KeyVersion(keyValue, subRevision: subRevision)
        }
        guard let result else { return nil }
        return record(result.new, after: result.old, &change)
    }

    private mutating func delete(_ range: KeyRange, _ change: inout Change) -> [KeyVersion] {
        var keys: [[UInt8]] = []
        table.tree.visit(range, skippingDeleted: true) { slot in
            keys.append(slot.key)
            return true
        }
        return keys.compactMap { delete($0, &change) }
    }

    private mutating func delete(_ key: [UInt8], _ change: inout Change) -> KeyVersion? {
        let revision = change.revision
        let subRevision = change.count
        let result = table.tree.append(key) { newest in
            guard let newest, !newest.isDeletion else { return nil }
            return KeyVersion(deletionOf: newest.keyValue.key, at: revision, subRevision: subRevision)
        }
        guard let result else { return nil }
        return record(result.new, after: result.old, &change)
    }

    /// Takes note of a version already in the tree; returns what was live before.
    private mutating func record(
        _ new: KeyVersion, after newest: KeyVersion?, _ change: inout Change
    ) -> KeyVersion? {
        change.count += 1
        bytesHeld += new.bytesHeld + (newest == nil ? HeldBytes.key + new.keyValue.key.count : 0)
        let old = newest.flatMap { $0.isDeletion ? nil : $0 }
        history.append(HistoryEvent(current: new, previous: old))
        contentHash = contentHash &+ new.hash &- (old?.hash ?? 0)
        let oldLease = old?.keyValue.lease ?? 0
        if oldLease != new.keyValue.lease {
            if oldLease != 0 { leases[oldLease]?.keys.remove(new.keyValue.key) }
            if new.keyValue.lease != 0 { leases[new.keyValue.lease]?.keys.insert(new.keyValue.key) }
        }
        return old
    }

    // MARK: Leases

    private mutating func grantLease(
        _ id: LeaseID, timeToLiveSeconds: Int64
    ) throws(KeyValueError) -> CommandResult {
        if leases[id] != nil { throw .leaseExists(id) }
        let lease = Lease(id: id, timeToLiveSeconds: timeToLiveSeconds)
        leases[id] = lease
        bytesHeld += HeldBytes.lease
        contentHash &+= lease.hash
        return .leaseGranted(id, revision: table.revision)
    }

    private mutating func revokeLease(_ id: LeaseID) throws(KeyValueError) -> CommandResult {
        guard let lease = leases[id] else { throw .leaseNotFound(id) }
        var change = Change(revision: table.revision + 1)
        for key in lease.keys.sorted(by: { KeyOrder.compare($0, $1) < 0 }) { _ = delete(key, &change) }
        finish(change)
        leases[id] = nil
        bytesHeld -= HeldBytes.lease
        contentHash &-= lease.hash
        return .leaseRevoked(revision: table.revision)
    }

    // MARK: History

    private mutating func compact(_ revision: Revision) throws(KeyValueError) -> CommandResult {
        if revision <= table.compactedRevision { throw .compacted(table.compactedRevision) }
        if revision > table.revision { throw .futureRevision(current: table.revision) }
        table.compactedRevision = revision
        return .compacted(revision)
    }

    /// Frees up to `limit` changes that compaction made unreadable; returns whether there may be more. Nothing that
    /// can be asked depends on how often this is called.
    public mutating func freeCompacted(limit: Int) -> Bool {
        var rest = limit
        while rest > 0 {
            guard let event = history.popFirst(upTo: table.floor) else { return false }
            bytesHeld -= table.tree.trim(event.key, to: table.floor)
            rest -= 1
        }
        return true
    }

    /// Calls `body` for the changes from `revision` on, in order, until it returns false.
    public func visitHistory(
        from revision: Revision, _ body: (HistoryEvent) -> Bool
    ) throws(KeyValueError) {
        if revision < table.compactedRevision { throw .compacted(table.compactedRevision) }
        history.visit(from: revision, body)
    }

    /// Calls `body` for what was applied after `revision`, in order. For who hands on what was just applied: even if
    /// it has been compacted by now, it is there until the next `freeCompacted`.
    public func visitApplied(after revision: Revision, _ body: (HistoryEvent) -> Void) {
        history.visit(from: revision + 1) { event in
            body(event)
            return true
        }
    }
}

// MARK: Restoring

extension KeyValueState {
    /// The state of which `slots` (in key order, as `KeyTable.visitRetained` gave them) and `leases` are all.
    public init(
        slots: some Sequence<KeySlot>, leases: some Sequence<Lease>, revision: Revision, compactedRevision: Revision
    ) {
        table.tree = KeyTree(sorted: slots)
        table.revision = revision
        table.compactedRevision = compactedRevision
        for lease in leases {
            self.leases[lease.id] = Lease(id: lease.id, timeToLiveSeconds: lease.timeToLiveSeconds)
            bytesHeld += HeldBytes.lease
            contentHash &+= lease.hash
        }
        var events: [HistoryEvent] = []
        table.tree.visit(.prefix([]), skippingDeleted: false) { slot in
            bytesHeld += slot.bytesHeld
            collectEvents(of: slot, &events)
            if !slot.newest.isDeletion { attach(slot.newest) }
            return true
        }
        events.sort { ($0.revision, $0.current.subRevision) < ($1.revision, $1.current.subRevision) }
        for event in events { history.append(event) }
    }

    private func collectEvents(of slot: KeySlot, _ events: inout [HistoryEvent]) {
        var previous: KeyVersion?
        for version in slot.older + CollectionOfOne(slot.newest) {
            if version.revision > table.floor { events.append(HistoryEvent(current: version, previous: previous)) }
            previous = version.isDeletion ? nil : version
        }
    }

    private mutating func attach(_ version: KeyVersion) {
        contentHash &+= version.hash
        if version.keyValue.lease != 0 { leases[version.keyValue.lease]?.keys.insert(version.keyValue.key) }
    }
}
