/// Reads a text onto a tape in one pass (RFC 8259, strictly; bytes must be UTF-8).
///
/// It works on raw memory because it is on the way of every object; it is confined to `Document.parse`, which owns that
/// memory: every read of `text` is bounded by `count`, and the tape has room for the densest text of that length.
struct Parser {
    /// A container that is open: where it is on the tape, and what has been seen of it.
    struct Frame {
        var tapeIndex: Int
        var count: Int
        /// One bit per hash of a member's name; a bit that is already there calls for a closer look.
        var namesSeen: UInt64
        /// The tape index of the last member's name.
        var lastName: Int
        var isObject: Bool
        var mayHaveDuplicates: Bool
    }

    let text: UnsafePointer<UInt8>
    let count: Int
    let tape: UnsafeMutablePointer<UInt64>
    let frames: UnsafeMutablePointer<Frame>
    var index = 0
    var top = 0
    var depth = 0
    var frame = Frame(
        tapeIndex: 0, count: 0, namesSeen: 0, lastName: 0, isObject: false, mayHaveDuplicates: false)
    /// Whether the text is valid but not as a `Document` wants it.
    var needsRewriting = false
    var duplicates: [String] = []

    enum Next { case value, name, afterValue }

    /// Reads the whole text.
    mutating func run() throws(Fault) {
        skipSpace()
        needsRewriting = index > 0
        var next = Next.value
        while true {
            switch next {
            case .value: next = try value()
            case .name:
                try name()
                next = .value
            case .afterValue:
                if depth == 0 { return try end() }
                next = try afterValue()
            }
        }
    }

    @inline(__always)
    private mutating func value() throws(Fault) -> Next {
        guard index < count else { throw Fault(place: .value, offset: index) }
        switch text[index] {
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "{"): return try open(.object)
        case UInt8(ascii: "["): return try open(.array)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try literal(.true, "true")
        case UInt8(ascii: "f"): try literal(.false, "false")
        case UInt8(ascii: "n"): try literal(.null, "null")
        default: throw Fault(place: .value, offset: index)
        }
        return .afterValue
    }

    /// Passes white space, which calls for rewriting if it is inside the root value.
    @inline(__always)
    private mutating func skipSpace() {
        guard index < count, text[index] <= UInt8(ascii: " ") else { return }
        let start = index
        while index < count, Self.isSpace(text[index]) { index &+= 1 }
        if depth > 0 && index > start { needsRewriting = true }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func end() throws(Fault) {
        skipSpace()
        guard index == count else { throw Fault(place: .afterTopLevel, offset: index) }
    }

    @inline(__always)
    private mutating func push(_ kind: Token.Kind, from start: Int) {
        tape[top] = Token(kind, start: start, length: index &- start).bits
        top &+= 1
    }
}

// MARK: - Containers

extension Parser {
    @inline(__always)
    private mutating func open(_ kind: Token.Kind) throws(Fault) -> Next {
        guard depth < JSON.maximumDepth else { throw Fault(place: .depth, offset: index) }
        frames[depth] = frame
        depth &+= 1
        frame = Frame(
            tapeIndex: top, count: 0, namesSeen: 0, lastName: 0, isObject: kind == .object,
            mayHaveDuplicates: false)
        push(kind, from: index)
        top &+= 1
        index &+= 1
        skipSpace()
        guard index < count else { throw Fault(place: kind == .object ? .objectKeyOrEnd : .value, offset: index) }
        if text[index] == (kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            close()
            return .afterValue
        }
        return kind == .object ? .name : .value
    }

    @inline(__always)
    private mutating func close() {
        index &+= 1
        let opened = Token(bits: tape[frame.tapeIndex])
        tape[frame.tapeIndex] = Token(opened.kind, start: opened.start, length: index &- opened.start).bits
        tape[frame.tapeIndex &+ 1] = Extent(words: top &- frame.tapeIndex, count: frame.count).bits
        if frame.mayHaveDuplicates { findDuplicates() }
        depth &-= 1
        frame = frames[depth]
    }

    @inline(__always)
    private mutating func afterValue() throws(Fault) -> Next {
        frame.count &+= 1
        skipSpace()
        guard index < count else { throw Fault(place: .afterElement, offset: index) }
        let byte = text[index]
        if byte == UInt8(ascii: ",") {
            index &+= 1
            skipSpace()
            return frame.isObject ? .name : .value
        }
        guard byte == (frame.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
            throw Fault(place: frame.isObject ? .afterMember : .afterElement, offset: index)
        }
        close()
        return .afterValue
    }

    /// A member's name and its colon.
    @inline(__always)
    private mutating func name() throws(Fault) {
        guard index < count, text[index] == UInt8(ascii: "\"") else {
            throw Fault(place: .objectKey, offset: index)
        }
        frame.lastName = top
        try string()
        note(Token(bits: tape[frame.lastName]))
        skipSpace()
        guard index < count, text[index] == UInt8(ascii: ":") else {
            throw Fault(place: .afterObjectKey, offset: index)
        }
        index &+= 1
        skipSpace()
    }

    @inline(__always)
    private mutating func note(_ name: Token) {
        // Its length, its first and its last eight bytes tell most siblings apart.
        var hash = UInt64(truncatingIfNeeded: name.length)
        let first = UnsafeRawPointer(text + name.start + 1)
        if name.length >= 10 {
            hash ^= first.loadUnaligned(as: UInt64.self)
            hash ^= (first + (name.length - 10)).loadUnaligned(as: UInt64.self) &* 0x9E37_79B9_7F4A_7C15
        } else {
            for offset in 0..<name.length - 2 { hash = hash << 7 ^ UInt64(text[name.start + 1 + offset]) }
        }
        let bit: UInt64 = 1 << ((hash &* 0x9E37_79B9_7F4A_7C15) >> 58)
        if frame.namesSeen & bit != 0 || name.kind == .escapedString { frame.mayHaveDuplicates = true }
        frame.namesSeen |= bit
    }
}

// MARK: - Scalars

extension Parser {
    @inline(__always)
    private mutating func literal(_ kind: Token.Kind, _ word: StaticString) throws(Fault) {
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
    private mutating func number() throws(Fault) {
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
    private mutating func string() throws(Fault) {
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
