import Basics
import KeyValueCore
import Testing

@Suite struct CodingTests {
    /// Bytes that are no command are refused, whatever they are: cut, changed and made up.
    @Test func anyBytesAreReadOrRefused() {
        var random = SplitMix64(seed: 3)
        let transaction = Transaction(
            compare: [Compare(bytes("a"), .value(bytes("x")), is: .notEqual), Compare(bytes("b"), .lease(3))],
            success: [
                .put(key: bytes("a"), value: bytes("1"), lease: 4, previous: true),
                .transaction(Transaction(success: [.range(RangeRequest(.prefix(bytes("k")), limit: 9))])),
            ], failure: [.delete(.prefix(bytes("k")), previous: true)])
        let whole = Command.transact(transaction).encoded
        for length in 0..<whole.count {
            #expect(throws: ByteReaderError.self) { try Command(decoding: Array(whole[..<length])) }
        }
        #expect(throws: ByteReaderError.self) { try Command(decoding: whole + [0]) }
        var read = 0
        for _ in 0..<50_000 {
            var changed = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            guard let command = try? Command(decoding: changed) else { continue }
            read += 1
            #expect(command.encoded == changed)
        }
        #expect(read > 1_000)
    }

    @Test func nestingHasALimit() {
        func nested(_ depth: Int) -> Transaction {
            (1..<depth).reduce(Transaction(success: [.put(key: bytes("a"), value: [])])) { inner, _ in
                Transaction(success: [.transaction(inner)])
            }
        }
        let allowed = nested(Transaction.maximumDepth)
        #expect(throws: Never.self) { try allowed.validate() }
        #expect(throws: Never.self) { try Command(decoding: Command.transact(allowed).encoded) }
        let tooDeep = nested(Transaction.maximumDepth + 1)
        #expect(throws: KeyValueError.tooDeep) { try tooDeep.validate() }
        #expect(throws: ByteReaderError.self) { try Command(decoding: Command.transact(tooDeep).encoded) }
    }
}

@Suite struct LeaseClockTests {
    @Test func tellsOnceWhatHasRunOut() {
        var clock = LeaseClock()
        clock.start(1, timeToLiveSeconds: 10, now: 100_000)
        clock.start(2, timeToLiveSeconds: 5, now: 100_000)
        clock.start(3, timeToLiveSeconds: .max, now: 100_000)
        #expect(clock.expired(now: 104_000, limit: 9) == [])
        #expect(clock.renew(2, now: 104_000) == 5)
        #expect(clock.expired(now: 108_000, limit: 9) == [])
        #expect(clock.remaining(2, now: 108_000) == 1)
        #expect(clock.expired(now: 110_000, limit: 1) == [2])
        #expect(clock.expired(now: 110_000, limit: 9) == [1])
        #expect(clock.expired(now: .max - 1, limit: 9) == [])
        #expect(clock.renew(1, now: 110_000) == nil && clock.remaining(1, now: 110_000) == nil)
    }

    @Test func aLeaseHasItsWholeTime() {
        var clock = LeaseClock()
        clock.start(1, timeToLiveSeconds: 1, now: 1_999)
        #expect(clock.expired(now: 2_998, limit: 9) == [])
        #expect(clock.expired(now: 2_999, limit: 9) == [1])
    }

    @Test func aRemovedLeaseDoesNotRunOut() {
        var clock = LeaseClock()
        clock.start(1, timeToLiveSeconds: 10, now: 0)
        clock.remove(1)
        #expect(clock.expired(now: 50_000, limit: 9) == [])
        clock.start(1, timeToLiveSeconds: 10, now: 50_000)
        #expect(clock.expired(now: 59_000, limit: 9) == [])
        #expect(clock.expired(now: 60_000, limit: 9) == [1])
        #expect(clock.expired(now: 99_000, limit: 9) == [])
    }
}
