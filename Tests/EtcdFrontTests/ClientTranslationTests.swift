import Basics
import EtcdStore
import KeyValueCore
import Testing

@testable import EtcdFront

/// What the client writes is what the server reads, and the other way round.
@Suite struct ClientTranslationTests {
    /// Transactions of every form, by chance from a seed.
    private struct Maker {
        var chance: SplitMix64

        mutating func bytes(_ most: Int = 4) -> [UInt8] {
            (0..<Int.random(in: 1...most, using: &chance)).map { _ in UInt8.random(in: 0...255, using: &chance) }
        }
        mutating func range() -> KeyRange {
            switch Int.random(in: 0..<4, using: &chance) {
            case 0: .prefix(bytes())
            case 1: KeyRange(start: bytes(), end: [0])
            case 2: KeyRange(start: bytes(), end: bytes())
            default: .key(bytes())
            }
        }
        mutating func number() -> Int64 { Int64.random(in: 0 ... .max, using: &chance) }
        mutating func flag() -> Bool { Bool.random(using: &chance) }

        mutating func compare() -> Compare {
            let target: Compare.Target =
                switch Int.random(in: 0..<5, using: &chance) {
                case 0: .createRevision(number())
                case 1: .modRevision(number())
                case 2: .version(number())
                case 3: .value(bytes())
                default: .lease(number())
                }
            let relations: [Compare.Relation] = [.equal, .notEqual, .greater, .less]
            return Compare(range: range(), target: target, relation: relations[Int.random(in: 0..<4, using: &chance)])
        }
        mutating func operation(depth: Int) -> Operation {
            switch Int.random(in: 0..<(depth > 0 ? 4 : 3), using: &chance) {
            case 0:
                return .range(
                    RangeRequest(
                        range(), limit: Int.random(in: 0...9, using: &chance), revision: number(), keysOnly: flag(),
                        countOnly: flag(), serializable: flag()))
            case 1:
                let (ignoreValue, ignoreLease) = (flag(), flag())
                return .put(
                    key: bytes(), value: ignoreValue ? [] : bytes(), lease: ignoreLease ? 0 : number(),
                    previous: flag(), ignoreValue: ignoreValue, ignoreLease: ignoreLease)
            case 2: return .delete(range(), previous: flag())
            default: return .transaction(transaction(depth: depth - 1))
            }
        }
        mutating func transaction(depth: Int = 2) -> Transaction {
            Transaction(
                compare: (0..<Int.random(in: 0...3, using: &chance)).map { _ in compare() },
                success: (0..<Int.random(in: 0...3, using: &chance)).map { _ in operation(depth: depth) },
                failure: (0..<Int.random(in: 0...2, using: &chance)).map { _ in operation(depth: depth) })
        }
    }

    @Test func transactionsComeBackFromTheWireAsTheyWere() throws {
        var maker = Maker(chance: SplitMix64(seed: 7))
        for _ in 0..<2_000 {
            let transaction = maker.transaction()
            let bytes: [UInt8] = try Etcdserverpb_TxnRequest(transaction).serializedBytes()
            let read = try Transaction(try Etcdserverpb_TxnRequest(serializedBytes: bytes), limit: 128)
            #expect(read == transaction)
        }
    }

    @Test func answersComeBackFromTheWireAsTheyWere() throws {
        let value = KeyValue(key: [1], value: [2, 3], createRevision: 4, modRevision: 9, version: 2, lease: 5)
        let request = Transaction(
            compare: [Compare([1], .version(2))],
            success: [
                .range(RangeRequest(.key([1]))), .put(key: [1], value: [7], previous: true),
                .delete(.prefix([4]), previous: true),
                .transaction(Transaction(success: [.range(RangeRequest(.key([9])))])),
            ])
        let response = TransactionResponse(
            succeeded: true,
            responses: [
                .range(RangeResponse(keyValues: [value], more: true, count: 3, revision: 9)), .put(previous: value),
                .delete(deleted: 1, previous: [value]),
                .transaction(
                    TransactionResponse(
                        succeeded: true,
                        responses: [.range(RangeResponse(keyValues: [], more: false, count: 0, revision: 10))],
                        revision: 10)),
            ], revision: 10)
        let message = try TransactionAnswer.make(Etcdserverpb_TxnRequest(request), response)
        #expect(TransactionResponse(message, revision: 10) == response)
    }
}
