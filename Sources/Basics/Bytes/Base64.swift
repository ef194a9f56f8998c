/// Base64 (RFC 4648, section 4), padded, as Go's standard encoding reads and writes it; line breaks are passed over.
public enum Base64 {
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        Base64Text.encode(bytes, Base64Text.standard, isPadded: true)
    }

    /// nil for anything else than padded base64.
    public static func decode(_ text: String) -> [UInt8]? {
        Base64Text.decode(text[...].utf8, Base64Text.standardValues, isPadded: true)
    }
    public static func decode(_ text: Substring) -> [UInt8]? {
        Base64Text.decode(text.utf8, Base64Text.standardValues, isPadded: true)
    }

    /// The offset, line breaks not counted, of the first byte that cannot be there, as Go's decoder tells it; nil for
    /// sound text.
    public static func firstIllegalByte(in text: String) -> Int? {
        var digits = 0
        var padding = 0
        var offset = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { continue }
            if byte == UInt8(ascii: "=") {
                if digits % 4 < 2 || digits % 4 + padding >= 4 { return offset }
                padding += 1
            } else {
                if Base64Text.standardValues[Int(byte)] >= 64 || padding > 0 { return offset }
                digits += 1
            }
            offset += 1
        }
        return (digits + padding) % 4 == 0 ? nil : offset
    }
}

/// Base64 for URLs and tokens (RFC 4648, section 5, as RFC 7515 uses it): `-` and `_`, without padding.
public enum Base64URL {
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        Base64Text.encode(bytes, Base64Text.url, isPadded: false)
    }

    /// nil for anything else, padding too.
    public static func decode(_ text: Substring) -> [UInt8]? {
        Base64Text.decode(text.utf8, Base64Text.urlValues, isPadded: false)
    }
    public static func decode(_ text: String) -> [UInt8]? { decode(text[...]) }
}

/// Both forms, by their alphabets.
private enum Base64Text {
    static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    static let standardValues = values(of: standard)
    static let urlValues = values(of: url)

    /// By byte: what a letter stands for; 255 for what is no letter.
    private static func values(of alphabet: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }

    static func encode(_ bytes: some Collection<UInt8>, _ alphabet: [UInt8], isPadded: Bool) -> String {
        if let text = bytes.withContiguousStorageIfAvailable({ encode($0, alphabet, isPadded) }) { return text }
        return Array(bytes).withUnsafeBufferPointer { encode($0, alphabet, isPadded) }
    }

    private static func encode(_ bytes: UnsafeBufferPointer<UInt8>, _ alphabet: [UInt8], _ isPadded: Bool) -> String {
        let whole = bytes.count / 3
        let rest = bytes.count % 3
        let length = whole * 4 + (rest == 0 ? 0 : isPadded ? 4 : rest + 1)
        return alphabet.withUnsafeBufferPointer { alphabet in
            String(unsafeUninitializedCapacity: length) { output in
                var position = 0
                for group in 0..<whole {
                    let word =
                        Int(bytes[3 * group]) << 16 | Int(bytes[3 * group + 1]) << 8 | Int(bytes[3 * group + 2])
                    output[position] = alphabet[word >> 18]
                    output[position + 1] = alphabet[word >> 12 & 63]
                    output[position + 2] = alphabet[word >> 6 & 63]
                    output[position + 3] = alphabet[word & 63]
                    position += 4
                }
                if rest > 0 {
                    let word = Int(bytes[3 * whole]) << 16 | (rest == 2 ? Int(bytes[3 * whole + 1]) << 8 : 0)
                    for place in 0...rest { output[position + place] = alphabet[word >> (18 - 6 * place) & 63] }
                    for place in position + rest + 1..<max(length, position + rest + 1) {
                        output[place] = UInt8(ascii: "=")
                    }
                }
                return length
            }
        }
    }

    static func decode(_ text: Substring.UTF8View, _ values: [UInt8], isPadded: Bool) -> [UInt8]? {
        if let bytes = text.withContiguousStorageIfAvailable({ decode($0, values, isPadded) }) { return bytes }
        return Array(text).withUnsafeBufferPointer { decode($0, values, isPadded) }
    }

    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>, _ values: [UInt8], _ isPadded: Bool
    ) -> [UInt8]? {
        values.withUnsafeBufferPointer { values in
            var isSound = true
            let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { output, count in
                var word: UInt32 = 0
                var letters = 0
                var padding = 0
                var position = 0
                while position < text.count {
                    if letters == 0, padding == 0, position + 4 <= text.count {
                        let (first, second) = (values[Int(text[position])], values[Int(text[position + 1])])
                        let (third, fourth) = (values[Int(text[position + 2])], values[Int(text[position + 3])])
                        if first | second | third | fourth < 64 {
                            output[count] = first << 2 | second >> 4
                            output[count + 1] = second << 4 | third >> 2
                            output[count + 2] = third << 6 | fourth
                            count += 3
                            position += 4
                            continue
                        }
                    }
                    let byte = text[position]
                    position += 1
                    let value = values[Int(byte)]
                    if value < 64, padding == 0 {
                        word = word << 6 | UInt32(value)
                        letters += 1
                        if letters == 4 {
                            output[count] = UInt8(truncatingIfNeeded: word >> 16)
                            output[count + 1] = UInt8(truncatingIfNeeded: word >> 8)
                            output[count + 2] = UInt8(truncatingIfNeeded: word)
                            count += 3
                            letters = 0
                        }
                    } else if isPadded, byte == UInt8(ascii: "=") {
                        padding += 1
                    } else if !isPadded || byte != 0x0A && byte != 0x0D {
                        isSound = false
                        return
                    }
                }
                switch (letters, isPadded || letters == 0 ? padding : 4 - letters) {
                case (0, 0): break
                case (2, 2):
                    output[count] = UInt8(truncatingIfNeeded: word >> 4)
                    count += 1
                case (3, 1):
                    output[count] = UInt8(truncatingIfNeeded: word >> 10)
                    output[count + 1] = UInt8(truncatingIfNeeded: word >> 2)
                    count += 2
                default: isSound = false
                }
            }
            return isSound ? bytes : nil
        }
    }
}
