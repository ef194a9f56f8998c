import APIMachinery
import KubeAPI

/// Metadata of whole objects within an object: read as every object's is.
enum EmbeddedMetadata {
    private static let type = Schema.kubernetes(
        GroupVersionKind(group: "", version: "v1", kind: "PartialObjectMetadata"))

    /// Drops what metadata does not have, and gives its paths. What is of the wrong type is left to the rules.
    static func read(_ object: inout JSON, _ schema: StructuralSchema) -> [String] {
        var unknown: [String] = []
        visit(&object, schema, "", &unknown)
        return unknown
    }

    private static func visit(
        _ value: inout JSON, _ schema: StructuralSchema, _ path: String, _ unknown: inout [String]
    ) {
        guard schema.parts.contains(where: \.isEmbedded) else { return }
        switch value.kind {
        case .object:
            if schema.isEmbedded, let metadata = value["metadata"], let type {
                let whole: JSON = ["apiVersion": "v1", "kind": "PartialObjectMetadata", "metadata": metadata]
                if let reading = try? type.read(whole) {
                    value["metadata"] = reading.value["metadata"]
                    unknown += reading.unknownFields.map { path.isEmpty ? $0 : "\(path).\($0)" }
                }
            }
            for member in value.members {
                guard let inner = schema.properties[member.name] ?? schema.additional.schema else { continue }
                var changed = member.value
                visit(&changed, inner, path.isEmpty ? member.name : "\(path).\(member.name)", &unknown)
                if changed != member.value { value[member.name] = changed }
            }
        case .array:
            guard let items = schema.items else { return }
            for (position, element) in value.elements.enumerated() {
                var changed = element
                visit(&changed, items, "\(path)[\(position)]", &unknown)
                if changed != element { value[position] = changed }
            }
        default: break
        }
    }
}
