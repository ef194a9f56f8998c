/// Identifiers made by chance (RFC 9562, version 4), which is handed in.
public enum UUIDv4 {
    /// Such as `3f1cb0e6-1b1f-4f43-8a6c-0d8e1f1f7d11`.
    public static func text(using chance: inout some RandomNumberGenerator) -> String {
        var words = [chance.next() as UInt64, chance.next() as UInt64]
        words[0] = words[0] & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        words[1] = words[1] & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 36) { output in
            var count = 0
            for nibble in 0..<32 {
                if [8, 12, 16, 20].contains(nibble) {
                    output[count] = UInt8(ascii: "-")
                    count += 1
                }
                output[count] = digits[Int(truncatingIfNeeded: words[nibble / 16] >> (60 - nibble % 16 * 4) & 15)]
                count += 1
            }
            return count
        }
    }
}
