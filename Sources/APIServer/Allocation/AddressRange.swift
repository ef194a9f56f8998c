import APIMachinery
import KubeAPI

/// An IPv4 network such as 127.96.0.0/16, and the addresses in it by number.
public struct AddressRange: Sendable, Equatable, CustomStringConvertible {
    /// The network's first address, as a number.
    public let base: UInt32
    public let prefixLength: Int

    /// The Services' addresses of a cluster.
    public init(_ network: ClusterNetwork) {
        base = UInt32(truncatingIfNeeded: network.serviceCIDR.first.value)
        prefixLength = network.serviceCIDR.prefixLength
    }

    /// From CIDR text; nil for anything but an IPv4 network of at least four addresses.
    public init?(_ text: String) {
        guard let network = CIDR(text), !network.address.isIPv6, (8...30).contains(network.prefixLength) else {
            return nil
        }
        prefixLength = network.prefixLength
        base = UInt32(truncatingIfNeeded: network.first.value)
    }

    public var description: String { "\(Self.text(base))/\(prefixLength)" }
    /// All addresses, with the network's own and the broadcast address.
    public var size: UInt32 { 1 << UInt32(32 - prefixLength) }
    public func contains(_ address: UInt32) -> Bool { address >= base && address - base < size }
    /// The address `offset` after the first.
    public subscript(offset: UInt32) -> UInt32 { base &+ offset }

    /// The number of an IPv4 address; nil for any other text.
    public static func number(_ text: String) -> UInt32? {
        IPAddress(text).flatMap { $0.isIPv6 ? nil : UInt32(truncatingIfNeeded: $0.value) }
    }
    public static func text(_ address: UInt32) -> String { IPAddress(ipv4: address).description }
}
