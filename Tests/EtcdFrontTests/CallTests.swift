import EtcdStore
import Foundation
import GRPCCore
import GRPCProtobuf
import KeyValueCore
import Testing

@testable import EtcdFront

/// What the gRPC server does with calls that are not as they should be, seen by another gRPC library.
@Suite struct CallTests {
    private static func error(_ body: () async throws -> Void) async -> RPCError? {
        do {
            try await body()
            return nil
        } catch { return error as? RPCError }
    }

    @Test(.timeLimit(.minutes(1))) func aRequestThatIsTooLargeIsRefusedAndTheConnectionGoesOn() async throws {
        var limits = EtcdLimits()
        limits.messageBytes = 100_000
        try await ServedDirectory.run(limits: limits) { served in
            try await served.connected { client in
                let keyValues = Etcdserverpb_KV.Client(wrapping: client)
                var put = Etcdserverpb_PutRequest()
                put.key = Data("k".utf8)
                put.value = Data(repeating: 1, count: 5_000_000)
                let large = put
                let refused = await Self.error { _ = try await keyValues.put(large) }
                #expect(refused?.code == .resourceExhausted)
                put.value = Data(repeating: 1, count: 90_000)
                let accepted = try await keyValues.put(put)
                #expect(accepted.header.revision == 2)
            }
        }
    }

    /// More than a window's bytes at once, on many streams of one connection.
    @Test(.timeLimit(.minutes(1))) func largeMessagesPassBothWays() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let keyValues = Etcdserverpb_KV.Client(wrapping: client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<16 {
                        group.addTask {
                            var put = Etcdserverpb_PutRequest()
                            put.key = Data("k\(number)".utf8)
                            put.value = Data(repeating: UInt8(number), count: 1_400_000)
                            _ = try await keyValues.put(put)
                        }
                    }
                    try await group.waitForAll()
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<16 {
                        group.addTask {
                            var range = Etcdserverpb_RangeRequest()
                            range.key = Data("k\(number)".utf8)
                            let answer = try await keyValues.range(range)
                            #expect(answer.kvs.map(\.value) == [Data(repeating: UInt8(number), count: 1_400_000)])
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aCallThatTakesTooLongEndsWithItsTime() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let locks = V3lockpb_Lock.Client(wrapping: client)
                var request = V3lockpb_LockRequest()
                request.name = Data("lock".utf8)
                let first = try await locks.lock(request)
                var options = CallOptions.defaults
                options.timeout = .milliseconds(300)
                let waiting = request
                let refused = await Self.error { _ = try await locks.lock(waiting, options: options) }
                #expect(refused?.code == .deadlineExceeded)
                // Who waited no longer stands in the way.
                var unlock = V3lockpb_UnlockRequest()
                unlock.key = first.key
                _ = try await locks.unlock(unlock)
                let second = try await locks.lock(request)
                #expect(second.key != first.key)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func methodsThatAreNotThereAreUnimplemented() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                for (service, sentence) in [
                    ("etcdserverpb.KV", "unknown method Rename for service etcdserverpb.KV"),
                    ("etcdserverpb.Tables", "unknown service etcdserverpb.Tables"),
                ] {
                    let refused = await Self.error {
                        try await client.unary(
                            request: ClientRequest(message: Etcdserverpb_RangeRequest()),
                            descriptor: MethodDescriptor(fullyQualifiedService: service, method: "Rename"),
                            serializer: ProtobufSerializer<Etcdserverpb_RangeRequest>(),
                            deserializer: ProtobufDeserializer<Etcdserverpb_RangeResponse>(), options: .defaults
                        ) { _ = try $0.message }
                    }
                    #expect(refused?.code == .unimplemented)
                    #expect(refused?.message == sentence)
                }
            }
        }
    }

    /// A client that takes nothing of a stream does not fill the server's memory, and others are served.
    @Test(.timeLimit(.minutes(1))) func whoReadsNothingIsNotWaitedFor() async throws {
        var limits = EtcdLimits()
        limits.streamAnswerBytes = 100_000
        try await ServedDirectory.run(limits: limits) { served in
            let socket = try RawSocket(port: Int(served.endpoint.split(separator: ":").last ?? "") ?? 0)
            defer { socket.close() }
            // A watch, in HTTP/2 by hand, of a client that reads nothing.
            try socket.write(RawSocket.watchOfEverything)
            try await served.connected { client in
                let keyValues = Etcdserverpb_KV.Client(wrapping: client)
                for number in 0..<200 {
                    var put = Etcdserverpb_PutRequest()
                    put.key = Data("k".utf8)
                    put.value = Data(repeating: UInt8(number), count: 100_000)
                    _ = try await keyValues.put(put)
                }
            }
            #expect(try await served.store.status().revision == 201)
            #expect(await served.metricLines().contains("etcd_debugging_mvcc_watcher_total 1"))
        }
    }

    /// Whoever connects and says nothing is let go.
    @Test(.timeLimit(.minutes(1))) func silentConnectionsEnd() async throws {
        var limits = EtcdLimits()
        limits.handshakeSeconds = 1
        try await ServedDirectory.run(limits: limits) { served in
            let socket = try RawSocket(port: Int(served.endpoint.split(separator: ":").last ?? "") ?? 0)
            defer { socket.close() }
            #expect(await socket.isEnded())
        }
    }
}
