/// Counts changes of the whole store; the first change has revision 2, as in etcd.
public typealias Revision = Int64
/// A lease's number; 0 is no lease.
public typealias LeaseID = Int64

/// A key with its value and history, as etcd's `mvccpb.KeyValue`.
public struct KeyValue: Sendable, Equatable {
    public var key: [UInt8]
    public var value: [UInt8]
    /// The revision at which the key was last created.
    public var createRevision: Revision
    /// The revision of the last change.
    public var modRevision: Revision
    /// Changes since creation, from 1.
    public var version: Int64
    public var lease: LeaseID
    public init(
        key: [UInt8], value: [UInt8], createRevision: Revision, modRevision: Revision, version: Int64,
        lease: LeaseID = 0
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
        self.lease = lease
    }
}

/// Keys from `start` up to but without `end`; without an end, the one key `start`.
public struct KeyRange: Sendable, Hashable {
    public var start: [UInt8]
    /// nil: the single key `start`; the single byte 0: everything from `start` on (etcd's convention).
    public var end: [UInt8]?
    public init(start: [UInt8], end: [UInt8]?) {
        self.start = start
        self.end = end
    }
    public static func key(_ key: [UInt8]) -> KeyRange { KeyRange(start: key, end: nil) }
    /// All keys that begin with `prefix`; the empty prefix is every key.
    public static func prefix(_ prefix: [UInt8]) -> KeyRange {
        var end = prefix
        while let last = end.last {
            if last < 0xFF {
                end[end.count - 1] = last + 1
                return KeyRange(start: prefix, end: end)
            }
            end.removeLast()
        }
        return KeyRange(start: prefix.isEmpty ? [0] : prefix, end: [0])
    }
    public func contains(_ key: [UInt8]) -> Bool {
        guard let end else { return key == start }
        if key.lexicographicallyPrecedes(start) { return false }
        return end == [0] || key.lexicographicallyPrecedes(end)
    }
}

/// What to read, as etcd's `RangeRequest` without sorting (which is the front's).
public struct RangeRequest: Sendable, Equatable {
    public var range: KeyRange
    /// 0 is without limit.
    public var limit: Int
    /// 0 is the newest.
    public var revision: Revision
    public var keysOnly: Bool
    public var countOnly: Bool
    /// Whether an answer from this member's own state, possibly stale, will do.
    public var serializable: Bool
    public init(
        _ range: KeyRange, limit: Int = 0, revision: Revision = 0, keysOnly: Bool = false, countOnly: Bool = false,
        serializable: Bool = false
    ) {
        self.range = range
        self.limit = limit
        self.revision = revision
        self.keysOnly = keysOnly
        self.countOnly = countOnly
        self.serializable = serializable
    }
}

public struct RangeResponse: Sendable, Equatable {
    public var keyValues: [KeyValue]
    /// Whether `limit` cut the answer.
    public var more: Bool
    /// How many keys are in the range, whatever the limit.
    public var count: Int
    /// The store's revision when the answer was made.
    public var revision: Revision
    public init(keyValues: [KeyValue], more: Bool, count: Int, revision: Revision) {
        self.keyValues = keyValues
        self.more = more
        self.count = count
        self.revision = revision
    }
}

/// One condition of a transaction.
public struct Compare: Sendable, Equatable {
    public enum Target: Sendable, Equatable {
        case createRevision(Revision), modRevision(Revision), version(Int64), value([UInt8]), lease(LeaseID)
    }
    public enum Relation: Sendable { case equal, notEqual, greater, less }
    public var range: KeyRange
    public var target: Target
    public var relation: Relation
    public init(_ key: [UInt8], _ target: Target, is relation: Relation = .equal) {
        self.init(range: .key(key), target: target, relation: relation)
    }
    public init(range: KeyRange, target: Target, relation: Relation) {
        self.range = range
        self.target = target
        self.relation = relation
    }
}

/// One operation of a transaction.
public indirect enum Operation: Sendable, Equatable {
    case range(RangeRequest)
    case put(
        key: [UInt8], value: [UInt8], lease: LeaseID = 0, previous: Bool = false, ignoreValue: Bool = false,
        ignoreLease: Bool = false)
    case delete(KeyRange, previous: Bool = false)
    case transaction(Transaction)
}

/// If every comparison holds, `success` is done, else `failure`; all of it at one revision.
public struct Transaction: Sendable, Equatable {
    public var compare: [Compare]
    public var success: [Operation]
    public var failure: [Operation]
    public init(compare: [Compare] = [], success: [Operation], failure: [Operation] = []) {
        self.compare = compare
        self.success = success
        self.failure = failure
    }
}

/// What one operation answered.
public indirect enum OperationResponse: Sendable, Equatable {
    case range(RangeResponse)
    case put(previous: KeyValue?)
    case delete(deleted: Int, previous: [KeyValue])
    case transaction(TransactionResponse)
}

public struct TransactionResponse: Sendable, Equatable {
    public var succeeded: Bool
    public var responses: [OperationResponse]
    /// The revision after the transaction; unchanged if it wrote nothing.
    public var revision: Revision
    public init(succeeded: Bool, responses: [OperationResponse], revision: Revision) {
        self.succeeded = succeeded
        self.responses = responses
        self.revision = revision
    }
}

/// One change of one key.
public struct KeyValueEvent: Sendable, Equatable {
    public enum Kind: Sendable { case put, delete }
    public var kind: Kind
    /// For a deletion only `key` and `modRevision` (the revision of the deletion) mean something.
    public var current: KeyValue
    public var previous: KeyValue?
    public init(kind: Kind, current: KeyValue, previous: KeyValue? = nil) {
        self.kind = kind
        self.current = current
        self.previous = previous
    }
}

/// Errors of the data model; the texts that clients know are the front's.
public enum KeyValueError: Error, Sendable, Equatable {
    /// The wanted revision is older than the compaction at this revision.
    case compacted(Revision)
    /// The wanted revision is not reached yet; the current one is given.
    case futureRevision(current: Revision)
    case leaseNotFound(LeaseID)
    case leaseExists(LeaseID)
    case keyNotFound
    /// A transaction puts one key twice.
    case duplicateKey
    case emptyKey
    /// Transactions are nested more than `Transaction.maximumDepth` deep.
    case tooDeep
}
