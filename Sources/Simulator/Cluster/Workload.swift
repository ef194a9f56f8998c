/// What clients ask: a mix over few keys, so that they get in each other's way. Each value is written by one call only,
/// so that what a read finds says whose write it was.
struct Workload {
    /// Keys for single operations, and two that transactions tie together.
    static let keys = ["a", "b", "c"]
    static let tied = ["x", "y"]

    /// The last value that anybody was told of a key, for swaps that have a chance.
    private var seen: [String: String] = [:]

    /// With `isWholeStore`, also what only a whole store can do.
    mutating func next(call: Int, _ isWholeStore: Bool, _ dice: inout Dice) -> CallTable.Request {
        if isWholeStore, dice.happens(perMille: 10) { return .compact(behind: Int64(dice.below(20))) }
        return .transaction(transaction(call: call, &dice))
    }

    private func transaction(call: Int, _ dice: inout Dice) -> ModelTransaction {
        let value = "\(call)"
        let key = dice.pick(Self.keys) ?? "a"
        switch dice.below(20) {
        case 0..<6: return .get(key)
        case 6..<11: return .put(key, value)
        case 11: return .delete(key)
        case 12..<15: return .swap(key, from: dice.happens(perMille: 200) ? nil : seen[key], to: value)
        case 15..<17: return ModelTransaction(then: Self.tied.map { .get($0) })
        case 17, 18: return ModelTransaction(then: Self.tied.map { .put($0, value) })
        default:
            return ModelTransaction(
                conditions: [.init(Self.tied[0], is: seen[Self.tied[0]])],
                then: [.put(Self.tied[0], value), .delete(Self.tied[1])], otherwise: Self.tied.map { .get($0) })
        }
    }

    /// Reads everything, for the end.
    static var finalReads: [ModelTransaction] {
        keys.map { .get($0) } + [ModelTransaction(then: tied.map { .get($0) })]
    }

    mutating func learn(_ transaction: ModelTransaction, _ answer: ModelAnswer) {
        let steps = answer.succeeded ? transaction.then : transaction.otherwise
        for (step, result) in zip(steps, answer.results) {
            switch (step, result) {
            case (.get(let key), .found(let value)): seen[key] = value
            case (.put(let key, let value), _): seen[key] = value
            case (.delete(let key), _): seen[key] = nil
            default: continue
            }
        }
    }
}
