/// Scalars, of which `index` is at the first byte.
extension Parser {
    @inline(__always)
    mutating func literal(_ kind: Token.Kind, _ word: StaticString) throws(Fault) {
        let start = index
        for offset in 0..<word.utf8CodeUnitCount {
            guard index < count, text[index] == word.utf8Start[offset] else {
                throw Fault(place: .literal, offset: index)
            }
            index &+= 1
        }
        push(kind, from: start)
    }

    @inline(__always)
    mutating func number() throws(Fault) {
        let start = index
        if text[index] == UInt8(ascii: "-") { index &+= 1 }
        if index < count, text[index] == UInt8(ascii: "0") {
            index &+= 1
        } else {
            try digits(.number)
        }
        if index < count, text[index] == UInt8(ascii: ".") {
            index &+= 1
            try digits(.fraction)
        }
        if index < count, text[index] | 0x20 == UInt8(ascii: "e") {
            index &+= 1
            if index < count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index &+= 1 }
            try digits(.exponent)
        }
        push(.number, from: start)
    }

    @inline(__always)
    private mutating func digits(_ place: Fault.Place) throws(Fault) {
        let start = index
        while index < count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] { index &+= 1 }
        if index == start { throw Fault(place: place, offset: index) }
    }

    /// A string, of which `index` is at the opening quote.
    @inline(__always)
    mutating func string() throws(Fault) {
        let start = index
        var kind = Token.Kind.string
        index &+= 1
        while true {
            skipPlain()
            guard index < count else { throw Fault(place: .string, offset: count) }
            let byte = text[index]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                kind = .escapedString
                try escape()
            } else if byte < 0x20 {
                throw Fault(place: .string, offset: index)
            } else if byte < 0x80 {
                index &+= 1
            } else {
                try multibyte()
            }
        }
        index &+= 1
        push(kind, from: start)
    }

    /// Passes eight bytes at a time as long as all are ASCII and neither quote, backslash nor control character.
    @inline(__always)
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while index &+ 8 <= count {
            let word = UInt64(littleEndian: UnsafeRawPointer(text + index).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let stops =
                (((word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones)) & ~word | word) & highs
            if stops == 0 {
                index &+= 8
                continue
            }
            index &+= stops.trailingZeroBitCount >> 3
            return
        }
    }

    private mutating func escape() throws(Fault) {
        index += 1
        guard index < count else { throw Fault(place: .string, offset: count) }
        guard text[index] == UInt8(ascii: "u") else {
            guard Escapes.meaning(of: text[index]) != nil else { throw Fault(place: .escape, offset: index) }
            index += 1
            return
        }
        let whole = UnsafeBufferPointer(start: text, count: count)
        for offset in index + 1..<index + 5 {
            guard offset < count, Character(Unicode.Scalar(text[offset])).isHexDigit else {
                throw Fault(place: .hexadecimal, offset: offset)
            }
        }
        let (_, length, isLone) = Escapes.scalar(whole, at: index + 1)
        if isLone { needsRewriting = true }
        index += 1 + length
    }

    /// One scalar beyond ASCII (Unicode, table 3-7: well-formed byte sequences).
    private mutating func multibyte() throws(Fault) {
        let first = text[index]
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard 0xC2...0xF4 ~= first, index + length <= count else { throw Fault(place: .utf8, offset: index) }
        let second: ClosedRange<UInt8> =
            switch first {
            case 0xE0: 0xA0...0xBF
            case 0xED: 0x80...0x9F
            case 0xF0: 0x90...0xBF
            case 0xF4: 0x80...0x8F
            default: 0x80...0xBF
            }
        guard second ~= text[index + 1] else { throw Fault(place: .utf8, offset: index) }
        for offset in 2..<max(length, 2) where text[index + offset] & 0xC0 != 0x80 {
            throw Fault(place: .utf8, offset: index)
        }
        index += length
    }
}
