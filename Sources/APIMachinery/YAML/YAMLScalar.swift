import Basics

/// What a scalar means in YAML 1.1, as go-yaml v2 resolves it.
enum YAMLScalar {
    private static let prefix = "tag:yaml.org,2002:"

    static func value(_ text: String, tag: String?, isPlain: Bool) throws(YAMLBuilder.Failure) -> JSON {
        guard let tag, tag != "!" else { return isPlain ? try resolve(text) : JSON(text) }
        guard tag.hasPrefix(prefix) else { return JSON(text) }
        let name = String(tag.dropFirst(prefix.count))
        if name == "str" || name == "timestamp" { return JSON(text) }
        if name == "binary" {
            guard let bytes = Base64.decode(text), let string = String(validating: bytes, as: UTF8.self) else {
                throw YAMLBuilder.Failure(reason: "!!binary value contains invalid base64 data")
            }
            return JSON(string)
        }
        let value = try resolve(text)
        let expected: [String: JSON.Kind] = ["null": .null, "bool": .bool, "int": .number, "float": .number]
        guard let kind = expected[name] else { return JSON(text) }
        guard value.kind == kind, name != "int" || !(value.number ?? "").contains(where: { ".eE".contains($0) }) else {
            throw YAMLBuilder.Failure(reason: "cannot decode `\(text)` as a !!\(name)")
        }
        return value
    }

    /// A plain scalar without a tag.
    static func resolve(_ text: String) throws(YAMLBuilder.Failure) -> JSON {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return try number(text) ?? JSON(text)
        default: return word(text) ?? JSON(text)
        }
    }

    private static func word(_ text: String) -> JSON? {
        switch text {
        case "~", "null", "Null", "NULL": .null
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": true
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": false
        default: nil
        }
    }

    private static func number(_ text: String) throws(YAMLBuilder.Failure) -> JSON? {
        if [".nan", ".inf", "+.inf", "-.inf"].contains(text.lowercased()) {
            throw YAMLBuilder.Failure(reason: "unsupported value: \(text)")
        }
        let plain = text.hasPrefix(".") ? text : text.filter { $0 != "_" }
        if let integer = integer(plain) { return JSON(number: integer) }
        guard isFloat(plain), let value = Double(plain.hasSuffix(".") ? "\(plain)0" : plain), value.isFinite else {
            return nil
        }
        return JSON(value)
    }

    /// In decimal; `0x`, `0o`, `0b` and a leading zero name the other bases. It must fit 64 bits, signed or not.
    private static func integer(_ text: String) -> String? {
        let isNegative = text.hasPrefix("-")
        let unsigned = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard unsigned.utf8.first.map(Shape.isDigit) == true else { return nil }
        let bases: [(String, Int)] = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2), ("0", 8)]
        var digits = unsigned
        var radix = 10
        if unsigned.count > 1, let base = bases.first(where: { unsigned.hasPrefix($0.0) }) {
            digits = unsigned.dropFirst(base.0.count)
            radix = base.1
        }
        guard digits.first != "+", digits.first != "-", let value = UInt64(digits, radix: radix) else { return nil }
        if !isNegative { return String(value) }
        if value == 0 { return "0" }
        return value <= UInt64(Int64.max) + 1 ? "-\(value)" : nil
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isFloat(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func digits() -> Int {
            let count = rest.prefix(while: Shape.isDigit).count
            rest = rest.dropFirst(count)
            return count
        }
        func take(_ marks: String) -> Bool {
            guard let byte = rest.first, marks.utf8.contains(byte) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take("+-")
        let whole = digits()
        if take(".") {
            let fraction = digits()
            if whole == 0 && fraction == 0 { return false }
        } else if whole == 0 {
            return false
        }
        if take("eE") {
            _ = take("+-")
            if digits() == 0 { return false }
        }
        return rest.isEmpty
    }
}
