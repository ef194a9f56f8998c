/// A quick yes for names that are in order, which nearly all are; what is not plain is for `Validation`'s rules to judge.
enum PlainNames {
    /// A label's value, or its key without a prefix: letters, digits, `-`, `_` and `.`, at most 63, with ends that are
    /// letters or digits.
    static func isName(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        var count = 0
        for byte in bytes {
            guard isAlphanumeric(byte) || isMark(byte) else { return false }
            count += 1
        }
        return count <= 63
    }

    /// A label's key: a plain name, or a lower-case DNS subdomain, a slash and a plain name.
    static func isKey(_ value: String) -> Bool {
        let bytes = value.utf8
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return isName(bytes) }
        return isSubdomain(bytes[..<slash]) && isName(bytes[bytes.index(after: slash)...])
    }

    private static func isSubdomain(_ bytes: Substring.UTF8View) -> Bool {
        // Before the first byte stands, as it were, the dot of another label.
        var previous = UInt8(ascii: ".")
        var count = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "."): if previous == UInt8(ascii: ".") || previous == UInt8(ascii: "-") { return false }
            case UInt8(ascii: "-"): if previous == UInt8(ascii: ".") { return false }
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            default: return false
            }
            previous = byte
            count += 1
        }
        return previous != UInt8(ascii: ".") && previous != UInt8(ascii: "-") && count <= 253
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
    }
    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
}
