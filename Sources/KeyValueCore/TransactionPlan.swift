/// A transaction with all its comparisons decided, nested ones too, on the state before any of its writes (as in
/// etcd), so that what follows cannot fail half way.
struct TransactionPlan {
    enum Step {
        case single(Operation)
        case nested(TransactionPlan)
    }
    let succeeded: Bool
    let steps: [Step]

    init(_ transaction: Transaction, on table: KeyTable) {
        succeeded = transaction.compare.allSatisfy { $0.holds(on: table) }
        steps = (succeeded ? transaction.success : transaction.failure).map { operation in
            if case .transaction(let nested) = operation { return .nested(TransactionPlan(nested, on: table)) }
            return .single(operation)
        }
    }

    /// Throws what any of the steps would.
    func check(on table: KeyTable, _ leases: [LeaseID: Lease]) throws(KeyValueError) {
        for step in steps {
            switch step {
            case .nested(let plan):
                try plan.check(on: table, leases)
            case .single(.put(let key, _, let lease, _, let ignoreValue, let ignoreLease)):
                if (ignoreValue || ignoreLease) && table.live(key) == nil { throw .keyNotFound }
                if !ignoreLease, lease != 0, leases[lease] == nil { throw .leaseNotFound(lease) }
            case .single(.range(let request)):
                if request.revision > table.revision { throw .futureRevision(current: table.revision) }
                if request.revision > 0, request.revision < table.compactedRevision {
                    throw .compacted(table.compactedRevision)
                }
            case .single(.delete), .single(.transaction):
                break
            }
        }
    }
}

extension Compare {
    /// Whether it holds for every key of the range. A key that is not there has zero for all numbers; its value
    /// compares as false, whatever the relation.
    func holds(on table: KeyTable) -> Bool {
        if range.end == nil {
            guard let version = table.live(range.start) else { return holdsForNothing }
            return holds(version.keyValue)
        }
        var any = false
        var all = true
        table.tree.visit(range, skippingDeleted: true) { slot in
            any = true
            all = holds(slot.newest.keyValue)
            return all
        }
        return any ? all : holdsForNothing
    }

    private var holdsForNothing: Bool {
        if case .value = target { return false }
        return holds(KeyValue(key: [], value: [], createRevision: 0, modRevision: 0, version: 0))
    }

    private func holds(_ keyValue: KeyValue) -> Bool {
        let order =
            switch target {
            case .createRevision(let wanted): Self.order(keyValue.createRevision, wanted)
            case .modRevision(let wanted): Self.order(keyValue.modRevision, wanted)
            case .version(let wanted): Self.order(keyValue.version, wanted)
            case .lease(let wanted): Self.order(keyValue.lease, wanted)
            case .value(let wanted): KeyOrder.compare(keyValue.value, wanted)
            }
        return switch relation {
        case .equal: order == 0
        case .notEqual: order != 0
        case .greater: order > 0
        case .less: order < 0
        }
    }

    private static func order(_ left: Int64, _ right: Int64) -> Int { left < right ? -1 : left == right ? 0 : 1 }
}
