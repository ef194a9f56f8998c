import Foundation

/// Why a text is not JSON that we accept.
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

extension JSON {
    /// Nesting deeper than this is refused.
    public static let maximumDepth = 512

    /// Reads one value; white space may surround it, nothing else may follow.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        do {
            let any = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            self = JSON(any: any)
        } catch {
            throw JSONError(offset: 0, reason: "\(error)")
        }
    }
    public init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }

    private init(any: Any) {
        switch any {
        case let value as String: self.init(value)
        case let value as NSNumber:
            if Self.CFGetTypeIDIsBool(value) {
                self.init(value.boolValue)
            } else {
                self.init(node: .number("\(value)"))
            }
        case let value as [Any]: self.init(value.map { JSON(any: $0) })
        case let value as [String: Any]:
            self.init(members: value.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSON(any: $0.value)) })
        default: self = .null
        }
    }
    private static func CFGetTypeIDIsBool(_ value: NSNumber) -> Bool { String(cString: value.objCType) == "c" }

    /// Appends this value's compact text.
    public func write(to output: inout [UInt8]) {
        switch node {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text): output.append(contentsOf: text.utf8)
        case .string(let text): Self.write(string: text, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.write(string: member.name, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    static func write(string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: #"\\"#.utf8)
            case 0x0A: output.append(contentsOf: #"\n"#.utf8)
            case 0x0D: output.append(contentsOf: #"\r"#.utf8)
            case 0x09: output.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20:
                output.append(contentsOf: "\\u00".utf8)
                let digits = Array("0123456789abcdef".utf8)
                output.append(digits[Int(byte >> 4)])
                output.append(digits[Int(byte & 15)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// This value's compact text as bytes.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }
    /// This value's compact text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
