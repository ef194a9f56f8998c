import Testing

@testable import Simulator

/// A history in short: `[client, begun, ended]`, what was asked and what was answered.
private func call(
    _ client: Int, _ begun: UInt64, _ ended: UInt64?, _ transaction: ModelTransaction, _ answer: ModelAnswer? = nil
) -> RecordedCall {
    RecordedCall(client: client, transaction, begun: begun, ended: ended.flatMap { end in answer.map { (end, $0) } })
}

private let put = ModelAnswer([.put])
private func found(_ value: String?) -> ModelAnswer { ModelAnswer([.found(value)]) }

@Suite struct LinearizabilityTests {
    let checker = LinearizabilityChecker()

    private func expectGood(_ history: [RecordedCall], line: SourceLocation = #_sourceLocation) {
        #expect(checker.check(history) == .linearizable, sourceLocation: line)
    }

    private func expectBad(_ history: [RecordedCall], line: SourceLocation = #_sourceLocation) {
        guard case .violated = checker.check(history) else {
            Issue.record("the history should not be linearizable", sourceLocation: line)
            return
        }
    }

    @Test func readsSeeWhatWasWrittenBefore() {
        expectGood([])
        expectGood([call(1, 1, 2, .put("a", "1"), put), call(2, 3, 4, .get("a"), found("1"))])
        expectBad([call(1, 1, 2, .put("a", "1"), put), call(2, 3, 4, .get("a"), found(nil))])
        expectBad([call(2, 1, 2, .get("a"), found("1"))])
    }

    @Test func concurrentCallsMayComeInAnyOrder() {
        for value in ["1", "2"] {
            expectGood([
                call(1, 1, 5, .put("a", "1"), put), call(2, 2, 6, .put("a", "2"), put),
                call(3, 7, 8, .get("a"), found(value)),
            ])
        }
        // Two readers, one after the other, cannot see the writes in opposite orders (a stale read).
        expectBad([
            call(1, 1, 9, .put("a", "1"), put), call(2, 2, 3, .get("a"), found("1")),
            call(3, 4, 5, .get("a"), found(nil)),
        ])
    }

    @Test func aCallWithoutAnAnswerMayHappenLateOrNever() {
        let lost = call(1, 1, nil, .put("a", "1"))
        expectGood([lost, call(2, 2, 3, .get("a"), found(nil))])
        expectGood([lost, call(2, 2, 3, .get("a"), found("1"))])
        expectGood([lost, call(2, 2, 3, .get("a"), found(nil)), call(2, 4, 5, .get("a"), found("1"))])
        // But not undone, and not before it was asked.
        expectBad([lost, call(2, 2, 3, .get("a"), found("1")), call(2, 4, 5, .get("a"), found(nil))])
        expectBad([call(2, 1, 2, .get("a"), found("1")), call(1, 3, nil, .put("a", "1"))])
        // And not twice.
        expectBad([
            lost, call(2, 2, 3, .get("a"), found("1")), call(3, 4, 5, .put("a", "2"), put),
            call(2, 6, 7, .get("a"), found("1")),
        ])
    }

    @Test func ofTwoThatSwapOneWins() {
        let won = ModelAnswer([.put])
        let lost = ModelAnswer(succeeded: false, [.found("1")])
        expectGood([
            call(1, 1, 4, .swap("a", from: nil, to: "1"), won), call(2, 2, 5, .swap("a", from: nil, to: "2"), lost),
        ])
        expectBad([
            call(1, 1, 4, .swap("a", from: nil, to: "1"), won), call(2, 2, 5, .swap("a", from: nil, to: "2"), won),
        ])
        let deleted = ModelAnswer([.deleted(true)])
        expectBad([
            call(1, 1, 2, .put("a", "1"), put), call(1, 3, 6, .delete("a"), deleted),
            call(2, 4, 7, .delete("a"), deleted),
        ])
    }

    @Test func transactionsTieKeysTogether() {
        let both = ModelTransaction(then: [.put("a", "1"), .put("b", "1")])
        let read = ModelTransaction(then: [.get("a"), .get("b")])
        let write = call(1, 1, 9, both, ModelAnswer([.put, .put]))
        expectGood([write, call(2, 2, 3, read, ModelAnswer([.found(nil), .found(nil)]))])
        expectGood([write, call(2, 2, 3, read, ModelAnswer([.found("1"), .found("1")]))])
        expectBad([write, call(2, 2, 3, read, ModelAnswer([.found("1"), .found(nil)]))])
        // Each key alone is in order, together they are not.
        expectBad([
            call(1, 1, 9, both, ModelAnswer([.put, .put])), call(2, 2, 3, .get("b"), found("1")),
            call(2, 4, 5, .get("a"), found(nil)),
        ])
    }

    @Test func keysThatNothingTiesTogetherAreApart() {
        let history = [
            call(1, 1, 2, .put("a", "1"), put), call(1, 3, 4, .put("b", "1"), put),
            call(1, 5, 6, ModelTransaction(then: [.get("c"), .get("b")]), ModelAnswer([.found(nil), .found("1")])),
        ]
        #expect(LinearizabilityChecker.groups(history).map { $0.map(\.begun) } == [[1], [3, 5]])
    }

    @Test func aCounterexampleSaysWhatDoesNotFit() {
        let history = [
            call(1, 1, 2, .put("a", "1"), put), call(1, 3, 4, .put("a", "2"), put),
            call(2, 5, 6, .get("a"), found("1")),
        ]
        guard case .violated(let counterexample) = checker.check(history) else {
            Issue.record("a stale read was not found")
            return
        }
        #expect(
            counterexample.description == """
                no order explains the calls on a
                  fits:    client 1 [1, 2] put a=1 → done
                  fits:    client 1 [3, 4] put a=2 → done
                  then:    a=2
                  fits not: client 2 [5, 6] get a → 1, would be 2
                """)
    }

    @Test func aSearchThatTakesTooLongIsGivenUp() {
        // Forty writers at once, and a read that no order explains.
        var history = (0..<40).map { call($0, 1, 100, .put("a", "\($0)"), put) }
        history.append(call(50, 101, 102, .get("a"), found("none of them")))
        #expect(LinearizabilityChecker(stepLimit: 10_000).check(history) == .undecided(keys: ["a"]))
    }

    @Test func longHistoriesAreQuick() {
        // Ten clients take turns that overlap; every tenth put has no answer.
        var dice = Dice(seed: 7)
        var history: [RecordedCall] = []
        var value: String?
        for turn in 0..<5_000 {
            let begun = UInt64(turn * 10) + UInt64(dice.below(5))
            let end = UInt64(turn * 10 + 9 + dice.below(40))
            if dice.happens(perMille: 500) {
                let isLost = dice.happens(perMille: 20)
                history.append(call(turn % 10, begun, isLost ? nil : end, .put("a", "\(turn)"), put))
                if !isLost || dice.happens(perMille: 500) { value = "\(turn)" }
            } else {
                history.append(call(turn % 10, begun, end, .get("a"), found(value)))
            }
        }
        #expect(LinearizabilityChecker().check(history) == .linearizable)
    }
}
