import APIMachinery
import KubeAPI

/// Which objects of a resource a list or watch wants: a namespace, a name, labels, fields.
struct Selection: Sendable {
    /// `namespace/`, or empty for all.
    var prefix: String
    var labels: LabelRequirements
    var fields: [FieldRequirement]

    struct FieldRequirement: Sendable {
        var label: String
        var value: String
        var isEqual: Bool
        var read: @Sendable (JSON) -> String
    }

    /// Throws 400 for selectors that cannot be read or fields that cannot be selected by.
    init(_ resource: Resource, namespace: String, labelSelector: String, fieldSelector: String) throws {
        prefix = namespace.isEmpty || !resource.isNamespaced ? "" : "\(namespace)/"
        labels = try LabelRequirements(labelSelector)
        fields = try Self.parse(fieldSelector).map { term in
            let read: (@Sendable (JSON) -> String)? =
                switch term.label {
                case "metadata.name": { $0["metadata", "name"]?.string ?? "" }
                case "metadata.namespace": { $0["metadata", "namespace"]?.string ?? "" }
                default: resource.selectableFields[term.label]
                }
            guard let read else { throw StatusError.badRequest("field label not supported: \(term.label)") }
            return FieldRequirement(label: term.label, value: term.value, isEqual: term.isEqual, read: read)
        }
    }

    /// Whether nothing but the namespace is asked for, so that no object need be parsed.
    var isWholeNamespace: Bool { labels.isEmpty && fields.isEmpty }

    func covers(_ key: String) -> Bool { prefix.isEmpty || key.utf8.starts(with: prefix.utf8) }

    /// Whether the object is selected, its namespace aside.
    func matches(_ object: StoredObject) -> Bool {
        isWholeNamespace || matches(object.json)
    }
    func matches(_ json: JSON) -> Bool {
        fields.allSatisfy { ($0.read(json) == $0.value) == $0.isEqual }
            && (labels.isEmpty || labels.match(json["metadata", "labels"] ?? .object))
    }

    /// `label=value`, `label==value` and `label!=value`, separated by commas; a backslash takes the next character as it is.
    private static func parse(_ text: String) throws -> [(label: String, value: String, isEqual: Bool)] {
        var terms: [(label: String, value: String, isEqual: Bool)] = []
        for term in split(text) where !term.isEmpty {
            if let range = term.firstRange(of: "!=") {
                terms.append((String(term[..<range.lowerBound]), try unescape(term[range.upperBound...]), false))
            } else if let range = term.firstRange(of: "==") {
                terms.append((String(term[..<range.lowerBound]), try unescape(term[range.upperBound...]), true))
            } else if let range = term.firstRange(of: "=") {
                terms.append((String(term[..<range.lowerBound]), try unescape(term[range.upperBound...]), true))
            } else {
                throw StatusError.badRequest("invalid selector: '\(text)'; can't understand '\(term)'")
            }
        }
        return terms
    }
    private static func split(_ text: String) -> [Substring] {
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
        parts.append(text[start...])
        return parts
    }
    private static func unescape(_ text: Substring) throws -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                guard character == "\\" || character == "," || character == "=" else {
                    throw StatusError.badRequest("invalid field selector: invalid escape sequence: \\\(character)")
                }
                result.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "=" {
                throw StatusError.badRequest("invalid field selector: unescaped character in value: \(character)")
            } else {
                result.append(character)
            }
        }
        guard !isEscaped else { throw StatusError.badRequest("invalid field selector: incomplete escape sequence") }
        return result
    }
}
