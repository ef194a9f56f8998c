/// The escapes within a JSON string (RFC 8259, section 7).
enum Escapes {
    /// Decodes a string's content, without its quotes. A lone surrogate becomes U+FFFD, as in Go's encoding/json.
    static func decode(_ content: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: max(content.count, 1)) { output in
            var written = 0
            var index = 0
            func put(_ byte: UInt8) {
                output[written] = byte
                written += 1
            }
            while index < content.count {
                let byte = content[index]
                guard byte == UInt8(ascii: "\\") else {
                    put(byte)
                    index += 1
                    continue
                }
                let escape = content[index + 1]
                index += 2
                if escape == UInt8(ascii: "u") {
                    let (scalar, length, _) = Self.scalar(content, at: index)
                    index += length
                    for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { put(unit) }
                } else {
                    put(meaning(of: escape) ?? escape)
                }
            }
            return written
        }
    }

    /// What a one-letter escape stands for; nil if there is none such.
    static func meaning(of letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// The scalar whose four digits (and the second half of a pair) start at `index`, how many bytes that takes, and
    /// whether it is a surrogate without its other half. The digits are known to be there.
    static func scalar(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> (Unicode.Scalar, Int, isLone: Bool) {
        let first = hexadecimal(text, at: index) ?? 0
        if let scalar = Unicode.Scalar(first) { return (scalar, 4, false) }
        if first < 0xDC00, index + 10 <= text.count, text[index + 4] == UInt8(ascii: "\\"),
            text[index + 5] == UInt8(ascii: "u"), let second = hexadecimal(text, at: index + 6),
            0xDC00..<0xE000 ~= second,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        {
            return (scalar, 10, false)
        }
        return ("\u{FFFD}", 4, true)
    }

    /// The number that four hexadecimal digits make; nil when there are not four.
    static func hexadecimal(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32? {
        guard index + 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for byte in text[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Appends a string with its quotes, escaping what must be.
    static func write(_ string: String, to output: inout [UInt8]) {
        var string = string
        output.append(UInt8(ascii: "\""))
        string.withUTF8 { write(content: $0, to: &output) }
        output.append(UInt8(ascii: "\""))
    }

    private static func write(content: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        var plain = 0
        for index in content.indices where mustBeEscaped(content[index]) {
            output.append(contentsOf: UnsafeBufferPointer(rebasing: content[plain..<index]))
            write(escaped: content[index], to: &output)
            plain = index + 1
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: content[plain...]))
    }

    @inline(__always)
    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func write(escaped byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0..<0x20:
            output.append(contentsOf: "u00".utf8)
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        default: output.append(byte)
        }
    }
}
