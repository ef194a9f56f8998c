/// Which objects are meant, by values of fields that their kind offers for it (k8s.io/apimachinery fields.Selector), such as
/// `spec.nodeName=node-1,status.phase!=Failed`: all terms must hold.
public struct FieldSelector: Sendable, Equatable, CustomStringConvertible {
    public struct Term: Sendable, Equatable {
        /// The field's label, such as `metadata.name`.
        public var field: String
        public var value: String
        public var isEqual: Bool
        public init(field: String, value: String, isEqual: Bool = true) {
            self.field = field
            self.value = value
            self.isEqual = isEqual
        }
    }
    public var terms: [Term]
    public init(_ terms: [Term] = []) { self.terms = terms }

    public static let everything = FieldSelector()

    /// Values may escape `\`, `,` and `=` by `\`. Throws 400 with Kubernetes' sentence.
    public init(parsing text: String) throws(StatusError) {
        var terms: [Term] = []
        for part in Self.parts(text) where !part.isEmpty {
            guard let sign = part.firstIndex(of: "=") else {
                throw .badRequest("invalid selector: '\(text)'; can't understand '\(part)'")
            }
            let isEqual = !part[..<sign].hasSuffix("!")
            var value = part[part.index(after: sign)...]
            if isEqual && value.first == "=" { value = value.dropFirst() }
            let field = isEqual ? part[..<sign] : part[..<sign].dropLast()
            terms.append(Term(field: String(field), value: try Self.unescaped(value), isEqual: isEqual))
        }
        self.init(terms)
    }

    public var isEmpty: Bool { terms.isEmpty }

    /// Whether all terms hold; `value` answers a field's value, empty if it has none.
    public func matches(_ value: (_ field: String) -> String) -> Bool {
        terms.allSatisfy { (value($0.field) == $0.value) == $0.isEqual }
    }
    public func matches(_ fields: [String: String]) -> Bool { matches { fields[$0] ?? "" } }

    /// The one value that this field must have to match, if there is one.
    public func requiredValue(of field: String) -> String? {
        terms.first { $0.field == field && $0.isEqual }?.value
    }

    public var text: String {
        terms.map { "\($0.field)\($0.isEqual ? "=" : "!=")\(Self.escaped($0.value))" }.joined(separator: ",")
    }
    public var description: String { text }

    /// Splits at commas that are not escaped.
    private static func parts(_ text: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isEscaped = false
        for index in text.indices {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\" {
                isEscaped = true
            } else if text[index] == "," {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        return parts + [text[start...]]
    }

    private static func unescaped(_ text: Substring) throws(StatusError) -> String {
        var value = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                guard ["\\", ",", "="].contains(scalar) else {
                    throw .badRequest("invalid field selector: invalid escape sequence: \\\(scalar)")
                }
                value.unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," || scalar == "=" {
                throw .badRequest("invalid field selector: unescaped character in value: \(scalar)")
            } else {
                value.unicodeScalars.append(scalar)
            }
        }
        if isEscaped { throw .badRequest("invalid field selector: invalid escape sequence: \\") }
        return value
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value {
            if ["\\", ",", "="].contains(character) { text.append("\\") }
            text.append(character)
        }
        return text
    }
}
