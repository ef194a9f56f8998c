/// What one log entry says. Whatever depends on time or chance has been decided before: a lease's number, and that
/// it has run out.
public enum Command: Sendable, Equatable {
    case transact(Transaction)
    case grantLease(LeaseID, timeToLiveSeconds: Int64)
    case revokeLease(LeaseID)
    case compact(Revision)
}

extension Command {
    /// Whether it may make the store larger for good; a store without space refuses it, as etcd does.
    public var takesSpace: Bool {
        switch self {
        case .transact(let transaction): transaction.puts
        case .grantLease: true
        case .revokeLease, .compact: false
        }
    }
}

/// What a command answered.
public enum CommandResult: Sendable, Equatable {
    case transaction(TransactionResponse)
    case leaseGranted(LeaseID, revision: Revision)
    case leaseRevoked(revision: Revision)
    case compacted(Revision)
}

extension Transaction {
    /// Transactions nested deeper than this are refused.
    public static let maximumDepth = 16

    /// Whether there is a way through it that puts a key.
    var puts: Bool {
        (success + failure).contains { operation in
            switch operation {
            case .put: true
            case .transaction(let nested): nested.puts
            case .range, .delete: false
            }
        }
    }

    /// Whether it can only read, so that it needs no log entry.
    public var isReadOnly: Bool { (success + failure).allSatisfy(\.isReadOnly) }

    /// What etcd refuses before a transaction is proposed: empty keys, and a key that one way through the
    /// transaction would put twice, or both put and delete.
    public func validate() throws(KeyValueError) { _ = try checkedWrites(depth: 1) }

    /// Throws for an empty key; returns false if a transaction is nested.
    private func hasOnlySimpleOperations() throws(KeyValueError) -> Bool {
        for operation in success + failure {
            switch operation {
            case .put(let key, _, _, _, _, _): if key.isEmpty { throw .emptyKey }
            case .delete(let range, _): if range.start.isEmpty { throw .emptyKey }
            case .range(let request): if request.range.start.isEmpty { throw .emptyKey }
            case .transaction: return false
            }
        }
        return true
    }

    /// The keys put and the ranges deleted, on any way through.
    private func checkedWrites(depth: Int) throws(KeyValueError) -> (puts: Set<[UInt8]>, deletes: [KeyRange]) {
        if depth > Self.maximumDepth { throw .tooDeep }
        for compare in compare where compare.range.start.isEmpty { throw .emptyKey }
        // Most transactions have one operation, which cannot be in its own way.
        if depth == 1, success.count <= 1, failure.count <= 1, try hasOnlySimpleOperations() { return ([], []) }
        let (thenPuts, thenDeletes) = try Self.checkedWrites(success, depth)
        let (elsePuts, elseDeletes) = try Self.checkedWrites(failure, depth)
        return (thenPuts.union(elsePuts), thenDeletes + elseDeletes)
    }

    private static func checkedWrites(
        _ operations: [Operation], _ depth: Int
    ) throws(KeyValueError) -> (puts: Set<[UInt8]>, deletes: [KeyRange]) {
        var puts: Set<[UInt8]> = []
        var deletes: [KeyRange] = []
        for case .delete(let range, _) in operations {
            if range.start.isEmpty { throw .emptyKey }
            deletes.append(range)
        }
        for case .transaction(let nested) in operations {
            let inner = try nested.checkedWrites(depth: depth + 1)
            for key in inner.puts { try add(key, to: &puts, deletes) }
            deletes += inner.deletes
        }
        for operation in operations {
            switch operation {
            case .put(let key, _, _, _, _, _):
                if key.isEmpty { throw .emptyKey }
                try add(key, to: &puts, deletes)
            case .range(let request):
                if request.range.start.isEmpty { throw .emptyKey }
            case .delete, .transaction:
                break
            }
        }
        return (puts, deletes)
    }

    private static func add(
        _ key: [UInt8], to puts: inout Set<[UInt8]>, _ deletes: [KeyRange]
    ) throws(KeyValueError) {
        if !puts.insert(key).inserted || deletes.contains(where: { $0.contains(key) }) { throw .duplicateKey }
    }
}

extension Operation {
    var isReadOnly: Bool {
        switch self {
        case .range: true
        case .put, .delete: false
        case .transaction(let nested): nested.isReadOnly
        }
    }
}
