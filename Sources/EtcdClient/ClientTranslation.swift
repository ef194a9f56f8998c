import EtcdMessages
import EtcdStore
import Foundation
import KeyValueCore

// What is asked of an external etcd, and what it answers, between our words and the wire's.

extension Etcdserverpb_RangeRequest {
    init(_ request: RangeRequest) {
        self.init()
        key = Data(request.range.start)
        rangeEnd = request.range.messageEnd
        limit = Int64(request.limit)
        revision = request.revision
        serializable = request.serializable
        keysOnly = request.keysOnly
        countOnly = request.countOnly
    }
}

extension Etcdserverpb_TxnRequest {
    init(_ transaction: Transaction) {
        self.init()
        compare = transaction.compare.map { Etcdserverpb_Compare($0) }
        success = transaction.success.map { Etcdserverpb_RequestOp($0) }
        failure = transaction.failure.map { Etcdserverpb_RequestOp($0) }
    }
}

extension Etcdserverpb_RequestOp {
    init(_ operation: KeyValueCore.Operation) {
        self.init()
        switch operation {
        case .range(let range):
            requestRange = Etcdserverpb_RangeRequest(range)
        case .put(let key, let value, let lease, let previous, let ignoreValue, let ignoreLease):
            requestPut.key = Data(key)
            // etcd refuses a value or a lease that is to be ignored.
            if !ignoreValue { requestPut.value = Data(value) }
            if !ignoreLease { requestPut.lease = lease }
            requestPut.prevKv = previous
            requestPut.ignoreValue = ignoreValue
            requestPut.ignoreLease = ignoreLease
        case .delete(let range, let previous):
            requestDeleteRange.key = Data(range.start)
            requestDeleteRange.rangeEnd = range.messageEnd
            requestDeleteRange.prevKv = previous
        case .transaction(let nested):
            requestTxn = Etcdserverpb_TxnRequest(nested)
        }
    }
}

extension Etcdserverpb_Compare {
    init(_ compare: KeyValueCore.Compare) {
        self.init()
        key = Data(compare.range.start)
        rangeEnd = compare.range.messageEnd
        switch compare.target {
        case .createRevision(let revision):
            target = .create
            createRevision = revision
        case .modRevision(let revision):
            target = .mod
            modRevision = revision
        case .version(let number):
            target = .version
            version = number
        case .value(let bytes):
            target = .value
            value = Data(bytes)
        case .lease(let id):
            target = .lease
            lease = id
        }
        result =
            switch compare.relation {
            case .equal: .equal
            case .notEqual: .notEqual
            case .greater: .greater
            case .less: .less
            }
    }
}

extension RangeResponse {
    /// Parts of a transaction's answer need not say their revision; then it is the transaction's.
    init(_ message: Etcdserverpb_RangeResponse, revision: Revision? = nil) {
        let own = message.header.revision
        self.init(
            keyValues: message.kvs.map { KeyValue($0) }, more: message.more, count: Int(message.count),
            revision: own == 0 ? revision ?? 0 : own)
    }
}

extension TransactionResponse {
    init(_ message: Etcdserverpb_TxnResponse, revision: Revision) {
        self.init(
            succeeded: message.succeeded,
            responses: message.responses.map { OperationResponse($0, revision: revision) }, revision: revision)
    }
}

extension OperationResponse {
    init(_ message: Etcdserverpb_ResponseOp, revision: Revision) {
        switch message.response {
        case .responseRange(let range):
            self = .range(RangeResponse(range, revision: revision))
        case .responsePut(let put):
            self = .put(previous: put.hasPrevKv ? KeyValue(put.prevKv) : nil)
        case .responseDeleteRange(let delete):
            self = .delete(deleted: Int(delete.deleted), previous: delete.prevKvs.map { KeyValue($0) })
        case .responseTxn(let nested):
            self = .transaction(TransactionResponse(nested, revision: revision))
        case nil:
            // A part of a kind that is not known here tells nothing.
            self = .put(previous: nil)
        }
    }
}

extension KeyValueEvent {
    init(_ message: Mvccpb_Event) {
        self.init(
            kind: message.type == .delete ? .delete : .put, current: KeyValue(message.kv),
            previous: message.hasPrevKv ? KeyValue(message.prevKv) : nil)
    }
}
