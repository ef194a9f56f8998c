import Testing

@testable import Streams

@Suite struct SPDYSessionTests {
    private func opening(_ stream: UInt32) -> SPDYFrame { .synStream(SPDYOpening(stream: stream, headers: [])) }

    @Test func aStreamIsOpenUntilBothHalvesAreClosed() throws {
        var session = SPDYSession()
        #expect(try session.received(opening(1)) == .opened(SPDYOpening(stream: 1, headers: [])))
        #expect(session.accept(1) == .synReply(stream: 1, headers: [], isLast: false))
        #expect(
            try session.received(.data(stream: 1, [7], isLast: true))
                == .received(stream: 1, [7], isLast: true))
        #expect(session.isOpen(1))
        #expect(session.send([8], on: 1) == .data(stream: 1, [8], isLast: false))
        #expect(session.send([], on: 1, isLast: true) == .data(stream: 1, [], isLast: true))
        #expect(!session.isOpen(1))
        #expect(session.send([9], on: 1) == nil)
        #expect(session.accept(1) == nil)
        #expect(session.reset(1, .cancel) == nil)
        // What was under way is of no interest; what was never open is told.
        #expect(try session.received(.data(stream: 1, [7], isLast: false)) == .nothing)
        #expect(
            try session.received(.data(stream: 3, [7], isLast: false))
                == .answer(.rstStream(stream: 3, .invalidStream)))
    }

    @Test func dataAfterTheLastResetsTheStream() throws {
        var session = SPDYSession()
        _ = try session.received(opening(1))
        _ = try session.received(.headers(stream: 1, headers: [], isLast: true))
        #expect(
            try session.received(.data(stream: 1, [1], isLast: false))
                == .answer(.rstStream(stream: 1, .streamAlreadyClosed)))
        #expect(!session.isOpen(1))
    }

    @Test func eitherSideMayReset() throws {
        var session = SPDYSession()
        _ = try session.received(opening(1))
        _ = try session.received(opening(3))
        #expect(try session.received(.rstStream(stream: 1, .cancel)) == .reset(stream: 1))
        #expect(try session.received(.rstStream(stream: 1, .cancel)) == .nothing)
        #expect(session.reset(3, .cancel) == .rstStream(stream: 3, .cancel))
        #expect(!session.isOpen(1) && !session.isOpen(3))
    }

    @Test func numbersMustRise() throws {
        var session = SPDYSession()
        _ = try session.received(opening(5))
        for stream: UInt32 in [5, 3, 6] {
            #expect(throws: SPDYViolation.self) { try session.received(opening(stream)) }
        }
    }

    @Test func streamsHaveALimit() throws {
        var session = SPDYSession()
        for index in 0..<SPDYSession.maximumStreams { _ = try session.received(opening(UInt32(2 * index + 1))) }
        let next = UInt32(2 * SPDYSession.maximumStreams + 1)
        #expect(try session.received(opening(next)) == .answer(.rstStream(stream: next, .refusedStream)))
        _ = try session.received(.rstStream(stream: 1, .cancel))
        #expect(try session.received(opening(next + 2)) == .opened(SPDYOpening(stream: next + 2, headers: [])))
    }

    @Test func pingsComeBackAndOursDoNot() throws {
        var session = SPDYSession()
        #expect(try session.received(.ping(7)) == .answer(.ping(7)))
        #expect(try session.received(.ping(8)) == .nothing)
    }

    @Test func aLeavingClientIsGoneWithItsLastStream() throws {
        var session = SPDYSession()
        _ = try session.received(opening(1))
        _ = try session.received(.goAway(lastGoodStream: 0, .normal))
        #expect(!session.isOver)
        _ = session.reset(1, .cancel)
        #expect(session.isOver)
        #expect(session.leave(.normal) == .goAway(lastGoodStream: 1, .normal))
        #expect(try session.received(opening(3)) == .nothing)
        #expect(!session.isOpen(3))
    }
}
