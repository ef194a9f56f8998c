import Foundation

/// A TCP connection that sends whatever a test wants, well formed or not.
final class RawClient: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
    /// The same for more than the sockets' buffers hold: it waits without holding a thread of Swift's.
    func sendAll(_ text: String) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.send(text)
                continuation.resume()
            }
        }
    }
    func closeOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What arrives, up to `limit` bytes or the end.
    func read(limit: Int = 65_536) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [descriptor] in
                var buffer = [UInt8](repeating: 0, count: limit)
                let count = recv(descriptor, &buffer, limit, 0)
                continuation.resume(returning: String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self))
            }
        }
    }
    /// What arrives as it is, up to 64 KiB; empty at the end.
    func readBytes() async -> [UInt8] {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [descriptor] in
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                continuation.resume(returning: Array(buffer.prefix(max(count, 0))))
            }
        }
    }
    /// Everything until the server closes.
    func readAll() async -> String {
        var text = ""
        while true {
            let piece = await read()
            if piece.isEmpty { return text }
            text += piece
        }
    }
    /// Reads until this text has come, or the end.
    func read(until text: String) async -> String {
        var all = ""
        while !all.contains(text) {
            let piece = await read()
            if piece.isEmpty { break }
            all += piece
        }
        return all
    }
}
