import EtcdStore
import EtcdTestKit
import KeyValueCore
import NIOCore
import Testing

@testable import EtcdClient

/// Pings are answered before SwiftNIO counts them.
@Suite struct ClientPingTests {
    private let allocator = ByteBufferAllocator()

    private func frame(_ type: UInt8, _ flags: UInt8, _ payload: Int) -> ByteBuffer {
        var frame = allocator.buffer(capacity: 9 + payload)
        frame.writeInteger(UInt32(payload) << 8 | UInt32(type))
        frame.writeInteger(flags)
        frame.writeInteger(UInt32(type == 6 ? 0 : 5))
        frame.writeBytes((0..<payload).map { UInt8(truncatingIfNeeded: $0) })
        return frame
    }

    /// Whatever the cuts, the same bytes go through and the same pings are found, each in its place.
    @Test(arguments: [1, 2, 3, 7, 9, 16, 17, 18, 40, 10_000])
    func pingsAreFoundHoweverTheBytesAreCut(size: Int) throws {
        var whole = allocator.buffer(capacity: 1_000)
        var expected = whole
        var pings: [UInt64] = []
        for number in 0..<20 {
            for var other in [frame(0, 1, number), frame(6, 1, 8), frame(6, 0, 7), frame(4, 0, 0)] {
                var copy = other
                expected.writeBuffer(&copy)
                whole.writeBuffer(&other)
            }
            var ping = PingFilter.ping(UInt64(number), in: allocator)
            whole.writeBuffer(&ping)
            pings.append(UInt64(number))
        }
        var filter = PingFilter()
        var through = allocator.buffer(capacity: 1_000)
        var found: [UInt64] = []
        while let piece = whole.readSlice(length: min(size, whole.readableBytes)), piece.readableBytes > 0 {
            for part in filter.filter(piece) {
                switch part {
                case .through(var bytes): through.writeBuffer(&bytes)
                case .ping(let carried): found.append(carried)
                }
            }
        }
        #expect(found == pings)
        #expect(through == expected)
    }

    /// One connection carries more requests than the pings that SwiftNIO allows in its time.
    @Test(.timeLimit(.minutes(2)), .enabled(if: EtcdProcess.isInstalled))
    func aConnectionToEtcdOutlivesAThousandRequests() async throws {
        try await ClientSession.run { client, _ in
            for number in 0..<1_000 { try await client.put("k", "\(number)") }
            #expect(try await client.value("k") == "999")
        }
    }
}
