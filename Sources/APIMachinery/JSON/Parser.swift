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
    /// The innermost open container's; it stays in its place, as copying it would cost more than all else here.
    var frame: UnsafeMutablePointer<Frame> { frames + depth }
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
    mutating func push(_ kind: Token.Kind, from start: Int) {
        tape[top] = Token(kind, start: start, length: index &- start).bits
        top &+= 1
    }
}

// MARK: - Containers

extension Parser {
    @inline(__always)
    private mutating func open(_ kind: Token.Kind) throws(Fault) -> Next {
        guard depth < JSON.maximumDepth else { throw Fault(place: .depth, offset: index) }
        depth &+= 1
        frame.initialize(
            to: Frame(
                tapeIndex: top, count: 0, namesSeen: 0, lastName: 0, isObject: kind == .object,
                mayHaveDuplicates: false))
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
        let opened = Token(bits: tape[frame.pointee.tapeIndex])
        tape[frame.pointee.tapeIndex] = Token(opened.kind, start: opened.start, length: index &- opened.start).bits
        tape[frame.pointee.tapeIndex &+ 1] =
            Extent(words: top &- frame.pointee.tapeIndex, count: frame.pointee.count).bits
        if frame.pointee.mayHaveDuplicates && frame.pointee.count > 1 { findDuplicates() }
        depth &-= 1
    }

    @inline(__always)
    private mutating func afterValue() throws(Fault) -> Next {
        frame.pointee.count &+= 1
        skipSpace()
        guard index < count else { throw Fault(place: .afterElement, offset: index) }
        let byte = text[index]
        if byte == UInt8(ascii: ",") {
            index &+= 1
            skipSpace()
            return frame.pointee.isObject ? .name : .value
        }
        guard byte == (frame.pointee.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
            throw Fault(place: frame.pointee.isObject ? .afterMember : .afterElement, offset: index)
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
        frame.pointee.lastName = top
        try string()
        note(Token(bits: tape[frame.pointee.lastName]))
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
            hash ^= (first + (name.length &- 10)).loadUnaligned(as: UInt64.self) &* 0x9E37_79B9_7F4A_7C15
        } else if name.start &+ 9 <= count {
            let word = UInt64(littleEndian: first.loadUnaligned(as: UInt64.self))
            hash ^= word & ((1 << UInt64(truncatingIfNeeded: 8 &* (name.length &- 2))) &- 1)
        } else {
            // The same word where eight bytes would reach beyond the text.
            for offset in 0..<name.length - 2 { hash ^= UInt64(text[name.start + 1 + offset]) << UInt64(8 * offset) }
        }
        let bit: UInt64 = 1 << ((hash &* 0x9E37_79B9_7F4A_7C15) >> 58)
        if frame.pointee.namesSeen & bit != 0 || name.kind == .escapedString { frame.pointee.mayHaveDuplicates = true }
        frame.pointee.namesSeen |= bit
    }
}
