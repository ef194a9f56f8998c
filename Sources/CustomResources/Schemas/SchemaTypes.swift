import APIMachinery
import Basics
import CEL

/// A schema as expressions know it (KEP-2876): the types of its values, and JSON as such values.
struct SchemaTypes: Sendable {
    /// The fields of each object type, by the type's name.
    private(set) var fields: [String: [String: ValueType]] = [:]
    /// The name of each object's type.
    private var names: [ObjectIdentifier: String] = [:]
    /// The schema whose value is a whole object.
    let root: StructuralSchema

    init(_ root: StructuralSchema) {
        self.root = root
        fields[Self.metadata] = ["name": .string, "generateName": .string]
        _ = declare(root, "object")
    }

    static let metadata = "objectMetadata"
    private static func isObject(_ schema: StructuralSchema) -> Bool {
        schema.type == "object" && !(schema.names.isEmpty && !schema.isEmbedded && !schema.additional.isAbsent)
    }

    /// Names the types in a schema after their places.
    private mutating func declare(_ schema: StructuralSchema, _ name: String) -> ValueType {
        if schema.isIntOrString { return .dyn }
        switch schema.type {
        case "string":
            return switch schema.format.filter({ $0 != "-" }) {
            case "byte": .bytes
            case "duration": .duration
            case "date", "datetime": .timestamp
            default: .string
            }
        case "integer": return .int
        case "number": return .double
        case "boolean": return .bool
        case "array": return .list(schema.items.map { declare($0, "\(name).@idx") } ?? .dyn)
        case "object":
            let isWhole = schema === root || schema.isEmbedded
            if let additional = schema.additional.schema { return .map(.string, declare(additional, "\(name).@elem")) }
            if schema.names.isEmpty, schema.preservesUnknownFields, !isWhole { return .dyn }
            var members: [String: ValueType] = [:]
            for property in schema.names {
                guard let inner = schema.properties[property], let escaped = FieldName.escaped(property) else {
                    continue
                }
                members[escaped] = declare(inner, "\(name).\(property)")
            }
            if isWhole {
                members["apiVersion"] = .string
                members["kind"] = .string
                members["metadata"] = .named(Self.metadata)
            }
            fields[name] = members
            names[ObjectIdentifier(schema)] = name
            return .named(name)
        default: return .dyn
        }
    }

    /// The type of a schema's values.
    func type(of schema: StructuralSchema) -> ValueType {
        if let name = names[ObjectIdentifier(schema)] { return .named(name) }
        var copy = self
        return copy.declare(schema, "")
    }

    // MARK: Values

    /// JSON as a value of its schema's type; without a schema, as it comes.
    func value(_ json: JSON, _ schema: StructuralSchema?) -> Value {
        guard let schema, !schema.isIntOrString else { return Value(json) }
        switch json.kind {
        case .number where schema.type == "number": return .double(json.double ?? .nan)
        case .number where schema.type == "integer":
            return json.number.flatMap { Int64($0) }.map { .int($0) }
                ?? json.double.flatMap { Int64(exactly: $0) }.map { .int($0) } ?? Value(json)
        case .string: return text(json.string ?? "", schema)
        case .array: return .list(json.elements.map { value($0, schema.items) })
        case .object:
            if let name = names[ObjectIdentifier(schema)] {
                return .map(ObjectView(json: json, schema: schema, types: self, typeName: name))
            }
            return .map(MapView(json: json, schema: schema, types: self))
        default: return Value(json)
        }
    }

    private func text(_ text: String, _ schema: StructuralSchema) -> Value {
        guard schema.type == "string" else { return .string(text) }
        switch schema.format.filter({ $0 != "-" }) {
        case "byte": return Base64.decode(text).map { .bytes($0) } ?? .string(text)
        case "duration": return GoDuration.nanoseconds(text).map { .duration($0) } ?? .string(text)
        case "date": return Instant(rfc3339: text + "T00:00:00Z").map { .timestamp($0) } ?? .string(text)
        case "datetime": return Instant(rfc3339: text).map { .timestamp($0) } ?? .string(text)
        default: return .string(text)
        }
    }

    private struct ObjectView: MapSource {
        let json: JSON
        let schema: StructuralSchema
        let types: SchemaTypes
        let typeName: String?

        private var fields: [String: ValueType] { typeName.flatMap { types.fields[$0] } ?? [:] }
        var keys: [Value] {
            json.members.compactMap { FieldName.escaped($0.name) }.filter { fields[$0] != nil }.map { .string($0) }
        }
        var count: Int { keys.count }
        func value(_ key: Value) -> Value? {
            guard let name = key.string, fields[name] != nil, let member = json[FieldName.unescaped(name)] else {
                return nil
            }
            let property = schema.properties[FieldName.unescaped(name)]
            if property == nil, name == "metadata" {
                var shown: JSON = .object
                for field in ["name", "generateName"] where member[field] != nil { shown[field] = member[field] }
                return Value(shown)
            }
            // A null where none may be is as good as nothing.
            if member.isNull, property?.isNullable != true { return nil }
            return types.value(member, property)
        }
    }

    private struct MapView: MapSource {
        let json: JSON
        let schema: StructuralSchema
        let types: SchemaTypes
        var keys: [Value] { json.members.map { .string($0.name) } }
        var count: Int { json.count }
        func value(_ key: Value) -> Value? {
            guard let name = key.string, let member = json[name] else { return nil }
            return types.value(member, schema.properties[name] ?? schema.additional.schema)
        }
    }
}

/// How expressions name fields whose names are no identifiers of theirs.
enum FieldName {
    private static let reserved: Set<String> = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let",
        "loop", "package", "namespace", "return",
    ]
    private static let escapes: [(character: Character, text: String)] = [
        (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"),
    ]

    /// nil for a name that cannot be said.
    static func escaped(_ name: String) -> String? {
        if reserved.contains(name) { return "__\(name)__" }
        var result = ""
        for character in name.replacing("__", with: "\u{0}") {
            if character == "\u{0}" {
                result += "__underscores__"
            } else if let escape = escapes.first(where: { $0.character == character }) {
                result += escape.text
            } else if character.isASCII, character.isLetter || character.isNumber || character == "_" {
                result.append(character)
            } else {
                return nil
            }
        }
        guard let first = result.first, !first.isNumber else { return nil }
        return result
    }

    static func unescaped(_ name: String) -> String {
        guard name.contains("__") else { return name }
        if name.hasPrefix("__"), name.hasSuffix("__"), name.count > 4 {
            let inner = String(name.dropFirst(2).dropLast(2))
            if reserved.contains(inner) { return inner }
        }
        var result = name
        for escape in escapes { result = result.replacing(escape.text, with: String(escape.character)) }
        return result.replacing("__underscores__", with: "__")
    }
}
