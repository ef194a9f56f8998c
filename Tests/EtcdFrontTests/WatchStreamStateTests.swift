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

    @Test func progressWithoutWatchesIsAnsweredAtOnce() {
        var state = WatchStreamState<String>()
        let late = state.wantProgress(at: 3)
        let progress = state.finishedProgress()
        #expect(late == [] && progress == 3)
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
