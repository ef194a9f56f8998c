import Testing

@testable import Simulator

/// The definition of linearizability, word for word: tries every order of every subset of the unanswered calls.
private struct BruteForce {
    let history: [RecordedCall]

    var isLinearizable: Bool { extend([], [:]) }

    private func extend(_ order: [Int], _ state: [String: String]) -> Bool {
        let rest = history.indices.filter { !order.contains($0) }
        if rest.allSatisfy({ history[$0].ended == nil }) { return true }
        for place in rest {
            let mustWait = rest.contains { other in
                guard let end = history[other].ended?.time else { return false }
                return end < history[place].begun
            }
            if mustWait { continue }
            let (answer, after) = Self.run(history[place].transaction, on: state)
            if let ended = history[place].ended, ended.answer != answer { continue }
            if extend(order + [place], after) { return true }
        }
        return false
    }

    static func run(
        _ transaction: ModelTransaction, on state: [String: String]
    ) -> (answer: ModelAnswer, after: [String: String]) {
        var after = state
        let succeeded = transaction.conditions.allSatisfy { state[$0.key] == $0.value }
        var results: [ModelAnswer.Result] = []
        for step in succeeded ? transaction.then : transaction.otherwise {
            switch step {
            case .get(let key): results.append(.found(after[key]))
            case .put(let key, let value):
                after[key] = value
                results.append(.put)
            case .delete(let key): results.append(.deleted(after.removeValue(forKey: key) != nil))
            }
        }
        return (ModelAnswer(succeeded: succeeded, results), after)
    }
}

@Suite struct BruteForceTests {
    private func transaction(_ dice: inout Dice, keys: [String]) -> ModelTransaction {
        let values = ["1", "2"]
        let key = dice.pick(keys) ?? ""
        switch dice.below(6) {
        case 0, 1: return .get(key)
        case 2: return .put(key, dice.pick(values) ?? "")
        case 3: return .delete(key)
        case 4: return .swap(key, from: dice.pick(["1", "2", nil]) ?? nil, to: dice.pick(values) ?? "")
        default:
            return ModelTransaction(
                conditions: [.init(key, is: dice.pick(["1", nil]) ?? nil)],
                then: [.put(keys[0], "1"), .get(keys[1])], otherwise: [.delete(keys[1]), .get(keys[0])])
        }
    }

    /// A history that somebody could have seen: calls take effect in some order within their time, and now and then
    /// an answer is exchanged for that of another moment.
    private func history(_ dice: inout Dice) -> [RecordedCall] {
        let keys = ["a", "b"]
        var state: [String: String] = [:]
        var history: [RecordedCall] = []
        for place in 0..<dice.number(in: 2...6) {
            let moment = UInt64(10 + place * 4)
            let asked = transaction(&dice, keys: keys)
            let before = state
            let (answer, after) = BruteForce.run(asked, on: state)
            let isLost = dice.happens(perMille: 250)
            if !isLost || dice.happens(perMille: 500) { state = after }
            var told = answer
            if dice.happens(perMille: 150) {
                told = BruteForce.run(asked, on: dice.happens(perMille: 500) ? [:] : before).answer
            }
            if dice.happens(perMille: 100), case .found? = told.results.first { told.results[0] = .found("2") }
            var recorded = RecordedCall(
                client: place, asked, begun: moment - UInt64(dice.below(10)),
                ended: isLost ? nil : (moment + UInt64(dice.below(10)), told))
            // Most hints are right; none is to be believed.
            recorded.place = Int64(dice.happens(perMille: 900) ? place : dice.below(6))
            history.append(recorded)
        }
        return history
    }

    @Test func theSearchAgreesWithTheDefinition() {
        var dice = Dice(seed: 20_261_126)
        var counts = [false: 0, true: 0]
        for _ in 0..<4_000 {
            let history = history(&dice)
            let expected = BruteForce(history: history).isLinearizable
            counts[expected, default: 0] += 1
            var checker = LinearizabilityChecker()
            for usesPlaces in [true, false] {
                checker.usesPlaces = usesPlaces
                let verdict = checker.check(history)
                #expect(
                    (verdict == .linearizable) == expected, "\(history.map(\.description).joined(separator: "\n"))")
            }
        }
        // Both answers are common, or this shows nothing.
        #expect((counts[true] ?? 0) > 400 && (counts[false] ?? 0) > 400, "\(counts)")
    }
}
