import Testing

@testable import EtcdFront

@Suite struct WatchStreamStateTests {
    @Test func numbersAreFreeOnesFromZeroOrTheClients() {
        var state = WatchStreamState<String>()
        let first = state.number(wished: 0)
        state.add(0, "a", sent: 1)
        let wished = state.number(wished: 1)
        state.add(1, "b", sent: 1)
        let taken = state.number(wished: 1)
        let next = state.number(wished: 0)
        #expect([first, wished, taken, next] == [0, 1, nil, 2])
    }

    @Test func progressWaitsForTheLastWatch() {
        var state = WatchStreamState<String>()
        state.add(0, "a", sent: 5)
        state.add(1, "b", sent: 9)
        let late = state.wantProgress(at: 9)
        #expect(late == ["a"])
        let answers = [
            state.finishedProgress(), state.sent(0, upTo: 8), state.sent(0, upTo: 9), state.sent(0, upTo: 10),
        ]
        #expect(answers == [nil, nil, 9, nil])
    }

    @Test func aWatchThatEndsHoldsNobodyUp() {
        var state = WatchStreamState<String>()
        state.add(0, "a", sent: 5)
        state.add(1, "b", sent: 9)
        let late = state.wantProgress(at: 9)
        #expect(late == ["a"])
        let cancelled = [state.cancel(0), state.cancel(0)]
        #expect(cancelled == ["a", nil])
        let progress = state.remove(0)
        #expect(progress == 9)
        #expect(state.isCancelled(0))
    }

    @Test func progressNeedsAWatchThatHasBegun() {
        var state = WatchStreamState<String>()
        var late = state.wantProgress(at: 3)
        var progress = state.finishedProgress()
        #expect(late == [] && progress == nil && !state.awaitsProgress)
        state.add(0, "a", from: 5, sent: 4)
        late = state.wantProgress(at: 4)
        progress = state.finishedProgress()
        #expect(late == [] && progress == nil && !state.awaitsProgress)
        late = state.wantProgress(at: 5)
        progress = state.finishedProgress()
        #expect(late == ["a"] && progress == nil && state.awaitsProgress)
        progress = state.sent(0, upTo: 6)
        #expect(progress == 5 && !state.awaitsProgress)
        _ = state.cancel(0)
        late = state.wantProgress(at: 7)
        progress = state.finishedProgress()
        #expect(late == [] && progress == nil, "nobody is left to be told")
    }

    @Test func aCompactedWatchKeepsItsNumberUntilItIsCancelled() {
        var state = WatchStreamState<String>()
        state.add(7, "a", sent: 5)
        let progress = state.remove(7, isCompacted: true)
        state.addCompacted(0)
        let numbers = [state.number(wished: 7), state.number(wished: 0)]
        #expect(progress == nil && numbers == [nil, 1] && state.count == 2)
        let cancelled = [state.cancelCompacted(7), state.cancelCompacted(7), state.cancelCompacted(3)]
        #expect(cancelled == [true, false, false])
        #expect(state.number(wished: 7) == 7)
        state.add(7, "b", sent: 5)
        _ = state.cancel(7)
        _ = state.remove(7, isCompacted: true)
        #expect(state.number(wished: 7) == 7, "it has been cancelled already")
    }

    @Test func aCancelledWatchIsNotReplaced() {
        var state = WatchStreamState<String>()
        state.add(0, "a", sent: 5)
        let before = state.replace(0, "b")
        let cancelled = state.cancel(0)
        let after = state.replace(0, "c")
        #expect(before && cancelled == "b" && !after)
    }
}
