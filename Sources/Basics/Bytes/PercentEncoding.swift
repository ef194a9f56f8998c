/// Percent-encoding (RFC 3986, section 2.1) of paths, queries and header values.
public enum PercentEncoding {
    /// nil for a broken escape and for bytes that are no UTF-8. `+` is a space in queries only.
    public static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        if let answer = text.utf8.withContiguousStorageIfAvailable({ decode($0, text, plusIsSpace) }) { return answer }
        return decode(String(decoding: text.utf8, as: UTF8.self)[...], plusIsSpace: plusIsSpace)
    }
    public static func decode(_ text: String, plusIsSpace: Bool = false) -> String? {
        decode(text[...], plusIsSpace: plusIsSpace)
    }

    private static func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, _ text: Substring, _ plusIsSpace: Bool
    ) -> String? {
        let space = plusIsSpace ? UInt8(ascii: "+") : UInt8(ascii: "%")
        guard let first = bytes.firstIndex(where: { $0 == UInt8(ascii: "%") || $0 == space }) else {
            return String(text)
        }
        var decoded = [UInt8](bytes[..<first])
        decoded.reserveCapacity(bytes.count)
        var position = first
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "%") {
                guard position + 2 < bytes.count, let high = value(bytes[position + 1]),
                    let low = value(bytes[position + 2])
                else { return nil }
                decoded.append(high << 4 | low)
                position += 3
            } else {
                decoded.append(byte == space ? UInt8(ascii: " ") : byte)
                position += 1
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// The one spelling among equal ones (RFC 3986, section 6.2.2): unreserved bytes as they are, other escapes in upper
    /// case. What is no escape stays.
    public static func normalized(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
                let high = value(bytes[position + 1]), let low = value(bytes[position + 2])
            {
                let byte = high << 4 | low
                output += isUnreserved(byte) ? [byte] : [UInt8(ascii: "%"), digit(high), digit(low)]
                position += 3
            } else {
                output.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Encodes every byte that `isPlain` does not let through: all but the unreserved ones unless told otherwise.
    public static func encode(_ text: String, where isPlain: (UInt8) -> Bool = isUnreserved) -> String {
        guard text.utf8.contains(where: { !isPlain($0) }) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Letters, digits, `-`, `.`, `_` and `~` (RFC 3986, section 2.3).
    public static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
