import Foundation
import KubeAPI
import Listening

/// A network that this process has on this machine and nobody else can claim, until the process ends.
///
/// Each /16 of it is a socket with a name in the abstract namespace (unix(7)): binding is one step in the kernel, for all
/// users of the same network namespace (which is what shares loopback addresses), and the name goes with the process,
/// however it ends.
public struct NetworkClaim: Sendable {
    /// Another process has a part of the network.
    public struct Taken: Error, Equatable {
        /// The part, such as "127.96.0.0/16".
        public var network: String
        /// Its process as a person knows it; nil when it cannot be seen.
        public var holder: String?
    }

    private let descriptors: [Int32]

    /// Claims all of it or nothing. Throws `Taken`.
    public init(_ network: ClusterNetwork) throws {
        var claimed: [Int32] = []
        do {
            // In order, so that of two that want the same the first one at the first part has it.
            for part in Self.parts(of: network) { claimed.append(try Self.claim(part)) }
        } catch {
            for descriptor in claimed { close(descriptor) }
            throw error
        }
        descriptors = claimed
    }

    /// Gives the network back before the process ends; nothing may be done with the claim after.
    public func release() { for descriptor in descriptors { close(descriptor) } }

    /// The /16 networks that it touches, such as "127.96", in order.
    static func parts(of network: ClusterNetwork) -> [String] {
        var numbers: Set<UInt32> = []
        for range in [network.podCIDR, network.serviceCIDR] {
            numbers.formUnion(UInt32(range.first.value >> 16)...UInt32(range.last.value >> 16))
        }
        return numbers.sorted().map { "\($0 >> 8).\($0 & 255)" }
    }

    private static func claim(_ part: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        guard withName(of: part, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 128) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EADDRINUSE else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
            throw Taken(network: "\(part).0.0/16", holder: holder(of: part))
        }
        return descriptor
    }

    /// What SO_PEERCRED tells (`ucred` of socket(7)).
    private struct PeerCredentials {
        var pid: pid_t = 0
        var user: uid_t = 0
        var group: gid_t = 0
    }

    /// The process behind a claim: a connection tells who listens, whoever's process it is.
    private static func holder(of part: String) -> String? {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard withName(of: part, { connect(descriptor, $0, $1) }) == 0 else { return nil }
        var peer = PeerCredentials()
        var length = socklen_t(MemoryLayout<PeerCredentials>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0, peer.pid > 0 else { return nil }
        return SocketTable.describe(process: Int(peer.pid))
    }

    /// A name in the abstract namespace begins with a zero byte and has no end but its length.
    private static func withName(of part: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let text = Array("\0skiff/network/\(part)".utf8)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: text) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + text.count)
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
