import EtcdMessages
import EtcdStore
import GRPCServer
import KeyValueCore

extension Operation {
    /// Checks as etcd does before it proposes: keys, and what must not be given together.
    init(_ message: Etcdserverpb_PutRequest) throws(CallError) {
        if message.key.isEmpty { throw .emptyKey }
        if message.ignoreValue, !message.value.isEmpty { throw .valueProvided }
        if message.ignoreLease, message.lease != 0 { throw .leaseProvided }
        self = .put(
            key: [UInt8](message.key), value: [UInt8](message.value), lease: message.lease,
            previous: message.prevKv, ignoreValue: message.ignoreValue, ignoreLease: message.ignoreLease)
    }

    init(_ message: Etcdserverpb_DeleteRangeRequest) throws(CallError) {
        if message.key.isEmpty { throw .emptyKey }
        self = .delete(KeyRange(key: message.key, end: message.rangeEnd), previous: message.prevKv)
    }

    /// One operation of a transaction that may have `limit` more operations nested in it.
    init(_ message: Etcdserverpb_RequestOp, limit: Int) throws(CallError) {
        switch message.request {
        case .requestRange(let range): self = .range(try RangeShape(range).request)
        case .requestPut(let put): self = try Operation(put)
        case .requestDeleteRange(let delete): self = try Operation(delete)
        case .requestTxn(let transaction): self = .transaction(try Transaction(transaction, limit: limit))
        case nil: throw .keyNotFound
        }
    }
}

extension Transaction {
    /// Throws `CallError.tooManyOperations` if the message has more than `limit` at one place, counting what it is in.
    init(_ message: Etcdserverpb_TxnRequest, limit: Int) throws(CallError) {
        let most = max(message.compare.count, message.success.count, message.failure.count)
        if most > limit { throw .tooManyOperations }
        var compare: [Compare] = []
        for comparison in message.compare { compare.append(try Compare(comparison)) }
        self.init(
            compare: compare, success: try Self.operations(message.success, limit - most),
            failure: try Self.operations(message.failure, limit - most))
    }

    private static func operations(
        _ messages: [Etcdserverpb_RequestOp], _ limit: Int
    ) throws(CallError) -> [Operation] {
        var operations: [Operation] = []
        operations.reserveCapacity(messages.count)
        for message in messages { operations.append(try Operation(message, limit: limit)) }
        return operations
    }
}

extension Compare {
    /// A target without its number or value compares with zero or nothing, as in etcd.
    init(_ message: Etcdserverpb_Compare) throws(CallError) {
        if message.key.isEmpty { throw .emptyKey }
        let target: Target =
            switch message.target {
            case .version: .version(message.version)
            case .create: .createRevision(message.createRevision)
            case .mod: .modRevision(message.modRevision)
            case .value: .value([UInt8](message.value))
            case .lease: .lease(message.lease)
            case .UNRECOGNIZED: .version(0)
            }
        let relation: Relation =
            switch message.result {
            case .equal, .UNRECOGNIZED: .equal
            case .greater: .greater
            case .less: .less
            case .notEqual: .notEqual
            }
        self.init(
            range: KeyRange(key: message.key, end: message.rangeEnd), target: target, relation: relation)
    }
}

/// Puts a transaction's answer into etcd's form. Each part has the revision at its moment in the transaction.
struct TransactionAnswer {
    /// The revision before the transaction.
    private let before: Revision
    private var hasWritten = false

    /// The answer to a message, without the outer header.
    static func make(
        _ message: Etcdserverpb_TxnRequest, _ response: TransactionResponse
    ) throws(CallError) -> Etcdserverpb_TxnResponse {
        var answer = TransactionAnswer(before: response.hasWritten ? response.revision - 1 : response.revision)
        return try answer.answer(message, response)
    }

    private init(before: Revision) { self.before = before }

    private var header: Etcdserverpb_ResponseHeader {
        var header = Etcdserverpb_ResponseHeader()
        header.revision = hasWritten ? before + 1 : before
        return header
    }

    private mutating func answer(
        _ message: Etcdserverpb_TxnRequest, _ response: TransactionResponse
    ) throws(CallError) -> Etcdserverpb_TxnResponse {
        var answer = Etcdserverpb_TxnResponse()
        answer.succeeded = response.succeeded
        for (asked, result) in zip(response.succeeded ? message.success : message.failure, response.responses) {
            answer.responses.append(try part(asked, result))
        }
        return answer
    }

    private mutating func part(
        _ asked: Etcdserverpb_RequestOp, _ result: OperationResponse
    ) throws(CallError) -> Etcdserverpb_ResponseOp {
        var part = Etcdserverpb_ResponseOp()
        switch result {
        case .range(let response):
            part.responseRange = try RangeShape(asked.requestRange).answer(response)
            part.responseRange.header = header
        case .put(let previous):
            hasWritten = true
            part.responsePut = Etcdserverpb_PutResponse(previous)
            part.responsePut.header = header
        case .delete(let count, let previous):
            if count > 0 { hasWritten = true }
            part.responseDeleteRange = Etcdserverpb_DeleteRangeResponse(count, previous)
            part.responseDeleteRange.header = header
        case .transaction(let response):
            part.responseTxn = try answer(asked.requestTxn, response)
            part.responseTxn.header = Etcdserverpb_ResponseHeader()
        }
        return part
    }
}

extension TransactionResponse {
    var hasWritten: Bool {
        responses.contains { response in
            switch response {
            case .range: false
            case .put: true
            case .delete(let count, _): count > 0
            case .transaction(let nested): nested.hasWritten
            }
        }
    }
}

extension Etcdserverpb_PutResponse {
    init(_ previous: KeyValue?) {
        self.init()
        if let previous { prevKv = Mvccpb_KeyValue(previous) }
    }
}

extension Etcdserverpb_DeleteRangeResponse {
    init(_ count: Int, _ previous: [KeyValue]) {
        self.init()
        deleted = Int64(count)
        prevKvs = previous.map { Mvccpb_KeyValue($0) }
    }
}
