/// A block of IPv4 addresses such as 10.0.0.0/8 (RFC 4632).
public struct AddressRange: Sendable, Hashable {
    private var network: UInt32
    private var mask: UInt32

    /// nil for text that is not a block; white space around it is let pass, as Kubernetes does.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1].trimmed), (0...32).contains(length),
            let address = Self.number(parts[0].trimmed)
        else { return nil }
        mask = length == 0 ? 0 : ~UInt32(0) << UInt32(32 - length)
        network = address & mask
    }

    /// False for what is not an IPv4 address.
    public func contains(_ address: String) -> Bool { Self.number(address[...]).map { $0 & mask == network } ?? false }

    private static func number(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part) else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = self
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
