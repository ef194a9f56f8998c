import APIMachinery

extension StructuralSchema {
    /// What OpenAPI 3.0 has of it: all but what only definitions know.
    var publishedV3: JSON { Self.published(source, isV2: false) }
    /// What Swagger 2.0 has of it: no alternatives, no nulls, and nothing said of what may be anything.
    var publishedV2: JSON { Self.published(source, isV2: true) }

    /// A root of which nothing is known must not seem to forbid fields (kubectl would refuse them).
    static let unknown: JSON = ["type": "object"]

    private static func published(_ schema: JSON, isV2: Bool) -> JSON {
        var result = schema
        if schema["x-kubernetes-int-or-string"]?.bool == true {
            // Said by the extension alone, for clients that know it.
            result["type"] = Optional.none
            if !isV2, schema["anyOf"] == nil, schema["allOf"] == nil {
                result["anyOf"] = [["type": "integer"], ["type": "string"]]
            }
        }
        if schema["x-kubernetes-embedded-resource"]?.bool == true { addMetadata(&result, isV2: isV2) }
        if let properties = result["properties"] {
            result["properties"] = JSON(
                members: properties.members.map { member in
                    let isDone = member.value["$ref"] != nil || member.value["allOf"]?[0]["$ref"] != nil
                    return (name: member.name, value: isDone ? member.value : published(member.value, isV2: isV2))
                })
        }
        if let items = result["items"], items.isObject { result["items"] = published(items, isV2: isV2) }
        if let additional = result["additionalProperties"], additional.isObject {
            result["additionalProperties"] = published(additional, isV2: isV2)
        }
        if isV2 { simplify(&result) }
        return result
    }

    private static func addMetadata(_ schema: inout JSON, isV2: Bool) {
        let name = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
        var properties = schema["properties"] ?? .object
        for field in ["apiVersion", "kind"] where properties[field] == nil { properties[field] = ["type": "string"] }
        properties["metadata"] =
            isV2 ? ["$ref": JSON("#/definitions/\(name)")] : ["allOf": [["$ref": JSON("#/components/schemas/\(name)")]]]
        schema["properties"] = properties
    }

    private static func simplify(_ schema: inout JSON) {
        for name in ["allOf", "anyOf", "oneOf", "not"] { schema[name] = Optional.none }
        let nullable = (schema["properties"]?.members ?? []).filter { $0.value["nullable"]?.bool == true }.map(\.name)
        if !nullable.isEmpty {
            let required = (schema["required"]?.strings ?? []).filter { !nullable.contains($0) }
            schema["required"] = required.isEmpty ? nil : JSON(required)
        }
        if schema["nullable"]?.bool == true {
            for name in ["type", "nullable", "items", "properties"] { schema[name] = Optional.none }
        }
        if schema["x-kubernetes-preserve-unknown-fields"]?.bool == true {
            for name in ["items", "properties"] { schema[name] = Optional.none }
            if schema["type"]?.string == "object" { schema["type"] = Optional.none }
        }
        if schema["type"]?.string == "array", schema["items"] == nil { schema["type"] = Optional.none }
    }
}
