#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A parsed text that never changes: its bytes and a flat tape of tokens, about eight bytes each.
///
/// The text is compact within the root value (no white space between tokens), valid UTF-8, without duplicate members and
/// without lone surrogates, so any value's bytes may be copied as they are.
final class Document: Sendable {
    let text: [UInt8]
    /// One word for a scalar or a member's name, two for a container: its token and its `Extent`. A container's content
    /// follows it; an object's members are a name and a value each.
    let tape: [UInt64]

    init(text: [UInt8], tape: [UInt64]) {
        self.text = text
        self.tape = tape
    }
}

/// The first word of a value on the tape: four bits of kind, 28 bits of length, 32 bits of where its text starts.
struct Token {
    /// Containers come last, so that one comparison tells them.
    enum Kind: UInt8 {
        case null, `true`, `false`, number, string, escapedString, array, object
    }
    /// Texts longer than this are refused.
    static let maximumLength = 1 << 28 - 1

    var bits: UInt64
    init(bits: UInt64) { self.bits = bits }
    init(_ kind: Kind, start: Int, length: Int) {
        bits = UInt64(kind.rawValue) << 60 | UInt64(length) << 32 | UInt64(start)
    }
    var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: bits >> 60)) ?? .null }
    var isContainer: Bool { bits >> 60 >= UInt64(Token.Kind.array.rawValue) }
    var start: Int { Int(truncatingIfNeeded: bits & 0xFFFF_FFFF) }
    var length: Int { Int(truncatingIfNeeded: (bits >> 32) & 0xFFF_FFFF) }
    var end: Int { start + length }
    func moved(by distance: Int) -> Token { Token(bits: bits &+ UInt64(bitPattern: Int64(distance))) }
    func longer(by distance: Int) -> Token { Token(bits: bits &+ UInt64(bitPattern: Int64(distance)) << 32) }
}

/// The second word of a container on the tape: how many words it takes in all, and how many elements or members it has.
struct Extent {
    var bits: UInt64
    init(bits: UInt64) { self.bits = bits }
    init(words: Int, count: Int) { bits = UInt64(words) << 32 | UInt64(count) }
    var words: Int { Int(truncatingIfNeeded: bits >> 32) }
    var count: Int { Int(truncatingIfNeeded: bits & 0xFFFF_FFFF) }
}

extension Document {
    func token(_ index: Int) -> Token { Token(bits: tape[index]) }
    func extent(_ index: Int) -> Extent { Extent(bits: tape[index + 1]) }
    /// The index of what follows the value at `index`.
    func next(after index: Int) -> Int { token(index).isContainer ? index + extent(index).words : index + 1 }
    func count(_ index: Int) -> Int { token(index).isContainer ? extent(index).count : 0 }

    /// The text of the value at `index`, a string's with its quotes.
    func range(_ index: Int) -> Range<Int> {
        let token = token(index)
        return token.start..<token.end
    }

    /// The decoded string at `index`.
    func string(_ index: Int) -> String {
        let token = token(index)
        return text.withUnsafeBufferPointer { text in
            let content = UnsafeBufferPointer(rebasing: text[token.start + 1..<token.end - 1])
            return token.kind == .string ? String(decoding: content, as: UTF8.self) : Escapes.decode(content)
        }
    }

    /// The index of the value of an object's member, or nil.
    func member(_ name: String, of object: Int) -> Int? {
        var name = name
        return name.withUTF8 { name in
            text.withUnsafeBufferPointer { text in
                tape.withUnsafeBufferPointer { tape in
                    Self.member(name, of: object, text, tape)
                }
            }
        }
    }

    private static func member(
        _ name: UnsafeBufferPointer<UInt8>, of object: Int, _ text: UnsafeBufferPointer<UInt8>,
        _ tape: UnsafeBufferPointer<UInt64>
    ) -> Int? {
        let length = name.count + 2
        let end = object + Extent(bits: tape[object + 1]).words
        var index = object + 2
        while index < end {
            let key = Token(bits: tape[index])
            if key.length == length && key.kind == .string {
                if equalBytes(text, key.start + 1, name) { return index + 1 }
            } else if key.kind == .escapedString {
                let content = UnsafeBufferPointer(rebasing: text[key.start + 1..<key.end - 1])
                if Escapes.decode(content).utf8.elementsEqual(name) { return index + 1 }
            }
            index += 1
            index += Token(bits: tape[index]).isContainer ? Extent(bits: tape[index + 1]).words : 1
        }
        return nil
    }

    @inline(__always)
    static func equalBytes(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ other: UnsafeBufferPointer<UInt8>)
        -> Bool
    {
        guard let a = text.baseAddress, let b = other.baseAddress, other.count > 0 else { return other.count == 0 }
        return memcmp(a + start, b, other.count) == 0
    }

    /// Whether two ranges of two documents hold the same bytes.
    static func sameText(_ a: Document, _ left: Range<Int>, _ b: Document, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        return a.text.withUnsafeBufferPointer { a in
            b.text.withUnsafeBufferPointer { b in
                equalBytes(a, left.lowerBound, UnsafeBufferPointer(rebasing: b[right]))
            }
        }
    }
}
