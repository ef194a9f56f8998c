/// Why a text is not JSON that we accept; the reasons are worded as Go's encoding/json does.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// Offset in bytes from the start of the text.
    public var offset: Int
    public var reason: String
    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
    public var description: String { "\(reason) at offset \(offset)" }
}

/// What the parser throws: small, so that the way without errors stays quick.
struct Fault: Error {
    enum Place: UInt8 {
        case value, objectKey, objectKeyOrEnd, afterObjectKey, afterMember, afterElement, afterTopLevel
        case string, escape, hexadecimal, number, fraction, exponent, literal, utf8, depth, length
    }
    var place: Place
    var offset: Int

    func error(in text: UnsafeBufferPointer<UInt8>) -> JSONError {
        switch place {
        case .depth: return JSONError(offset: offset, reason: "exceeded max depth")
        case .length: return JSONError(offset: offset, reason: "text is longer than \(Token.maximumLength) bytes")
        case .utf8: return JSONError(offset: offset, reason: "invalid UTF-8")
        default: break
        }
        guard offset < text.count else { return JSONError(offset: offset, reason: "unexpected end of JSON input") }
        return JSONError(offset: offset, reason: "invalid character \(shown(text[offset])) \(context)")
    }

    private var context: String {
        switch place {
        case .value: "looking for beginning of value"
        case .objectKey, .objectKeyOrEnd: "looking for beginning of object key string"
        case .afterObjectKey: "after object key"
        case .afterMember: "after object key:value pair"
        case .afterElement: "after array element"
        case .afterTopLevel: "after top-level value"
        case .string: "in string literal"
        case .escape: "in string escape code"
        case .hexadecimal: "in \\u hexadecimal character escape"
        case .number: "in numeric literal"
        case .fraction: "after decimal point in numeric literal"
        case .exponent: "in exponent of numeric literal"
        case .literal: "in literal"
        case .utf8, .depth, .length: ""
        }
    }

    private func shown(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "'"): #"'\''"#
        case UInt8(ascii: "\""): "'\"'"
        case 0x0A: #"'\n'"#
        case 0x0D: #"'\r'"#
        case 0x09: #"'\t'"#
        case 0x20..<0x7F: "'\(Character(Unicode.Scalar(byte)))'"
        default: "'\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) + "'"
        }
    }
}
