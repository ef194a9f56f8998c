import APIMachinery
import CEL

/// A schema in structural form (JSONSchemaProps of apiextensions/v1, KEP-1111): which fields there are, what is filled in,
/// and what their values must be. Read once; objects are walked beside it.
public final class StructuralSchema: Sendable {
    /// What is said of members that `properties` does not name.
    enum Additional: Sendable {
        case absent, anything, nothing
        case schema(StructuralSchema)

        var schema: StructuralSchema? { if case .schema(let schema) = self { schema } else { nil } }
        var isAbsent: Bool { if case .absent = self { true } else { false } }
    }

    /// As it was written, for what is published of it.
    let source: JSON
    /// "object", "array", "string" …; empty where it is not said.
    let type: String
    let format: String
    let isNullable: Bool
    let preservesUnknownFields: Bool
    /// Whether its objects have apiVersion, kind and metadata.
    let isEmbedded: Bool
    let isIntOrString: Bool
    let listType: String?
    let listMapKeys: [String]
    let mapType: String?
    let properties: [String: StructuralSchema]
    /// The properties' names in the order of their text.
    let names: [String]
    let items: StructuralSchema?
    let additional: Additional
    let defaultValue: JSON?
    let limits: ValueLimits
    let required: [String]
    let allOf: [StructuralSchema]
    let anyOf: [StructuralSchema]
    let oneOf: [StructuralSchema]
    let not: StructuralSchema?
    /// `x-kubernetes-validations`, as written.
    let rules: [JSON]

    /// `schema` is a JSONSchemaProps; what it says that means nothing to this type is left to `SchemaRules`.
    public init(_ schema: JSON) {
        func flag(_ name: String) -> Bool { schema[name]?.bool ?? false }
        func list(_ name: String) -> [StructuralSchema] {
            (schema[name]?.elements ?? []).map { StructuralSchema($0) }
        }
        source = schema
        type = schema["type"]?.string ?? ""
        format = schema["format"]?.string ?? ""
        isNullable = flag("nullable")
        preservesUnknownFields = flag("x-kubernetes-preserve-unknown-fields")
        isEmbedded = flag("x-kubernetes-embedded-resource")
        isIntOrString = flag("x-kubernetes-int-or-string")
        listType = schema["x-kubernetes-list-type"]?.string
        listMapKeys = schema["x-kubernetes-list-map-keys"]?.strings ?? []
        mapType = schema["x-kubernetes-map-type"]?.string
        let members = schema["properties"]?.members ?? []
        properties = Dictionary(members.map { ($0.name, StructuralSchema($0.value)) }) { _, last in last }
        names = members.map(\.name)
        items = schema["items"].flatMap { $0.isObject ? StructuralSchema($0) : nil }
        switch schema["additionalProperties"] {
        case .some(let value) where value.isObject: additional = .schema(StructuralSchema(value))
        case .some(let value) where value.bool == true: additional = .anything
        case .some(let value) where value.bool == false: additional = .nothing
        default: additional = .absent
        }
        defaultValue = schema["default"].flatMap { $0.isNull ? nil : $0 }
        limits = ValueLimits(schema)
        required = schema["required"]?.strings ?? []
        allOf = list("allOf")
        anyOf = list("anyOf")
        oneOf = list("oneOf")
        not = schema["not"].flatMap { $0.isObject ? StructuralSchema($0) : nil }
        rules = schema["x-kubernetes-validations"]?.elements ?? []
    }

    /// Every schema in it that says something of a place of its own, itself first.
    var parts: [StructuralSchema] {
        [self] + names.flatMap { properties[$0]?.parts ?? [] } + (items?.parts ?? []) + (additional.schema?.parts ?? [])
    }
    /// Whether anything in it has a default.
    public var hasDefaults: Bool { parts.contains { $0.defaultValue != nil } }
}

/// What single values may be.
struct ValueLimits: Sendable {
    var maximum: Double?
    var minimum: Double?
    var isMaximumExclusive: Bool
    var isMinimumExclusive: Bool
    var multipleOf: Double?
    var maximumLength: Int?
    var minimumLength: Int?
    var pattern: String?
    /// The pattern where it is one.
    var compiledPattern: Pattern?
    var maximumItems: Int?
    var minimumItems: Int?
    var maximumMembers: Int?
    var minimumMembers: Int?
    var allowed: [JSON]?

    init(_ schema: JSON) {
        maximum = schema["maximum"]?.double
        minimum = schema["minimum"]?.double
        isMaximumExclusive = schema["exclusiveMaximum"]?.bool ?? false
        isMinimumExclusive = schema["exclusiveMinimum"]?.bool ?? false
        multipleOf = schema["multipleOf"]?.double
        maximumLength = schema["maxLength"]?.int
        minimumLength = schema["minLength"]?.int
        pattern = schema["pattern"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        compiledPattern = pattern.flatMap { try? Pattern($0) }
        maximumItems = schema["maxItems"]?.int
        minimumItems = schema["minItems"]?.int
        maximumMembers = schema["maxProperties"]?.int
        minimumMembers = schema["minProperties"]?.int
        allowed = schema["enum"].flatMap { $0.isArray ? $0.elements : nil }
    }
}
