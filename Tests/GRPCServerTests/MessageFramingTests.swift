import Foundation
import NIOCore
import NIOHPACK
import SwiftProtobuf
import Testing

@testable import GRPCServer

/// Messages on a stream, and the headers of calls.
@Suite struct MessageFramingTests {
    private static func request(_ bytes: Int) -> Google_Protobuf_BytesValue {
        Google_Protobuf_BytesValue(Data(repeating: 7, count: bytes))
    }

    /// However a client's bytes are cut, the same messages come out.
    @Test(arguments: [1, 2, 4, 5, 6, 7, 100, 4_096, 1_000_000])
    func messagesAreFoundHoweverTheBytesAreCut(size: Int) throws {
        let requests = [0, 1, 100, 0, 5_000, 3].map { Self.request($0) }
        var whole = ByteBuffer()
        for request in requests { whole.writeImmutableBuffer(try FramedMessage(request).buffer) }
        var splitter = MessageSplitter(limit: 10_000)
        var found: [Google_Protobuf_BytesValue] = []
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
        #expect(throws: CallError(.resourceExhausted, "grpc: received message larger than max (101 vs. 100)")) {
            try large.next()
        }
        var compressed = MessageSplitter(limit: 100)
        compressed.append(ByteBuffer(bytes: [1, 0, 0, 0, 1, 0]))
        #expect(throws: CallError.self) { try compressed.next() }
    }

    private static func headers(_ more: [(String, String)] = []) -> HPACKHeaders {
        let names = Set(more.map(\.0))
        let usual = [(":method", "POST"), (":path", "/a.B/C"), ("content-type", "application/grpc")]
        return HPACKHeaders(usual.filter { !names.contains($0.0) } + more)
    }

    @Test func headersOfCallsAreRead() throws {
        let head = try CallHead(Self.headers([("grpc-timeout", "250m"), ("hasleader", "true"), ("other", "x")]))
        #expect(head.path == "/a.B/C" && head.timeoutNanoseconds == 250_000_000)
        let context = CallContext(headers: Self.headers([("other", "x")]), cancellation: CallCancellation())
        #expect(context.metadata("other") == "x" && context.metadata("none") == nil)
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
