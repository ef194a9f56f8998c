import Basics

extension YAML {
    /// A value as YAML in block style, its members in the order of their names, with a line break at the end.
    public static func text(_ value: JSON) -> String {
        var writer = YAMLWriter()
        writer.write(value, indent: 0, isAfterDash: false)
        return writer.output + "\n"
    }
    /// A stream of documents.
    public static func text(stream values: [JSON]) -> String { values.map(text).joined(separator: "---\n") }
}

/// Writes YAML as sigs.k8s.io/yaml does: two spaces, sequences not indented below their key.
private struct YAMLWriter {
    var output = ""

    /// The cursor is where the value may start on the same line.
    mutating func write(_ value: JSON, indent: Int, isAfterDash: Bool) {
        if value.count == 0 {
            output += scalar(value, indent: indent)
        } else if value.isObject {
            let members = value.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            for (position, member) in members.enumerated() {
                if position > 0 { newLine(indent) }
                output += YAMLText.isLong(member.name) ? "? " : ""
                output += YAMLText.key(member.name)
                if YAMLText.isLong(member.name) { newLine(indent) }
                output += ":"
                writeMember(member.value, indent: indent)
            }
        } else {
            for (position, element) in value.elements.enumerated() {
                if position > 0 { newLine(indent) }
                output += "- "
                write(element, indent: indent + 2, isAfterDash: true)
            }
        }
    }

    private mutating func writeMember(_ value: JSON, indent: Int) {
        if value.count == 0 {
            output += " \(scalar(value, indent: indent + 2))"
        } else {
            let inner = value.isObject ? indent + 2 : indent
            newLine(inner)
            write(value, indent: inner, isAfterDash: false)
        }
    }

    private mutating func newLine(_ indent: Int) { output += "\n" + String(repeating: " ", count: indent) }

    private func scalar(_ value: JSON, indent: Int) -> String {
        guard let string = value.string else { return value.text }
        return YAMLText.value(string, indent: max(indent, 2))
    }
}

/// Strings in the plainest style that reads back as the same string.
enum YAMLText {
    static func key(_ text: String) -> String {
        text == "<<" || !isPlain(text) ? quoted(text) : text
    }

    /// Whether a key must say that it is one: without `?` readers look for its colon in 1,024 characters only, and
    /// sigs.k8s.io/yaml writes longer ones than 128 bytes so.
    static func isLong(_ key: String) -> Bool { key.utf8.count > 128 }

    static func value(_ text: String, indent: Int) -> String {
        if isPlain(text) { return text }
        if text.contains("\n"), let block = block(text, indent: indent) { return block }
        return quoted(text)
    }

    /// Whether it can stand without quotes and still is a string to any reader of YAML 1.1.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, !meansSomethingElse(text) else { return false }
        if "?:,[]{}#&*!|>'\"%@` ".utf8.contains(first) || last == UInt8(ascii: ":") || last == UInt8(ascii: " ") {
            return false
        }
        if first == UInt8(ascii: "-"), text.utf8.count == 1 || text.hasPrefix("- ") || text.hasPrefix("--") {
            return false
        }
        return text.unicodeScalars.allSatisfy(isPrintable) && !text.contains(": ") && !text.contains(" #")
            && !text.hasPrefix("...")
    }

    private static func meansSomethingElse(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return true }
        if Shape.isDigit(first) || "+-.".utf8.contains(first) {
            // Numbers, dates, and the sexagesimal numbers of YAML 1.1.
            let others = text.utf8.drop {
                Shape.isDigit($0) || "+-.:_eExXoObBTZtz ".utf8.contains($0) || (0x61...0x66) ~= ($0 | 0x20)
            }
            if others.isEmpty && text.utf8.contains(where: Shape.isDigit) { return true }
        }
        return (try? YAMLScalar.resolve(text))?.kind != .string || ["=", "<<"].contains(text)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7F, 0xA0..<0x2028, 0x202A..<0xD800, 0xE000..<0xFEFF, 0xFF00..<0xFFFE, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// The literal style (`|`), for texts of several printable lines that do not start with space; nil for others.
    private static func block(_ text: String, indent: Int) -> String? {
        guard let first = text.first, first != " ", !first.isNewline, first != "\t",
            text.unicodeScalars.allSatisfy({ $0 == "\n" || isPrintable($0) })
        else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var chomping = "-"
        if text.hasSuffix("\n") {
            lines.removeLast()
            chomping = lines.last == "" ? "+" : ""
        }
        let margin = String(repeating: " ", count: indent)
        return "|\(chomping)\n" + lines.map { $0.isEmpty ? "" : margin + $0 }.joined(separator: "\n")
    }

    /// Single quotes, or double ones where something must be escaped or the text means something else without quotes.
    private static func quoted(_ text: String) -> String {
        let isSimple = text.unicodeScalars.allSatisfy(isPrintable) && !meansSomethingElse(text)
        if isSimple {
            return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        }
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            default:
                if isPrintable(scalar) {
                    output.unicodeScalars.append(scalar)
                } else {
                    output += "\\u" + scalar.value.digits(4, radix: 16)
                }
            }
        }
        return output + "\""
    }
}
