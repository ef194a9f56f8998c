import KeyValueCore

/// Everything a member holds at one moment; the table stays as it is while the store goes on.
public struct StoreCapture: Sendable {
    public var table: KeyTable
    public var leases: [Lease]
    /// The last log entry that is in it, and its term.
    public var appliedIndex: UInt64
    public var term: UInt64

    public init(table: KeyTable, leases: [Lease], appliedIndex: UInt64, term: UInt64) {
        self.table = table
        self.leases = leases
        self.appliedIndex = appliedIndex
        self.term = term
    }
}

extension EmbeddedStore {
    /// What this member has applied; costs nothing to take.
    public func capture() throws -> StoreCapture {
        try shared.withRunning { content in
            StoreCapture(
                table: content.state.table, leases: Array(content.state.leases.values),
                appliedIndex: content.applied.position.index, term: content.applied.position.term)
        }
    }
}

extension KeyValueSnapshot {
    /// A state that was read from elsewhere, for a store that is to begin with it.
    public init(_ keyValues: KeyValueState) {
        self.keyValues = keyValues
        revision = keyValues.revision
    }
}
