import Basics
import Foundation
import Glibc

/// Opens and closes a TCP connection, by polling the socket without blocking.
enum TCPCheck {
    struct Failure: Error, CustomStringConvertible { var description: String }

    /// `host` is an IP address of either family, or a name, of which every address is tried.
    static func connect(_ host: String, port: Int) async throws {
        var failure = Failure(description: "no such host")
        for address in try await addresses(host, port) {
            do { return try await connect(address) } catch let error as Failure { failure = error }
        }
        throw failure
    }

    private struct Address: Sendable {
        var family: Int32
        /// A sockaddr of the family.
        var bytes: [UInt8]
    }
    /// Names are looked up on a thread of their own: the look-up blocks.
    private static func addresses(_ host: String, _ port: Int) async throws -> [Address] {
        let numeric = look(up: host, port, AI_NUMERICHOST)
        if !numeric.isEmpty { return numeric }
        let answer = Gate<[Address]>()
        Thread.detachNewThread { answer.open(look(up: host, port, 0)) }
        return try await answer.wait()
    }
    private static func look(up host: String, _ port: Int, _ flags: Int32) -> [Address] {
        var hints = addrinfo()
        hints.ai_flags = flags
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        return sequence(first: first) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { entry in
            guard let entry = entry?.pointee, let address = entry.ai_addr else { return nil }
            let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
            return Address(family: entry.ai_family, bytes: Array(bytes))
        }
    }

    private static func connect(_ address: Address) async throws {
        let socket = Glibc.socket(
            address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else {
            throw Failure(description: "socket: " + String(cString: strerror(errno)).lowercased())
        }
        defer { close(socket) }
        let result = address.bytes.withUnsafeBytes { bytes in
            guard let pointer = bytes.bindMemory(to: sockaddr.self).baseAddress else { return Int32(-1) }
            return Glibc.connect(socket, pointer, socklen_t(bytes.count))
        }
        if result == 0 { return }
        guard errno == EINPROGRESS else {
            throw Failure(description: "connect: " + String(cString: strerror(errno)).lowercased())
        }
        while true {
            var interest = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            if poll(&interest, 1, 0) > 0 { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &number, &size)
        if number != 0 { throw Failure(description: "connect: " + String(cString: strerror(number)).lowercased()) }
    }
}
