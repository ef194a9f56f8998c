/// Base64 as Go's standard decoder takes it: padded, line breaks allowed.
enum Base64Text {
    /// The offset of the first byte that cannot be there; nil for sound text.
    static func firstIllegalByte(in text: String) -> Int? {
        var digits = 0
        var padding = 0
        var offset = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                if padding > 0 { return offset }
                digits += 1
            case UInt8(ascii: "="):
                if digits % 4 < 2 || digits % 4 + padding >= 4 { return offset }
                padding += 1
            default: return offset
            }
            offset += 1
        }
        return (digits + padding) % 4 == 0 ? nil : offset
    }
}

/// RFC 3339 text in the form Kubernetes stores: UTC, whole seconds or exactly six digits.
enum TimeText {
    static func canonical(_ text: String, microseconds: Bool) -> String? {
        guard let time = Timestamp(text) else { return nil }
        return microseconds ? time.microText : time.text
    }
}

/// The form of a quantity in JSON: as written if Kubernetes keeps it so, else canonical; nil if this is no quantity.
enum QuantityText {
    static func canonical(_ text: String) -> String? { try? Quantity(text).text }
}
