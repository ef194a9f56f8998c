/// An IPv4 or IPv6 address.
public struct IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The address as a number of 32 or 128 bits.
    public let value: UInt128
    public let isIPv6: Bool

    public init(ipv4: UInt32) {
        value = UInt128(ipv4)
        isIPv6 = false
    }
    public init(ipv6: UInt128) {
        value = ipv6
        isIPv6 = true
    }

    /// Reads dotted decimal without leading zeros, or RFC 4291's text form of IPv6 without a zone.
    public init?(_ text: String) {
        if let ipv4 = Self.ipv4(text[...]) {
            self.init(ipv4: ipv4)
        } else if let ipv6 = Self.ipv6(text) {
            self.init(ipv6: ipv6)
        } else {
            return nil
        }
    }

    var bits: Int { isIPv6 ? 128 : 32 }

    /// The 4 or 16 bytes in network order.
    public var bytes: [UInt8] {
        stride(from: bits - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    /// From 4 or 16 bytes in network order; nil for any other number of them.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        value = bytes.reduce(0) { $0 << 8 | UInt128($1) }
        isIPv6 = bytes.count == 16
    }
    /// Whether it stands for every address of the machine (0.0.0.0, ::).
    public var isUnspecified: Bool { value == 0 }

    /// The address so many further on; nil beyond the last.
    public func advanced(by distance: Int) -> IPAddress? {
        let magnitude = UInt128(distance.magnitude)
        let (sum, overflow) =
            distance < 0
            ? value.subtractingReportingOverflow(magnitude) : value.addingReportingOverflow(magnitude)
        guard !overflow, isIPv6 || sum <= UInt128(UInt32.max) else { return nil }
        return isIPv6 ? IPAddress(ipv6: sum) : IPAddress(ipv4: UInt32(truncatingIfNeeded: sum))
    }

    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.isIPv6 == right.isIPv6 ? left.value < right.value : !left.isIPv6
    }

    private static func ipv4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy(Shape.isDigit), part.count == 1 || part.first != "0", let byte = UInt8(part)
            else {
                return nil
            }
            address = address << 8 | UInt32(byte)
        }
        return address
    }

    private static func ipv6(_ text: String) -> UInt128? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2, let head = groups(halves[0], isLast: halves.count == 1) else {
            return nil
        }
        var all = head
        if halves.count == 2 {
            guard let tail = groups(halves[1], isLast: true), head.count + tail.count < 8 else { return nil }
            all += Array(repeating: 0, count: 8 - head.count - tail.count) + tail
        }
        guard all.count == 8 else { return nil }
        return all.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func groups(_ text: Substring, isLast: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var tail: [UInt16] = []
        if isLast, let last = parts.last, last.contains(".") {
            guard let ipv4 = ipv4(last) else { return nil }
            tail = [UInt16(ipv4 >> 16), UInt16(truncatingIfNeeded: ipv4)]
            parts.removeLast()
        }
        var groups: [UInt16] = []
        for part in parts {
            guard 1...4 ~= part.utf8.count, part.first != "+", part.first != "-", let group = UInt16(part, radix: 16)
            else { return nil }
            groups.append(group)
        }
        return groups + tail
    }

    /// Dotted decimal, or RFC 5952's canonical form.
    public var description: String {
        if !isIPv6 { return (0..<4).map { String(value >> (24 - 8 * $0) & 255) }.joined(separator: ".") }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> (112 - 16 * $0)) }
        if groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            return "::ffff:\(IPAddress(ipv4: UInt32(truncatingIfNeeded: value)))"
        }
        func shown(_ groups: some Sequence<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard let zeros = Self.longestZeros(groups) else { return shown(groups) }
        return shown(groups[..<zeros.lowerBound]) + "::" + shown(groups[zeros.upperBound...])
    }

    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(longest?.count ?? 1, 1) { longest = start..<index }
            start = index + 1
        }
        return longest
    }
}

/// A network: an address and how many leading bits all its addresses share.
public struct CIDR: Sendable, Hashable, CustomStringConvertible {
    /// The address as written, whose host bits need not be zero.
    public let address: IPAddress
    public let prefixLength: Int

    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), parts[1].utf8.allSatisfy(Shape.isDigit),
            parts[1] == "0" || parts[1].first != "0", let length = Int(parts[1])
        else { return nil }
        self.init(address, prefixLength: length)
    }
    public init?(_ address: IPAddress, prefixLength: Int) {
        guard 0...address.bits ~= prefixLength else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// An IPv4 network; a prefix longer than 32 is 32.
    public init(ipv4 address: UInt32, prefixLength: Int) {
        self.address = IPAddress(ipv4: address)
        self.prefixLength = min(max(prefixLength, 0), 32)
    }

    private var hostMask: UInt128 {
        let bits = UInt128(address.bits - prefixLength)
        return bits == 128 ? .max : (1 << bits) - 1
    }
    private func at(_ value: UInt128) -> IPAddress {
        address.isIPv6 ? IPAddress(ipv6: value) : IPAddress(ipv4: UInt32(truncatingIfNeeded: value))
    }
    /// The first address, of which all host bits are zero.
    public var first: IPAddress { at(address.value & ~hostMask) }
    /// The last address, of which all host bits are one.
    public var last: IPAddress { at(address.value | hostMask) }
    /// Whether the host bits are zero, as a network's should be.
    public var isNetwork: Bool { address == first }
    public func contains(_ other: IPAddress) -> Bool {
        other.isIPv6 == address.isIPv6 && (first.value...last.value).contains(other.value)
    }
    /// Whether some address is in both.
    public func overlaps(_ other: CIDR) -> Bool { contains(other.first) || other.contains(first) }
    /// How many addresses there are, held to Int's largest.
    public var count: Int {
        Int(clamping: hostMask).addingReportingOverflow(1).overflow ? .max : Int(clamping: hostMask) + 1
    }
    public var description: String { "\(address)/\(prefixLength)" }
}
