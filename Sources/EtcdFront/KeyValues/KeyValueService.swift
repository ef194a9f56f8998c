import EtcdStore
import KeyValueCore

/// etcd's KV service: reading and writing keys.
struct KeyValueService: Sendable {
    let served: ServedStore
    private var store: EmbeddedStore { served.store }

    init(_ served: ServedStore) { self.served = served }

    func range(
        request: Etcdserverpb_RangeRequest, context: CallContext
    ) async throws -> Etcdserverpb_RangeResponse {
        let shape = try RangeShape(request)
        let response = try await store.range(shape.request)
        served.counters.ranges.add(1)
        var answer = shape.answer(response)
        answer.header = try served.header(revision: response.revision)
        return answer
    }

    func put(request: Etcdserverpb_PutRequest, context: CallContext) async throws -> Etcdserverpb_PutResponse {
        let response = try await store.transact(Transaction(success: [try Operation(request)]))
        served.counters.puts.add(1)
        guard case .put(let previous)? = response.responses.first else { throw EtcdError.corrupt }
        var answer = Etcdserverpb_PutResponse(previous)
        answer.header = try served.header(revision: response.revision)
        return answer
    }

    func deleteRange(
        request: Etcdserverpb_DeleteRangeRequest, context: CallContext
    ) async throws -> Etcdserverpb_DeleteRangeResponse {
        let response = try await store.transact(Transaction(success: [try Operation(request)]))
        served.counters.deletes.add(1)
        guard case .delete(let count, let previous)? = response.responses.first else { throw EtcdError.corrupt }
        var answer = Etcdserverpb_DeleteRangeResponse(count, previous)
        answer.header = try served.header(revision: response.revision)
        return answer
    }

    func txn(request: Etcdserverpb_TxnRequest, context: CallContext) async throws -> Etcdserverpb_TxnResponse {
        let transaction = try Transaction(request, limit: served.limits.operationsPerTransaction)
        let response = try await store.transact(transaction)
        served.counters.transactions.add(1)
        var answer = try TransactionAnswer.make(request, response)
        answer.header = try served.header(revision: response.revision)
        return answer
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
