import Glibc

/// Opens and closes a TCP connection. Runs on a thread of its own class of waiting: it polls the socket without blocking.
enum TCPCheck {
    struct Failure: Error, CustomStringConvertible { var description: String }

    static func connect(_ host: String, port: Int) async throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw Failure(description: "bad address") }
        let socket = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else { throw Failure(description: String(cString: strerror(errno))) }
        defer { close(socket) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
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
