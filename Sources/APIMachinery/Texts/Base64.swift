/// Base64 (RFC 4648, section 4), padded, as Go's standard encoding reads and writes it; line breaks are passed over.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var word: UInt32 = 0
        var held = 0
        func put(_ letters: Int) {
            for position in 0..<4 {
                let letter = alphabet[Int(word >> UInt32(18 - 6 * position) & 63)]
                output.append(position < letters ? letter : UInt8(ascii: "="))
            }
        }
        for byte in bytes {
            word = word << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                put(4)
                word = 0
                held = 0
            }
        }
        if held > 0 {
            word <<= UInt32(8 * (3 - held))
            put(held + 1)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// nil for anything else than padded base64.
    public static func decode(_ text: String) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count / 4 * 3)
        var word: UInt32 = 0
        var letters = 0
        var padding = 0
        for byte in text.utf8 where byte != 0x0A && byte != 0x0D {
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            let value = values[Int(byte)]
            guard value < 64, padding == 0 else { return nil }
            word = word << 6 | UInt32(value)
            letters += 1
            if letters == 4 {
                output += [UInt8(word >> 16 & 255), UInt8(word >> 8 & 255), UInt8(word & 255)]
                word = 0
                letters = 0
            }
        }
        switch (letters, padding) {
        case (0, 0): break
        case (2, 2): output.append(UInt8(word >> 4 & 255))
        case (3, 1): output += [UInt8(word >> 10 & 255), UInt8(word >> 2 & 255)]
        default: return nil
        }
        return output
    }
}
