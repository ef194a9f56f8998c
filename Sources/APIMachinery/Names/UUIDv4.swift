/// Identifiers made by chance (RFC 9562, version 4), which is handed in.
public enum UUIDv4 {
    /// Such as `3f1cb0e6-1b1f-4f43-8a6c-0d8e1f1f7d11`.
    public static func text(using chance: inout some RandomNumberGenerator) -> String {
        let first = chance.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let second = chance.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { output in
            var count = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    output[count] = UInt8(ascii: "-")
                    count += 1
                }
                let word = nibble < 16 ? first : second
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - nibble % 16 * 4) & 15)
                output[count] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                count += 1
            }
            return count
        }
    }
}
