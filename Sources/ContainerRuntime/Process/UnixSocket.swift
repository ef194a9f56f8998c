import CProcess
import Glibc

/// Addresses of unix sockets.
enum UnixSocket {
    /// Too long a path is cut, and the call then fails; callers keep paths short (relative, or below /proc/self/fd).
    static func address(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { target in
            target.copyBytes(from: path.utf8.prefix(target.count - 1))
        }
        return address
    }
    static func withAddress(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Connects to a socket in a directory, however long the directory's path is.
    static func connect(directory: String, name: String) throws(ContainerError) -> Int32 {
        let folder = try SystemCall.check("open \(directory)") {
            open(directory, cprocess_open_path | O_DIRECTORY | O_CLOEXEC)
        }
        defer { close(folder) }
        let socket = try SystemCall.check("socket") {
            Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        var address = address("/proc/self/fd/\(folder)/\(name)")
        do {
            try SystemCall.check("connect") { withAddress(&address) { Glibc.connect(socket, $0, $1) } }
        } catch {
            close(socket)
            throw error
        }
        SystemCall.setNonBlocking(socket)
        return socket
    }
}
