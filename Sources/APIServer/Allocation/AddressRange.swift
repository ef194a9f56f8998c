/// An IPv4 network such as 127.96.0.0/16, and the addresses in it by number.
public struct AddressRange: Sendable, Equatable, CustomStringConvertible {
    /// The network's first address, as a number.
    public let base: UInt32
    public let prefixLength: Int

    init(base: UInt32, prefixLength: Int) {
        self.base = base
        self.prefixLength = prefixLength
    }

    /// From CIDR text; nil for anything but an IPv4 network of at least four addresses.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Self.number(String(parts[0])), let length = Int(parts[1]),
            (8...30).contains(length)
        else { return nil }
        prefixLength = length
        base = address & ~UInt32(0) << UInt32(32 - length)
    }

    public var description: String { "\(Self.text(base))/\(prefixLength)" }
    /// All addresses, with the network's own and the broadcast address.
    public var size: UInt32 { 1 << UInt32(32 - prefixLength) }
    public func contains(_ address: UInt32) -> Bool { address >= base && address - base < size }
    /// The address `offset` after the first.
    public subscript(offset: UInt32) -> UInt32 { base &+ offset }

    /// Four decimal numbers with dots, without leading zeros.
    public static func number(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), String(byte) == part else { return nil }
            address = address << 8 | UInt32(byte)
        }
        return address
    }
    public static func text(_ address: UInt32) -> String {
        "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    }
}
