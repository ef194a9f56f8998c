import Foundation
import GRPCServer

/// A TCP connection on which a test writes what it likes.
package struct RawSocket: Sendable {
    private let descriptor: Int32

    package init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw POSIXError(.ECONNREFUSED) }
    }

    package func close() { _ = Foundation.close(descriptor) }

    package func write(_ bytes: [UInt8]) throws {
        if Foundation.write(descriptor, bytes, bytes.count) != bytes.count { throw POSIXError(.EPIPE) }
    }

    /// Reads what comes until the other side ends the connection.
    package func isEnded() async -> Bool {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var buffer = [UInt8](repeating: 0, count: 4_096)
                var count = 1
                while count > 0 { count = read(descriptor, &buffer, buffer.count) }
                continuation.resume(returning: count == 0)
            }
        }
    }

    /// HTTP/2's preface, empty settings, and a call with one message (RFC 9113 §4.1, RFC 7541 §6.2.2).
    package static func call(_ path: String, _ message: FramedMessage) -> [UInt8] {
        var headers: [UInt8] = []
        for (name, value) in [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ] {
            headers += [0, UInt8(name.utf8.count)] + Array(name.utf8)
            headers += [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let data = Array(message.buffer.readableBytesView)
        return preface + frame(4, 0, 0, []) + frame(1, 4, 1, headers) + frame(0, 0, 1, data)
    }

    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        return [0, UInt8(count >> 8), UInt8(count & 0xFF), type, flags, 0, 0, 0, stream] + payload
    }
}
