import APIMachinery

/// A CustomResourceDefinition as protobuf has it: where JSON says a schema or something simpler, there is a message that says
/// which (JSONSchemaPropsOrArray, …OrBool, …OrStringArray of apiextensions/v1).
public enum DefinitionWire {
    public static let kind = GroupVersionKind(
        group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition")

    /// The type by which messages are read; what comes of it is for `plain`.
    public static let type: SchemaType? = {
        var text = KubernetesSchema.apiExtensions
        for (plain, wire) in [
            ("items 24 any", "items 24 *JSONSchemaPropsOrArray"),
            ("additionalProperties 30 any", "additionalProperties 30 *JSONSchemaPropsOrBool"),
            ("dependencies 32 {any}", "dependencies 32 {JSONSchemaPropsOrStringArray}"),
            ("additionalItems 33 any", "additionalItems 33 *JSONSchemaPropsOrBool"),
        ] {
            text = text.replacing(plain, with: wire)
        }
        text += """

            type JSONSchemaPropsOrArray
              schema 1 *JSONSchemaProps
              jSONSchemas 2 [JSONSchemaProps]
            type JSONSchemaPropsOrBool
              allows 1 bool
              schema 2 *JSONSchemaProps
            type JSONSchemaPropsOrStringArray
              schema 1 *JSONSchemaProps
              property 2 [string]
            """
        return Schema(notation: [KubernetesSchema.meta, text]).type(
            named: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.\(kind.kind)")
    }()

    /// A definition that was read by `type`, as JSON has it.
    public static func plain(_ definition: JSON) -> JSON {
        var definition = definition
        for index in (definition["spec", "versions"]?.elements ?? []).indices {
            guard let schema = definition["spec", "versions"]?[index]["schema", "openAPIV3Schema"] else { continue }
            definition["spec", "versions"]?[index]["schema", "openAPIV3Schema"] = plain(schema: schema)
        }
        return definition
    }

    private static func plain(schema: JSON) -> JSON {
        var result = schema
        for name in ["properties", "patternProperties", "definitions"] {
            guard let members = schema[name] else { continue }
            result[name] = JSON(members: members.members.map { (name: $0.name, value: plain(schema: $0.value)) })
        }
        for name in ["allOf", "anyOf", "oneOf"] {
            if let list = schema[name] { result[name] = JSON(list.elements.map { plain(schema: $0) }) }
        }
        if let not = schema["not"] { result["not"] = plain(schema: not) }
        if let items = schema["items"] {
            result["items"] =
                items["schema"].map { plain(schema: $0) }
                ?? JSON((items["jSONSchemas"]?.elements ?? []).map { plain(schema: $0) })
        }
        for name in ["additionalProperties", "additionalItems"] {
            guard let either = schema[name] else { continue }
            result[name] = either["schema"].map { plain(schema: $0) } ?? JSON(either["allows"]?.bool ?? false)
        }
        if let dependencies = schema["dependencies"] {
            result["dependencies"] = JSON(
                members: dependencies.members.map { member in
                    (
                        name: member.name,
                        value: member.value["schema"].map { plain(schema: $0) } ?? member.value["property"] ?? .array
                    )
                })
        }
        return result
    }
}
