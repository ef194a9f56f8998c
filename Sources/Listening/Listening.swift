/// # Listening
///
/// Where programs of this machine listen, and why an address cannot be had.
///
/// - `ListenPlace`: a transport, an address and a port; `probe` tries it, `orFreePort` finds another.
/// - `ListenFailure`: what stood in the way, who holds the address, and which flag moves it, as one sentence.
/// - `SocketTable`: the kernel's tables of sockets, and which process holds one.
///
/// Absent on purpose: serving (`HTTPServer`, and the rooms with protocols of their own), which flags there are (`skiff`).
import APIMachinery

/// Where something listens.
public struct ListenPlace: Sendable, Hashable, CustomStringConvertible {
    public enum Transport: String, Sendable { case tcp = "TCP", udp = "UDP" }
    public var transport: Transport
    /// An IP address as text, or a name.
    public var address: String
    public var port: Int

    public init(_ transport: Transport, _ address: String, _ port: Int) {
        self.transport = transport
        self.address = address
        self.port = port
    }

    /// Such as "127.0.0.1:8080/TCP".
    public var description: String { "\(Self.host(address)):\(port)/\(transport.rawValue)" }

    /// An address as it stands before a port: IPv6 in brackets (RFC 3986 §3.2.2).
    public static func host(_ address: String) -> String { address.contains(":") ? "[\(address)]" : address }
}
