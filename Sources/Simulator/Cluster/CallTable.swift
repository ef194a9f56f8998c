/// Every call that clients made: what they asked, when, and what came of it. Commands carry a call's number.
struct CallTable {
    struct Call {
        var client: Int
        var transaction: ModelTransaction
        var begun: UInt64
        var outcome: Outcome?
        var ended: UInt64 = 0
    }
    private(set) var calls: [Call] = []
    /// Orders beginnings and ends.
    private var moment: UInt64 = 0

    subscript(call: Int) -> Call { calls[call] }
    var count: Int { calls.count }

    mutating func begin(_ client: Int, _ transaction: ModelTransaction) -> Int {
        moment += 1
        calls.append(Call(client: client, transaction: transaction, begun: moment))
        return calls.count - 1
    }

    /// Returns false if the client has given up before.
    mutating func end(_ call: Int, _ outcome: Outcome) -> Bool {
        guard calls[call].outcome == nil else { return false }
        moment += 1
        calls[call].outcome = outcome
        calls[call].ended = moment
        return true
    }

    /// What clients saw, without what certainly did not happen.
    var history: [RecordedCall] {
        calls.compactMap { call in
            switch call.outcome {
            case .answered(let answer):
                RecordedCall(client: call.client, call.transaction, begun: call.begun, ended: (call.ended, answer))
            case .refused: nil
            case .unknown, nil: RecordedCall(client: call.client, call.transaction, begun: call.begun)
            }
        }
    }
}
