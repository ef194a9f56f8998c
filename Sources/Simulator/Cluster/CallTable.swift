/// Every call that clients made: what they asked, when, and what came of it. Commands carry a call's number.
struct CallTable {
    /// What is asked besides transactions on the modelled keys; only whole stores know it.
    enum Request {
        case transaction(ModelTransaction)
        case grantLease(Int64, seconds: Int64)
        /// Puts the lease's key, which goes with it.
        case attach(Int64)
        case keepAlive(Int64)
        case readLeaseKey(Int64)
        /// Forgets history up to so many revisions before now.
        case compact(behind: Int64)
    }
    struct Call {
        var client: Int
        var request: Request
        var begun: UInt64
        /// Microseconds since the start.
        var begunAt: UInt64
        var outcome: Outcome?
        var ended: UInt64 = 0
        /// The greatest revision that any client had heard of when this began, and the one that it was answered.
        var floor: Int64
        var revision: Int64?
        var isWrite = false

        /// Nothing, for what is no transaction on the modelled keys.
        var transaction: ModelTransaction {
            if case .transaction(let transaction) = request { transaction } else { ModelTransaction(then: []) }
        }
    }
    private(set) var calls: [Call] = []
    /// Orders beginnings and ends.
    private var moment: UInt64 = 0
    private var knownRevision: Int64 = 0
    private var writers: [Int64: Int] = [:]

    subscript(call: Int) -> Call { calls[call] }
    var count: Int { calls.count }

    mutating func begin(_ client: Int, _ request: Request, at time: UInt64) -> Int {
        moment += 1
        calls.append(
            Call(client: client, request: request, begun: moment, begunAt: time, floor: knownRevision))
        return calls.count - 1
    }

    /// The member that answers a call tells at which revision.
    mutating func note(_ call: Int, revision: Int64, isWrite: Bool) {
        calls[call].revision = revision
        calls[call].isWrite = isWrite
    }

    /// Returns false if the client has given up before.
    mutating func end(_ call: Int, _ outcome: Outcome) -> Bool {
        guard calls[call].outcome == nil else { return false }
        moment += 1
        calls[call].outcome = outcome
        calls[call].ended = moment
        return true
    }

    /// Whether the revision of an answer that was just heard fits those that were heard before; if not, says why.
    mutating func checkRevision(_ call: Int) -> String? {
        guard let revision = calls[call].revision, case .answered? = calls[call].outcome else { return nil }
        let (floor, isWrite) = (calls[call].floor, calls[call].isWrite)
        knownRevision = max(knownRevision, revision)
        if revision < floor || isWrite && revision == floor {
            return "call \(call) is answered at revision \(revision), when \(floor) was known before it began"
        }
        if isWrite, let other = writers.updateValue(call, forKey: revision), other != call {
            return "calls \(other) and \(call) both wrote revision \(revision)"
        }
        return nil
    }

    /// What clients saw, without what certainly did not happen. `revision` says where a value was put, if it was: values
    /// are put by one call each.
    func history(_ revision: (_ key: String, _ value: String) -> Int64?) -> [RecordedCall] {
        calls.compactMap { call in
            guard case .transaction(let transaction) = call.request else { return nil }
            switch call.outcome {
            case .answered(let answer):
                var recorded = RecordedCall(
                    client: call.client, transaction, begun: call.begun, ended: (call.ended, answer))
                // Who reads at a revision comes after who wrote it.
                recorded.place = call.revision.map { 2 * $0 + (call.isWrite ? 0 : 1) }
                return recorded
            case .refused: return nil
            case .unknown, nil:
                var recorded = RecordedCall(client: call.client, transaction, begun: call.begun)
                for case .put(let key, let value) in transaction.then + transaction.otherwise {
                    recorded.place = recorded.place ?? revision(key, value).map { 2 * $0 }
                }
                return recorded
            }
        }
    }
}

extension CallTable.Request: CustomStringConvertible {
    var description: String {
        switch self {
        case .transaction(let transaction): transaction.description
        case .grantLease(let id, let seconds): "grant lease \(id) for \(seconds) s"
        case .attach(let id): "put the key of lease \(id)"
        case .keepAlive(let id): "keep lease \(id) alive"
        case .readLeaseKey(let id): "get the key of lease \(id)"
        case .compact(let count): "compact but \(count) revisions"
        }
    }
}
