import EtcdMessages
import EtcdStore
import GRPCServer
import KeyValueCore

/// etcd's KV service: reading and writing keys. The store answers these calls itself, without a task for each.
struct KeyValueService: Sendable {
    let served: ServedStore
    private var store: EmbeddedStore { served.store }

    init(_ served: ServedStore) { self.served = served }

    @Sendable func range(request: Etcdserverpb_RangeRequest, reply: CallReply) throws {
        let shape = try RangeShape(request)
        store.range(shape.request) { result in
            reply {
                let response = try result.get()
                served.counters.ranges.add(1)
                return shape.message(response, try served.header(revision: response.revision))
            }
        }
    }

    @Sendable func put(request: Etcdserverpb_PutRequest, reply: CallReply) throws {
        store.transact(Transaction(success: [try Operation(request)])) { result in
            reply {
                let response = try result.get()
                served.counters.puts.add(1)
                guard case .put(let previous)? = response.responses.first else { throw CallError.corrupt }
                var message = Etcdserverpb_PutResponse(previous)
                message.header = try served.header(revision: response.revision)
                return try FramedMessage(message)
            }
        }
    }

    @Sendable func deleteRange(request: Etcdserverpb_DeleteRangeRequest, reply: CallReply) throws {
        store.transact(Transaction(success: [try Operation(request)])) { result in
            reply {
                let response = try result.get()
                served.counters.deletes.add(1)
                guard case .delete(let count, let previous)? = response.responses.first else {
                    throw CallError.corrupt
                }
                var message = Etcdserverpb_DeleteRangeResponse(count, previous)
                message.header = try served.header(revision: response.revision)
                return try FramedMessage(message)
            }
        }
    }

    @Sendable func txn(request: Etcdserverpb_TxnRequest, reply: CallReply) throws {
        let transaction = try Transaction(request, limit: served.limits.operationsPerTransaction)
        store.transact(transaction) { result in
            reply {
                let response = try result.get()
                served.counters.transactions.add(1)
                var message = try TransactionAnswer.make(request, response)
                message.header = try served.header(revision: response.revision)
                return try FramedMessage(message)
            }
        }
    }

    /// Returns when the revision cannot be read any more; `physical` asks for no more than that here, as the memory of
    /// what is forgotten is freed beside later work.
    func compact(
        request: Etcdserverpb_CompactionRequest, context: CallContext
    ) async throws -> Etcdserverpb_CompactionResponse {
        try await store.compact(request.revision)
        var answer = Etcdserverpb_CompactionResponse()
        answer.header = try await served.header()
        return answer
    }
}
