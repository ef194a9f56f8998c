import Foundation
import KeyValueCore
import NIOCore
import NIOHPACK
import Testing

@testable import EtcdFront

/// Messages on a stream, and the headers of calls.
@Suite struct MessageFramingTests {
    private static func request(_ bytes: Int) -> Etcdserverpb_PutRequest {
        var request = Etcdserverpb_PutRequest()
        request.key = Data("key".utf8)
        request.value = Data(repeating: 7, count: bytes)
        return request
    }

    /// However a client's bytes are cut, the same messages come out.
    @Test(arguments: [1, 2, 4, 5, 6, 7, 100, 4_096, 1_000_000])
    func messagesAreFoundHoweverTheBytesAreCut(size: Int) throws {
        let requests = [0, 1, 100, 0, 5_000, 3].map { Self.request($0) }
        var whole = ByteBuffer()
        for request in requests { whole.writeImmutableBuffer(try FramedMessage(request).buffer) }
        var splitter = MessageSplitter(limit: 10_000)
        var found: [Etcdserverpb_PutRequest] = []
        while let piece = whole.readSlice(length: min(size, whole.readableBytes)), piece.readableBytes > 0 {
            splitter.append(piece)
            while let message = try splitter.next() { found.append(try .init(serializedBytes: message)) }
        }
        #expect(found == requests)
        #expect(splitter.waitingBytes == 0)
    }

    @Test func largeAndCompressedMessagesAreRefused() {
        var large = MessageSplitter(limit: 100)
        large.append(ByteBuffer(bytes: [0, 0, 0, 0, 101]))
        #expect(throws: EtcdError(.resourceExhausted, "grpc: received message larger than max (101 vs. 100)")) {
            try large.next()
        }
        var compressed = MessageSplitter(limit: 100)
        compressed.append(ByteBuffer(bytes: [1, 0, 0, 0, 1, 0]))
        #expect(throws: EtcdError.self) { try compressed.next() }
    }

    /// What is written by hand is what the generated types write and read.
    @Test func changesAreEncodedAsTheGeneratedTypesDo() throws {
        var header = Etcdserverpb_ResponseHeader()
        header.clusterID = .max
        header.memberID = 0x80
        header.revision = 1 << 40
        header.raftTerm = 127
        let old = KeyValue(key: [1], value: [], createRevision: 1, modRevision: 1, version: 1)
        let new = KeyValue(
            key: [1], value: Array(repeating: 3, count: 300), createRevision: 1, modRevision: 1 << 40, version: 2,
            lease: -5)
        let events = [
            KeyValueEvent(kind: .put, current: new), KeyValueEvent(kind: .put, current: new, previous: old),
            KeyValueEvent(kind: .delete, current: new, previous: old), KeyValueEvent(kind: .delete, current: old),
        ]
        var encoding = WatchEncoding()
        let encoded = events.map { encoding.encode($0) }
        #expect(events.map { encoding.encode($0).field } == encoded.map(\.field))
        var framed = FramedMessages(capacity: 0)
        WatchLetter(header, isFragment: true, encoded[...]).append(to: &framed, for: 200)
        var splitter = MessageSplitter(limit: 1 << 20)
        splitter.append(framed.buffer)
        let message = try Etcdserverpb_WatchResponse(serializedBytes: try #require(try splitter.next()))
        var expected = Etcdserverpb_WatchResponse()
        expected.header = header
        expected.watchID = 200
        expected.fragment = true
        expected.events = events.map { event in
            var message = Mvccpb_Event()
            message.kv = Mvccpb_KeyValue(event.current)
            if event.kind == .delete {
                message.type = .delete
                message.kv = Mvccpb_KeyValue()
                message.kv.key = Data(event.current.key)
                message.kv.modRevision = event.current.modRevision
            }
            if let previous = event.previous { message.prevKv = Mvccpb_KeyValue(previous) }
            return message
        }
        #expect(message == expected)
        #expect(try FramedMessage(expected).buffer == framed.buffer)
    }

    private static func headers(_ more: [(String, String)] = []) -> HPACKHeaders {
        let names = Set(more.map(\.0))
        let usual = [(":method", "POST"), (":path", "/a.B/C"), ("content-type", "application/grpc")]
        return HPACKHeaders(usual.filter { !names.contains($0.0) } + more)
    }

    @Test func headersOfCallsAreRead() throws {
        let head = try CallHead(Self.headers([("grpc-timeout", "250m"), ("hasleader", "true"), ("other", "x")]))
        #expect(head.path == "/a.B/C" && head.timeoutNanoseconds == 250_000_000 && head.requiresLeader)
        #expect(try CallHead(Self.headers()).timeoutNanoseconds == nil)
        #expect(throws: CallHead.Refusal.http(status: 405)) { try CallHead(Self.headers([(":method", "GET")])) }
        #expect(throws: CallHead.Refusal.http(status: 415)) {
            try CallHead(Self.headers([("content-type", "application/json")]))
        }
        #expect(throws: CallHead.Refusal.self) { try CallHead(Self.headers([("grpc-encoding", "gzip")])) }
        #expect(throws: CallHead.Refusal.self) { try CallHead(Self.headers([("grpc-timeout", "soon")])) }
    }

    @Test(arguments: [
        ("1H", 3_600_000_000_000), ("2M", 120_000_000_000), ("3S", 3_000_000_000), ("4m", 4_000_000), ("5u", 5_000),
        ("6n", 6), ("99999999H", CallHead.longestNanoseconds), ("0S", 0),
    ])
    func timesAreInTheirUnits(text: String, nanoseconds: Int64) {
        #expect(CallHead.nanoseconds(text) == nanoseconds)
    }

    @Test(arguments: ["", "5", "S", "-1S", "123456789S", "1.5S", "1x", "１S"])
    func otherTimesAreNone(text: String) { #expect(CallHead.nanoseconds(text) == nil) }

    @Test func messagesOfErrorsAreEscaped() {
        #expect(CallAnswer.escape("etcdserver: no leader") == "etcdserver: no leader")
        #expect(CallAnswer.escape("100 %\nä") == "100 %25%0A%C3%A4")
    }
}
