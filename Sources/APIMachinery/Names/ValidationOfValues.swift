extension Validation {
    /// A port's name (RFC 6335): at most 15 of a-z, 0-9 and single hyphens, with a letter.
    public static func isPortName(_ value: String) -> [String] {
        var wrong = maximumLength(value, 15, "characters")
        let bytes = Array(value.utf8)
        if bytes.isEmpty || !bytes.allSatisfy({ Shape.isLower($0) || Shape.isDigit($0) || $0 == UInt8(ascii: "-") }) {
            wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !bytes.contains(where: Shape.isLower) { wrong.append("must contain at least one letter (a-z)") }
        if zip(bytes, bytes.dropFirst()).contains(where: { $0 == UInt8(ascii: "-") && $1 == $0 }) {
            wrong.append("must not contain consecutive hyphens")
        }
        if bytes.first == UInt8(ascii: "-") || bytes.last == UInt8(ascii: "-") {
            wrong.append("must not begin or end with a hyphen")
        }
        return wrong
    }

    /// What no name may be, as names are parts of paths.
    public static func isPathSegment(_ name: String) -> [String] {
        if name == "." || name == ".." { return ["may not be '\(name)'"] }
        return ["/", "%"].filter { mark in name.utf8.contains { $0 == mark.utf8.first } }.map {
            "may not contain '\($0)'"
        }
    }
    /// A name below a domain, such as `example.com/controller`.
    public static func isDomainPrefixedPath(_ text: String) -> [String] {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            return ["must be a domain-prefixed path (such as \"acme.io/foo\")"]
        }
        return isDNS1123Subdomain(String(parts[0]))
    }
    public static func isPortNumber(_ value: Int) -> [String] { isInRange(value, 1...65535) }

    public static func isInRange(_ value: Int, _ range: ClosedRange<Int>) -> [String] {
        range.contains(value) ? [] : ["must be between \(range.lowerBound) and \(range.upperBound), inclusive"]
    }

    /// A number of percent such as `25%`.
    public static func isPercent(_ value: String) -> [String] {
        let digits = value.utf8.dropLast()
        guard value.utf8.last == UInt8(ascii: "%"), !digits.isEmpty, digits.allSatisfy(Shape.isDigit) else {
            return [
                regexError(
                    "a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%")
            ]
        }
        return []
    }

    public static func isHTTPHeaderName(_ value: String) -> [String] {
        let isOne = !value.isEmpty && value.utf8.allSatisfy { Shape.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        return isOne
            ? []
            : [
                regexError(
                    "a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+",
                    "X-Header-Name")
            ]
    }

    /// A key of a ConfigMap or Secret.
    public static func isConfigMapKey(_ value: String) -> [String] {
        var wrong = maximumLength(value, 253, "characters")
        if value.isEmpty || !value.utf8.allSatisfy({ Shape.isAlphanumeric($0) || "-._".utf8.contains($0) }) {
            wrong.append(
                regexError(
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "[-._a-zA-Z0-9]+",
                    "key.name", "KEY_NAME", "key-name"))
        }
        if value == "." {
            wrong.append("must not be '.'")
        } else if value == ".." {
            wrong.append("must not be '..'")
        } else if value.hasPrefix("..") {
            wrong.append("must not start with '..'")
        }
        return wrong
    }

    /// An environment variable's name: any printable ASCII but `=` (Kubernetes' relaxed rule, general since v1.34).
    public static func isEnvironmentVariableName(_ value: String) -> [String] {
        if value.isEmpty { return ["environment variable name must be non-empty"] }
        return value.utf8.allSatisfy { 0x20..<0x7F ~= $0 && $0 != UInt8(ascii: "=") }
            ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
    }

    public static func isCIdentifier(_ value: String) -> [String] {
        func mayStart(_ byte: UInt8) -> Bool { Shape.isLetter(byte) || byte == UInt8(ascii: "_") }
        let isOne =
            value.utf8.first.map(mayStart) == true && value.utf8.allSatisfy { mayStart($0) || Shape.isDigit($0) }
        return isOne
            ? []
            : [
                regexError(
                    "a valid C identifier must start with alphabetic character or '_', followed by a string of "
                        + "alphanumeric characters or '_'", "[A-Za-z_][A-Za-z0-9_]*", "my_name", "MY_NAME", "MyName")
            ]
    }

    /// An IPv4 or IPv6 address, as Services and EndpointSlices want it.
    public static func isIP(_ value: String) -> [String] {
        IPAddress(value) == nil ? ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"] : []
    }
    /// An address as it is canonically written: names of objects must not be two for one address.
    public static func isCanonicalIP(_ value: String) -> [String] {
        if let address = IPAddress(value) {
            return address.description == value ? [] : ["must be in canonical form (\"\(address)\")"]
        }
        // Numbers of IPv4 with zeros in front are read in two ways.
        let bare = value.split(separator: ".", omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == "0" }).isEmpty ? "0" : String(part.drop { $0 == "0" })
        }
        return bare.count == 4 && IPAddress(bare.joined(separator: ".")) != nil
            ? ["must not have leading 0s"] : isIP(value)
    }
    /// A network whose address is its first.
    public static func isWholeCIDR(_ value: String) -> [String] {
        let wrong = isCIDR(value)
        let isWhole = CIDR(value)?.isNetwork ?? true
        return isWhole ? wrong : ["must not have bits set beyond the prefix length"]
    }
    /// A network such as 10.9.8.0/24.
    public static func isCIDR(_ value: String) -> [String] {
        CIDR(value) == nil ? ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"] : []
    }
}

/// What a name may begin with, hold and end with.
struct Shape: Sendable {
    var first: @Sendable (UInt8) -> Bool
    var middle: @Sendable (UInt8) -> Bool
    var last: @Sendable (UInt8) -> Bool

    static let dns1123Label = Shape(first: isLowerOrDigit, middle: isLowerDigitOrHyphen, last: isLowerOrDigit)
    static let dns1035Label = Shape(first: isLower, middle: isLowerDigitOrHyphen, last: isLowerOrDigit)
    static let qualified = Shape(
        first: isAlphanumeric, middle: { isAlphanumeric($0) || "-_.".utf8.contains($0) }, last: isAlphanumeric)

    func fits(_ value: Substring) -> Bool {
        guard let start = value.utf8.first, let end = value.utf8.last else { return false }
        return first(start) && last(end) && value.utf8.allSatisfy(middle)
    }

    func fits(_ value: String) -> Bool { fits(value[...]) }

    static func isSubdomain(_ value: String) -> Bool {
        value.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { dns1123Label.fits($0) }
    }

    @Sendable static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
    @Sendable static func isLower(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte }
    @Sendable static func isLetter(_ byte: UInt8) -> Bool { isLower(byte | 0x20) }
    @Sendable static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
    @Sendable private static func isLowerOrDigit(_ byte: UInt8) -> Bool { isLower(byte) || isDigit(byte) }
    @Sendable private static func isLowerDigitOrHyphen(_ byte: UInt8) -> Bool {
        isLowerOrDigit(byte) || byte == UInt8(ascii: "-")
    }
}
