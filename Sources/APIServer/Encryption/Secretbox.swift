import Basics

/// NaCl's secretbox (XSalsa20 with Poly1305), which swift-crypto does not have: D. J. Bernstein, "Cryptography in NaCl"
/// (2009), "Extending the Salsa20 nonce" (2011), and RFC 8439 section 2.5 for Poly1305.
enum Secretbox {
    static let keyBytes = 32
    static let nonceBytes = 24
    static let tagBytes = 16

    /// The tag, then as many bytes as `plain` has. A nonce is used once.
    static func seal(_ plain: [UInt8], key: [UInt8], nonce: [UInt8]) -> [UInt8] {
        var stream = stream(key, nonce, count: 32 + plain.count)
        let oneTimeKey = Array(stream[..<32])
        stream.removeFirst(32)
        for index in plain.indices { stream[index] ^= plain[index] }
        return Poly1305.tag(stream, key: oneTimeKey) + stream
    }

    /// What was sealed; nil when the box is not one made with this key and nonce.
    static func open(_ box: [UInt8], key: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        guard box.count >= tagBytes else { return nil }
        var stream = stream(key, nonce, count: 32 + box.count - tagBytes)
        let oneTimeKey = Array(stream[..<32])
        let sealed = Array(box[tagBytes...])
        guard isEqual(Poly1305.tag(sealed, key: oneTimeKey), Array(box[..<tagBytes])) else { return nil }
        stream.removeFirst(32)
        for index in sealed.indices { stream[index] ^= sealed[index] }
        return stream
    }

    /// Takes the same time wherever the difference is.
    private static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0 && one.count == other.count
    }

    /// XSalsa20's first `count` bytes.
    private static func stream(_ key: [UInt8], _ nonce: [UInt8], count: Int) -> [UInt8] {
        let mixed = rounds(state(key, Array(nonce[..<16])))
        let words = [0, 5, 10, 15, 6, 7, 8, 9].map { mixed[$0] }
        let subkey = words.flatMap(bytes)
        var output: [UInt8] = []
        output.reserveCapacity(count + 63)
        var block: UInt64 = 0
        while output.count < count {
            let start = state(
                subkey, Array(nonce[16...]) + bytes(UInt32(truncatingIfNeeded: block)) + bytes(UInt32(block >> 32)))
            let end = rounds(start)
            for index in 0..<16 { output += bytes(start[index] &+ end[index]) }
            block += 1
        }
        output.removeLast(output.count - count)
        return output
    }

    /// Salsa20's square of words: constants, key, and 16 bytes of nonce and counter.
    private static func state(_ key: [UInt8], _ input: [UInt8]) -> [UInt32] {
        let key = (0..<8).map { word(key, 4 * $0) }
        let input = (0..<4).map { word(input, 4 * $0) }
        return [
            0x6170_7865, key[0], key[1], key[2], key[3], 0x3320_646E, input[0], input[1], input[2], input[3],
            0x7962_2D32, key[4], key[5], key[6], key[7], 0x6B20_6574,
        ]
    }

    /// Twenty rounds, without the addition at their end.
    private static func rounds(_ start: [UInt32]) -> [UInt32] {
        var x = start
        func quarter(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
            x[b] ^= rotated(x[a] &+ x[d], 7)
            x[c] ^= rotated(x[b] &+ x[a], 9)
            x[d] ^= rotated(x[c] &+ x[b], 13)
            x[a] ^= rotated(x[d] &+ x[c], 18)
        }
        for _ in 0..<10 {
            quarter(0, 4, 8, 12)
            quarter(5, 9, 13, 1)
            quarter(10, 14, 2, 6)
            quarter(15, 3, 7, 11)
            quarter(0, 1, 2, 3)
            quarter(5, 6, 7, 4)
            quarter(10, 11, 8, 9)
            quarter(15, 12, 13, 14)
        }
        return x
    }

    private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }
    private static func word(_ bytes: [UInt8], _ index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) }
    }
    private static func bytes(_ word: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
    }
}

/// The one-time authenticator of RFC 8439 section 2.5.
enum Poly1305 {
    /// 16 bytes for a message under a key of 32 that is used once.
    static func tag(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        // Numbers modulo 2^130 - 5 as five limbs of 26 bits.
        let mask: UInt64 = 0x3FF_FFFF
        var clamped = Array(key[..<16])
        for index in [3, 7, 11, 15] { clamped[index] &= 15 }
        for index in [4, 8, 12] { clamped[index] &= 252 }
        let r = limbs(clamped, top: 0)
        let r5 = r.map { $0 * 5 }
        var h: [UInt64] = [0, 0, 0, 0, 0]
        var start = 0
        while start < message.count {
            let count = min(16, message.count - start)
            var block = Array(message[start..<start + count])
            if count < 16 { block += [1] + [UInt8](repeating: 0, count: 15 - count) }
            let m = limbs(block, top: count == 16 ? 1 : 0)
            for index in 0..<5 { h[index] += m[index] }
            var product: [UInt64] = [0, 0, 0, 0, 0]
            for i in 0..<5 {
                for j in 0..<5 { product[i] += h[j] * (j <= i ? r[i - j] : r5[5 + i - j]) }
            }
            var carry: UInt64 = 0
            for index in 0..<5 {
                let sum = product[index] + carry
                h[index] = sum & mask
                carry = sum >> 26
            }
            h[0] += carry * 5
            h[1] += h[0] >> 26
            h[0] &= mask
            start += count
        }
        // Wholly reduced: h, or h - p when that is not negative.
        for _ in 0..<2 {
            var carry: UInt64 = 0
            for index in 0..<5 {
                let sum = h[index] + carry
                h[index] = sum & mask
                carry = sum >> 26
            }
            h[0] += carry * 5
        }
        var reduced: [UInt64] = [0, 0, 0, 0, 0]
        var carry: UInt64 = 5
        for index in 0..<5 {
            let sum = h[index] + carry
            reduced[index] = sum & mask
            carry = sum >> 26
        }
        let number = carry > 0 ? reduced : h
        let wide = number.enumerated().reduce((low: UInt64(0), high: UInt64(0))) { sum, limb in
            let shift = 26 * limb.offset
            switch shift {
            case ..<64:
                let low = sum.low | limb.element << UInt64(shift)
                return (low, sum.high | (shift == 0 ? 0 : limb.element >> UInt64(64 - shift)))
            default: return (sum.low, sum.high | limb.element << UInt64(shift - 64))
            }
        }
        let pad = (low: number64(key, 16), high: number64(key, 24))
        let (low, overflow) = wide.low.addingReportingOverflow(pad.low)
        let high = wide.high &+ pad.high &+ (overflow ? 1 : 0)
        return [low, high].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }

    private static func limbs(_ bytes: [UInt8], top: UInt64) -> [UInt64] {
        let low = number64(bytes, 0)
        let high = number64(bytes, 8)
        let mask: UInt64 = 0x3FF_FFFF
        return [
            low & mask, low >> 26 & mask, (low >> 52 | high << 12) & mask, high >> 14 & mask, high >> 40 | top << 24,
        ]
    }
    private static func number64(_ bytes: [UInt8], _ index: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[index + $1]) << (8 * UInt64($1)) }
    }
}
