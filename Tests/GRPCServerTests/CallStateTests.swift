import Testing

@testable import GRPCServer

/// A connection and a call as values: what they decide, without any network.
@Suite struct CallStateTests {
    private static var limits: CallLimits {
        var limits = CallLimits()
        limits.windowBytes = 100
        limits.connectionWindowBytes = 1_000
        limits.connectionRequestBytes = 300
        limits.streamAnswerBytes = 50
        limits.connectionAnswerBytes = 200
        return limits
    }

    // MARK: A call

    @Test func aMethodThatTakesOneMessageBeginsWithItAndTakesNoSecond() throws {
        var call = CallState(takesOneRequest: true)
        #expect(!call.hasBegun)
        let first = try call.messageArrived()
        #expect(first == .begins && call.hasBegun)
        #expect(throws: CallError.self) { try call.messageArrived() }
        let ended = call.clientEnded()
        #expect(ended == nil && call.hasEnded)
    }

    @Test func aClientThatEndsWithoutItsMessageIsTold() {
        var one = CallState(takesOneRequest: true)
        let error = one.clientEnded()
        #expect(error?.code == .internalError)
        var many = CallState(takesOneRequest: false)
        let none = many.clientEnded()
        #expect(none == nil)
    }

    @Test func aStreamBeginsAtOnceAndTakesAnyNumber() throws {
        var call = CallState(takesOneRequest: false)
        #expect(call.hasBegun)
        let arrivals = [try call.messageArrived(), try call.messageArrived()]
        #expect(arrivals == [.follows, .follows])
    }

    @Test func theWindowIsGivenBackByHalvesAndOnlyToMethodsThatKeepUp() {
        var call = CallState(takesOneRequest: false)
        call.received(40, flowBytes: 45, isEnd: false)
        var credits = [call.credit(incompleteBytes: 0, Self.limits)]
        call.received(70, flowBytes: 70, isEnd: false)
        // 110 bytes wait for the method, which is more than a window.
        credits.append(call.credit(incompleteBytes: 0, Self.limits))
        let taken = call.taken(60)
        credits.append(call.credit(incompleteBytes: 0, Self.limits))
        credits.append(call.credit(incompleteBytes: 0, Self.limits))
        #expect(taken == 60 && credits == [nil, nil, 115, nil])
        let rest = call.taken(1_000)
        #expect(rest == 50 && call.heldBytes == 0)
    }

    @Test func bytesOfAMessageThatIsNotWholeDoNotCountAgainstItsMethod() {
        var call = CallState(takesOneRequest: false)
        call.received(150, flowBytes: 150, isEnd: false)
        let credit = call.credit(incompleteBytes: 120, Self.limits)
        #expect(credit == 150)
    }

    @Test func aClientThatSendsNoMoreGetsNoWindow() {
        var call = CallState(takesOneRequest: false)
        call.received(90, flowBytes: 90, isEnd: true)
        let credit = call.credit(incompleteBytes: 0, Self.limits)
        #expect(credit == nil)
    }

    @Test func headersAreWrittenOnceAndWritersWaitForTheClient() {
        var call = CallState(takesOneRequest: true)
        let first = call.queued(30)
        #expect(first && call.hasHead && call.hasCapacity(Self.limits))
        let second = call.queued(20)
        #expect(!second && !call.hasCapacity(Self.limits))
        call.sent(30)
        #expect(call.hasCapacity(Self.limits))
    }

    // MARK: A connection

    @Test func aConnectionStopsOnceAndClosesWithItsLastAnswer() {
        var connection = CallConnectionState()
        connection.directCallBegan()
        connection.directCallBegan()
        let stops = [connection.stop(), connection.stop()]
        #expect(stops == [true, false] && !connection.takesCalls)
        let answered = connection.directCallAnswered()
        #expect(!answered, "tasks may still run")
        let ended = connection.tasksEnded()
        #expect(!ended, "a call without a task is not answered")
        let last = connection.directCallAnswered()
        #expect(last)
    }

    @Test func aConnectionWithoutCallsClosesWithItsTasks() {
        var connection = CallConnectionState()
        let ended = connection.tasksEnded()
        #expect(ended && connection.phase == .ending)
        connection.closed()
        _ = connection.tasksEnded()
        #expect(connection.phase == .closed, "nothing leads out of it")
    }

    @Test func bytesOfAllCallsAreCounted() {
        var connection = CallConnectionState()
        let credits = [
            connection.received(flowBytes: 499, Self.limits), connection.received(flowBytes: 2, Self.limits),
            connection.received(flowBytes: 1, Self.limits),
        ]
        #expect(credits == [nil, 501, nil])
        connection.held(301)
        #expect(connection.holdsTooMuch(Self.limits))
        connection.released(1)
        #expect(!connection.holdsTooMuch(Self.limits))
        connection.queued(200)
        #expect(!connection.hasCapacity(Self.limits))
        connection.sent(1)
        #expect(connection.hasCapacity(Self.limits))
    }
}
