import APIMachinery

/// Writes types in the words of one of the two OpenAPI versions.
struct OpenAPIWriter: Sendable {
    enum Dialect: Sendable { case v2, v3 }
    let dialect: Dialect

    private static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
    private static let quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
    private static let intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
    static let patch = "\(meta).Patch"

    func reference(_ name: String) -> JSON {
        ["$ref": JSON(dialect == .v2 ? "#/definitions/\(name)" : "#/components/schemas/\(name)")]
    }

    /// These types and all that they refer to, by name.
    func definitions(
        of types: [SchemaType], _ kinds: [String: [GroupVersionKind]], and published: [PublishedKind] = []
    ) -> JSON {
        var written: [String: JSON] = scalars
        for kind in published { for (name, definition) in kind.definitions(self) { written[name] = definition } }
        var waiting = types
        while let type = waiting.popLast() {
            if written[type.name] != nil { continue }
            written[type.name] = definition(type, kinds[type.name] ?? [])
            waiting += type.fields.compactMap(\.type).filter { written[$0.name] == nil }
        }
        return JSON(members: written.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
    }

    /// Types that are one scalar in JSON.
    private var scalars: [String: JSON] {
        let isV3 = dialect == .v3
        return [
            "\(Self.meta).Time": ["type": "string", "format": "date-time"],
            "\(Self.meta).MicroTime": ["type": "string", "format": "date-time"],
            Self.patch: ["type": "object"],
            Self.quantity: isV3 ? ["oneOf": [["type": "string"], ["type": "number"]]] : ["type": "string"],
            Self.intOrString: isV3
                ? ["format": "int-or-string", "oneOf": [["type": "integer"], ["type": "string"]]]
                : ["type": "string", "format": "int-or-string"],
        ]
    }

    private func definition(_ type: SchemaType, _ kinds: [GroupVersionKind]) -> JSON {
        var definition: JSON = ["type": "object"]
        if let sentence = Descriptions.all.sentence(of: type) { definition["description"] = JSON(sentence) }
        let fields = type.fields
        if !fields.isEmpty {
            definition["properties"] = JSON(members: fields.map { (name: $0.name, value: property($0, of: type)) })
        }
        let required = fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { definition["required"] = JSON(required) }
        if type.isAtomic { definition["x-kubernetes-map-type"] = "atomic" }
        if !kinds.isEmpty { definition["x-kubernetes-group-version-kind"] = JSON(kinds.map(Self.json)) }
        return definition
    }

    static func json(_ kind: GroupVersionKind) -> JSON {
        ["group": JSON(kind.group), "kind": JSON(kind.kind), "version": JSON(kind.version)]
    }

    private func property(_ field: SchemaField, of type: SchemaType) -> JSON {
        var property = schema(field.value, field.schema)
        if let sentence = Descriptions.all.sentence(of: field.name, in: type) {
            property["description"] = JSON(sentence)
        }
        if let value = field.defaultValue { property["default"] = value }
        if let list = field.listType { property["x-kubernetes-list-type"] = JSON(list.rawValue) }
        if !field.listMapKeys.isEmpty { property["x-kubernetes-list-map-keys"] = JSON(field.listMapKeys) }
        if field.isAtomicMap { property["x-kubernetes-map-type"] = "atomic" }
        if !field.patchStrategy.isEmpty { property["x-kubernetes-patch-strategy"] = JSON(field.patchStrategy) }
        if let key = field.mergeKey { property["x-kubernetes-patch-merge-key"] = JSON(key) }
        // In OpenAPI 3.0 nothing may stand beside a reference.
        if dialect == .v3, property["$ref"] != nil {
            property["$ref"] = Optional.none
            property["allOf"] = [schema(field.value, field.schema)]
        }
        return property
    }

    private func schema(_ value: SchemaValue, _ schema: Schema) -> JSON {
        switch value {
        case .string: ["type": "string"]
        case .boolean: ["type": "boolean"]
        case .int32: ["type": "integer", "format": "int32"]
        case .int64: ["type": "integer", "format": "int64"]
        case .double: ["type": "number", "format": "double"]
        case .bytes: ["type": "string", "format": "byte"]
        case .time: reference("\(Self.meta).Time")
        case .microTime: reference("\(Self.meta).MicroTime")
        case .duration: ["type": "string"]
        case .quantity: reference(Self.quantity)
        case .intOrString: reference(Self.intOrString)
        case .any: .object
        case .rawObject: ["type": "object"]
        case .object: reference(schema.type(of: value)?.name ?? "")
        case .list(let element): ["type": "array", "items": self.schema(element, schema)]
        case .map(let element): ["type": "object", "additionalProperties": self.schema(element, schema)]
        }
    }
}
