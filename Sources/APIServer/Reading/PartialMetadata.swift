import APIMachinery

/// meta.k8s.io PartialObjectMetadata: an object's metadata alone.
enum PartialMetadata {
    static let kind = "PartialObjectMetadata"

    static func of(_ object: JSON, _ version: String) -> JSON {
        [
            "kind": JSON(kind), "apiVersion": JSON("meta.k8s.io/\(version)"),
            "metadata": object["metadata"] ?? .object,
        ]
    }

    static func list(_ list: ListResult, _ version: String) -> JSON {
        [
            "kind": "PartialObjectMetadataList", "apiVersion": JSON("meta.k8s.io/\(version)"),
            "metadata": ListBody.metadata(list), "items": JSON(list.items.map { of($0.json, version) }),
        ]
    }
}
