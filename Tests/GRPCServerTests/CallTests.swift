import EtcdClient
import EtcdTestKit
import Foundation
import GRPCCore
import SwiftProtobuf
import Testing

@testable import GRPCServer

/// What the server does with calls, as they should be and otherwise, seen by another gRPC library.
@Suite struct CallTests {
    private static func error(_ body: () async throws -> Void) async -> RPCError? {
        do {
            try await body()
            return nil
        } catch { return error as? RPCError }
    }

    @Test(.timeLimit(.minutes(1))) func messagesAreAnsweredInEachForm() async throws {
        try await EchoServer.run { server in
            try await server.connected { client in
                let one = Google_Protobuf_BytesValue(Data([1, 2]))
                #expect(try await client.call(EchoServer.echo, one) == one)
                #expect(try await client.call(EchoServer.slowEcho, one) == one)
                let streamed = try await client.call(EchoServer.chat) { writer in
                    for number: UInt8 in 0..<100 { try await writer.write(Google_Protobuf_BytesValue(Data([number]))) }
                } onResponse: { response in
                    var numbers: [UInt8] = []
                    for try await message in response.messages { numbers += message.value }
                    return numbers
                }
                #expect(streamed == Array(0..<100))
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func errorsHaveTheirCodesAndSentences() async throws {
        try await EchoServer.run { server in
            try await server.connected { client in
                let refused = await Self.error {
                    _ = try await client.call(EchoServer.refuse, Google_Protobuf_BytesValue())
                }
                #expect(refused?.code == .failedPrecondition && refused?.message == "100 %\nä")
                let admitted = await Self.error {
                    _ = try await client.call(EchoServer.echo, Google_Protobuf_BytesValue(Data("no".utf8)))
                }
                #expect(admitted?.code == .permissionDenied)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aRequestThatIsTooLargeIsRefusedAndTheConnectionGoesOn() async throws {
        var limits = CallLimits()
        limits.messageBytes = 100_000
        try await EchoServer.run(limits) { server in
            try await server.connected { client in
                let refused = await Self.error {
                    let large = Google_Protobuf_BytesValue(Data(repeating: 1, count: 5_000_000))
                    _ = try await client.call(EchoServer.echo, large)
                }
                #expect(refused?.code == .resourceExhausted)
                let small = Google_Protobuf_BytesValue(Data(repeating: 1, count: 90_000))
                let answer = try await client.call(EchoServer.echo, small)
                #expect(answer == small)
            }
        }
    }

    /// More than a window's bytes at once, on many streams of one connection.
    @Test(.timeLimit(.minutes(1))) func largeMessagesPassBothWays() async throws {
        try await EchoServer.run { server in
            try await server.connected { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<32 {
                        group.addTask {
                            let large = Google_Protobuf_BytesValue(Data(repeating: UInt8(number), count: 1_400_000))
                            let method = number.isMultiple(of: 2) ? EchoServer.echo : EchoServer.slowEcho
                            let answer = try await client.call(method, large)
                            #expect(answer == large)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aCallThatTakesTooLongEndsWithItsTime() async throws {
        try await EchoServer.run { server in
            try await server.connected { client in
                var options = CallOptions.defaults
                options.timeout = .milliseconds(300)
                let refused = await Self.error { [options] in
                    _ = try await client.call(EchoServer.wait, Google_Protobuf_BytesValue(), options: options)
                }
                #expect(refused?.code == .deadlineExceeded)
                // Its method has been told.
                while server.given.value == 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func methodsThatAreNotThereAreUnimplemented() async throws {
        try await EchoServer.run { server in
            try await server.connected { client in
                for (service, sentence) in [
                    ("test.Echo", "unknown method Rename for service test.Echo"),
                    ("test.Tables", "unknown service test.Tables"),
                ] {
                    let method = RemoteMethod<Google_Protobuf_BytesValue, Google_Protobuf_BytesValue>(
                        service, "Rename")
                    let refused = await Self.error {
                        _ = try await client.call(method, Google_Protobuf_BytesValue())
                    }
                    #expect(refused?.code == .unimplemented)
                    #expect(refused?.message == sentence)
                }
            }
        }
    }

    /// A client that takes nothing of a stream does not fill the server's memory, and others are served.
    @Test(.timeLimit(.minutes(1))) func whoReadsNothingIsNotWaitedFor() async throws {
        var limits = CallLimits()
        limits.streamAnswerBytes = 100_000
        try await EchoServer.run(limits) { server in
            let socket = try RawSocket(port: server.port)
            defer { socket.close() }
            // A call in HTTP/2 by hand, of a client that reads nothing; its method would write for ever.
            try socket.write(RawSocket.call("/test.Echo/Flood", FramedMessage(Google_Protobuf_BytesValue())))
            var written = -1
            while server.flooded.value != written || written == 0 {
                written = server.flooded.value
                try await Task.sleep(for: .milliseconds(200))
            }
            // The client's window, and what a stream may hold.
            #expect(written <= (65_535 + 100_000) / 10_000 + 2)
            try await server.connected { client in
                let one = Google_Protobuf_BytesValue(Data([1]))
                for _ in 0..<200 { _ = try await client.call(EchoServer.slowEcho, one) }
            }
        }
    }

    /// Whoever connects and says nothing is let go.
    @Test(.timeLimit(.minutes(1))) func silentConnectionsEnd() async throws {
        var limits = CallLimits()
        limits.handshakeSeconds = 1
        try await EchoServer.run(limits) { server in
            let socket = try RawSocket(port: server.port)
            defer { socket.close() }
            #expect(await socket.isEnded())
        }
    }

    /// What has been asked is still answered, and what waits is told that the server stops.
    @Test(.timeLimit(.minutes(1))) func aServerThatStopsTellsItsCalls() async throws {
        try await EchoServer.run { server in
            try await server.connected { client in
                let waiting = Task {
                    await Self.error { _ = try await client.call(EchoServer.wait, Google_Protobuf_BytesValue()) }
                }
                while server.waiting.value == 0 { try await Task.sleep(for: .milliseconds(5)) }
                server.stop()
                let ended = await waiting.value
                #expect(ended?.code == .unavailable && ended?.message == ServerRefusals().stopped.message)
            }
        }
    }
}
