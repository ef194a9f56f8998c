import EtcdStore
import KeyValueCore

/// The model's requests as commands of the store.
extension CallTable.Request {
    /// Keys of leases are apart from those of the model.
    static func leaseKey(_ id: Int64) -> [UInt8] { Array("lease/\(id)".utf8) }

    /// Nil for what needs no command.
    func command(at revision: Revision) -> Command? {
        switch self {
        case .transaction(let transaction): .transact(transaction.command)
        case .grantLease(let id, let seconds): .grantLease(id, timeToLiveSeconds: seconds)
        case .attach(let id):
            .transact(Transaction(success: [.put(key: Self.leaseKey(id), value: [1], lease: id)]))
        case .compact(let behind): .compact(max(1, revision - behind))
        case .keepAlive, .readLeaseKey: nil
        }
    }
}

extension ModelTransaction {
    var command: Transaction {
        Transaction(
            compare: conditions.map { condition in
                let key = Array(condition.key.utf8)
                guard let value = condition.value else { return Compare(key, .version(0)) }
                return Compare(key, .value(Array(value.utf8)))
            }, success: then.map(\.operation), failure: otherwise.map(\.operation))
    }
}

extension ModelTransaction.Step {
    fileprivate var operation: Operation {
        switch self {
        case .get(let key): .range(RangeRequest(.key(Array(key.utf8))))
        case .put(let key, let value): .put(key: Array(key.utf8), value: Array(value.utf8))
        case .delete(let key): .delete(.key(Array(key.utf8)))
        }
    }
}

extension ModelAnswer {
    init(_ response: TransactionResponse) {
        self.init(
            succeeded: response.succeeded,
            response.responses.map { response in
                switch response {
                case .range(let range): .found(range.keyValues.first.map { String(decoding: $0.value, as: UTF8.self) })
                case .put: .put
                case .delete(let count, _): .deleted(count > 0)
                case .transaction: .found("a transaction, where none was asked for")
                }
            })
    }

    /// Whether anything was changed.
    fileprivate var isWrite: Bool {
        results.contains { result in
            switch result {
            case .found: false
            case .put: true
            case .deleted(let wasThere): wasThere
            }
        }
    }
}

extension EngineOutput.Answer {
    typealias Heard = (outcome: Outcome, revision: (Revision, isWrite: Bool)?)

    /// What the client is told. Reads look at the state now: it has everything that the answer promised.
    func outcome(on shared: SharedState?, _ call: CallTable.Call) -> Heard {
        switch content {
        case .ready, .read(.success): read(shared, call)
        case .command(.success(.transaction(let response))): answered(ModelAnswer(response), response.revision)
        case .command(.success), .request(.success): (.answered(ModelAnswer([])), nil)
        case .read(.failure(let error)): (refusal(error, isRead: true), nil)
        case .command(.failure(let error)), .request(.failure(let error)): (refusal(error, isRead: false), nil)
        }
    }

    private func answered(_ answer: ModelAnswer, _ revision: Revision) -> Heard {
        (.answered(answer), (revision, isWrite: answer.isWrite))
    }

    private func read(_ shared: SharedState?, _ call: CallTable.Call) -> Heard {
        guard let shared else { return (.unknown, nil) }
        switch call.request {
        case .readLeaseKey(let id):
            let range = RangeRequest(.key(CallTable.Request.leaseKey(id)))
            let found = shared.withContent { try? $0.state.range(range) }
            return (.answered(ModelAnswer([.found(found?.keyValues.isEmpty == false ? "there" : nil)])), nil)
        default:
            let command = call.transaction.command
            guard let response = shared.withContent({ try? $0.state.read(command) }) else { return (.unknown, nil) }
            return answered(ModelAnswer(response), response.revision)
        }
    }

    /// What an error says about whether the call had an effect.
    private func refusal(_ error: any Error, isRead: Bool) -> Outcome {
        if isRead { return .refused(leader: nil) }
        switch error {
        case StoreError.unknownOutcome, StoreError.stopped, StoreError.closed: return .unknown
        case KeyValueError.leaseNotFound: return .answered(ModelAnswer(succeeded: false, []))
        default: return .refused(leader: nil)
        }
    }
}
