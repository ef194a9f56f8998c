import APIMachinery
import Glibc

/// An address and a port as system calls want them.
struct SocketName {
    let family: Int32
    private var storage = sockaddr_storage()
    private let length: socklen_t

    /// nil for text that is no IP address.
    init?(_ address: String, port: Int) {
        guard let address = IPAddress(address), let port = UInt16(exactly: port) else { return nil }
        let bytes = address.bytes
        if address.isIPv6 {
            family = AF_INET6
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &name.sin6_addr) { $0.copyBytes(from: bytes) }
            withUnsafeMutableBytes(of: &storage) { storage in
                withUnsafeBytes(of: name) { storage.copyMemory(from: $0) }
            }
        } else {
            family = AF_INET
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &name.sin_addr) { $0.copyBytes(from: bytes) }
            withUnsafeMutableBytes(of: &storage) { storage in
                withUnsafeBytes(of: name) { storage.copyMemory(from: $0) }
            }
        }
    }

    mutating func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let length = length
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// The port that a socket is bound to; nil for one of another family.
    static func port(of descriptor: Int32) -> Int? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isRead = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        guard isRead, [AF_INET, AF_INET6].contains(Int32(storage.ss_family)) else { return nil }
        // Both families have the port behind the family's two bytes.
        return withUnsafeBytes(of: storage) { Int($0[2]) << 8 | Int($0[3]) }
    }
}
