import EtcdMessages
import Foundation
import GRPCServer
import KeyValueCore
import Testing

@testable import EtcdFront

/// Filters, sorts and limits, on a table of five keys.
@Suite struct RangeShapeTests {
    /// Keys a to e; created in this order, changed in the opposite order, with values 5 to 1 and versions 1, 2, 1, 2, 1.
    static let keyValues = (0..<5).map { keyValue(UInt8($0)) }

    private static func keyValue(_ place: UInt8) -> KeyValue {
        let key: UInt8 = UInt8(ascii: "a") + place
        let value: UInt8 = UInt8(ascii: "5") - place
        return KeyValue(
            key: [key], value: [value], createRevision: 2 + Revision(place), modRevision: 20 - Revision(place),
            version: 1 + Int64(place % 2))
    }

    /// What the store would answer, shaped.
    static func answer(
        _ change: (inout Etcdserverpb_RangeRequest) -> Void
    ) throws -> (keys: String, more: Bool, count: Int64) {
        var message = Etcdserverpb_RangeRequest()
        message.key = Data("a".utf8)
        message.rangeEnd = Data("z".utf8)
        change(&message)
        let shape = try RangeShape(message)
        let limit = shape.request.limit == 0 ? Int.max : shape.request.limit
        let response = RangeResponse(
            keyValues: Array(keyValues.prefix(limit)), more: limit < keyValues.count, count: keyValues.count,
            revision: 30)
        let answer = shape.answer(response)
        // What is sent is written by hand.
        var sent = answer
        sent.header.revision = 30
        #expect(shape.message(response, sent.header).buffer == (try FramedMessage(sent).buffer))
        return (answer.kvs.map { String(decoding: $0.key, as: UTF8.self) }.joined(), answer.more, answer.count)
    }

    @Test func sortsThatNobodyKnowsAreRefused() {
        #expect(throws: CallError.invalidSort) { try Self.answer { $0.sortOrder = .UNRECOGNIZED(7) } }
        #expect(throws: CallError.invalidSort) { try Self.answer { $0.sortTarget = .UNRECOGNIZED(7) } }
    }

    @Test func withoutOptionsKeysAreInOrder() throws {
        #expect(try Self.answer { _ in } == ("abcde", false, 5))
    }

    @Test func aLimitTellsThatThereIsMore() throws {
        #expect(try Self.answer { $0.limit = 2 } == ("ab", true, 5))
        #expect(try Self.answer { $0.limit = 5 } == ("abcde", false, 5))
        #expect(try Self.answer { $0.limit = -1 } == ("abcde", false, 5))
    }

    @Test(arguments: [
        (Etcdserverpb_RangeRequest.SortTarget.key, "edcba"), (.create, "edcba"), (.mod, "abcde"), (.value, "abcde"),
        (.version, "bdace"),
    ])
    func sortsDownByEveryTarget(_ target: Etcdserverpb_RangeRequest.SortTarget, _ keys: String) throws {
        let answer = try Self.answer {
            $0.sortTarget = target
            $0.sortOrder = .descend
        }
        #expect(answer == (keys, false, 5))
        let cut = try Self.answer {
            $0.sortTarget = target
            $0.sortOrder = .descend
            $0.limit = 3
        }
        #expect(cut == (String(keys.prefix(3)), true, 5))
    }

    @Test func aTargetWithoutOrderSortsWhatTheLimitLeaves() throws {
        let answer = try Self.answer {
            $0.sortTarget = .value
            $0.limit = 2
        }
        // The first three are read, sorted, and cut.
        #expect(answer == ("cb", true, 5))
    }

    @Test func filtersByRevisionsAndCountsAll() throws {
        #expect(try Self.answer { $0.minCreateRevision = 4 } == ("cde", false, 5))
        #expect(try Self.answer { $0.maxCreateRevision = 4 } == ("abc", false, 5))
        #expect(try Self.answer { $0.minModRevision = 19 } == ("ab", false, 5))
        #expect(try Self.answer { $0.maxModRevision = 19 } == ("bcde", false, 5))
        let answer = try Self.answer {
            $0.minCreateRevision = 3
            $0.maxModRevision = 18
            $0.limit = 1
        }
        #expect(answer == ("c", true, 5))
    }

    @Test func valuesAreSortedByThoughNotTold() throws {
        var message = Etcdserverpb_RangeRequest()
        message.key = Data("a".utf8)
        message.sortTarget = .value
        message.sortOrder = .ascend
        message.keysOnly = true
        let shape = try RangeShape(message)
        #expect(!shape.request.keysOnly)
        let answer = shape.answer(
            RangeResponse(keyValues: Self.keyValues, more: false, count: 5, revision: 30))
        #expect(answer.kvs.map { String(decoding: $0.key, as: UTF8.self) } == ["e", "d", "c", "b", "a"])
        #expect(answer.kvs.allSatisfy { $0.value.isEmpty })
    }

    @Test func anEmptyKeyIsRefused() {
        #expect(throws: CallError.emptyKey) { try RangeShape(Etcdserverpb_RangeRequest()) }
    }
}
