import APIMachinery
import KubeAPI

/// The types by which server-side apply merges a custom kind's objects and tells who owns which of their fields.
struct OwnedTypes {
    private static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
    private static let package = "custom"

    private var draft = SchemaDraft(package: package, aliases: ["meta": meta])
    private var count = 0

    /// The type of whole objects; nil only if the notation does not hold together.
    static func type(of schema: StructuralSchema, kind: String) -> SchemaType? {
        var types = OwnedTypes()
        types.draft.add("Root", isKind: true, types.fields(of: schema, isWhole: true, isRoot: true))
        return Schema(notation: [Schema.metaNotation], adding: types.draft).type(named: "\(package).Root")
    }

    /// `isRoot`: apiVersion and kind are there already.
    private mutating func fields(of schema: StructuralSchema, isWhole: Bool, isRoot: Bool = false) -> [SchemaDraft
        .Field]
    {
        var fields: [SchemaDraft.Field] = []
        if isWhole {
            if !isRoot { fields += [SchemaDraft.Field("apiVersion", "string"), SchemaDraft.Field("kind", "string")] }
            fields.append(SchemaDraft.Field("metadata", "meta.ObjectMeta"))
        }
        for name in schema.names where !(isWhole && ["apiVersion", "kind", "metadata"].contains(name)) {
            guard let property = schema.properties[name] else { continue }
            fields.append(
                SchemaDraft.Field(
                    name, value(property),
                    listType: property.listType.flatMap { SchemaListType(rawValue: $0) }
                        ?? (property.mapType == "atomic" ? .atomic : nil),
                    listMapKeys: property.listMapKeys, defaultValue: property.defaultValue))
        }
        return fields
    }

    /// A value in the notation's words. What may be anything is `any`, whose members are each owned.
    private mutating func value(_ schema: StructuralSchema) -> String {
        if schema.isIntOrString { return "int-or-string" }
        if schema.preservesUnknownFields { return "any" }
        switch schema.type {
        case "string": return "string"
        case "boolean": return "bool"
        case "integer": return "int64"
        case "number": return "double"
        case "array": return schema.items.map { "[\(value($0))]" } ?? "[any]"
        case "object":
            if let additional = schema.additional.schema { return "{\(value(additional))}" }
            if schema.properties.isEmpty, !schema.isEmbedded { return "any" }
            count += 1
            let name = "Part\(count)"
            draft.add(name, isAtomic: schema.mapType == "atomic", fields(of: schema, isWhole: schema.isEmbedded))
            return name
        default: return "any"
        }
    }
}
