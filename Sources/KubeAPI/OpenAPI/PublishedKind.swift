import APIMachinery

/// The definitions of a kind that brings its own: the object's, with what every object has, and its list's.
struct PublishedKind {
    private static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
    private static let ofEveryKind: [JSON.Member] = [
        (
            "apiVersion",
            [
                "type": "string",
                "description": "The version of the schema in which the object is written, such as `apps/v1`.",
            ]
        ),
        ("kind", ["type": "string", "description": "What the object is, such as `Deployment`."]),
    ]

    private let kind: GroupVersionKind
    private let listKind: String
    private let published: Resource.Published

    init(_ kind: GroupVersionKind, _ listKind: String, _ published: Resource.Published) {
        self.kind = kind
        self.listKind = listKind
        self.published = published
    }

    /// The name of its list's definition, such as `com.example.stable.v1.CronTabList`.
    static func listName(_ published: Resource.Published, _ resource: Resource) -> String {
        String(published.name.dropLast(resource.groupVersionKind.kind.count)) + resource.listKind
    }

    func definitions(_ writer: OpenAPIWriter) -> [(String, JSON)] {
        let prefix = published.name.dropLast(kind.kind.count)
        return [
            (published.name, object(writer)),
            ("\(prefix)\(listKind)", list(writer)),
        ]
    }

    private func object(_ writer: OpenAPIWriter) -> JSON {
        var definition = writer.dialect == .v2 ? published.v2 : published.v3
        // A definition that says nothing of fields must not seem to forbid those that it does not name.
        if definition["properties"] != nil {
            var properties = definition["properties"] ?? .object
            for (name, value) in Self.ofEveryKind { properties[name] = value }
            properties["metadata"] = reference(writer, "\(Self.meta).ObjectMeta")
            definition["properties"] = properties
        }
        definition["x-kubernetes-group-version-kind"] = [OpenAPIWriter.json(kind)]
        return definition
    }

    private func list(_ writer: OpenAPIWriter) -> JSON {
        var kind = self.kind
        kind.kind = listKind
        return [
            "type": "object", "required": ["items"],
            "properties": JSON(
                members: Self.ofEveryKind + [
                    ("items", ["type": "array", "items": writer.reference(published.name)]),
                    ("metadata", reference(writer, "\(Self.meta).ListMeta")),
                ]),
            "x-kubernetes-group-version-kind": [OpenAPIWriter.json(kind)],
        ]
    }

    /// In OpenAPI 3.0 nothing may stand beside a reference.
    private func reference(_ writer: OpenAPIWriter, _ name: String) -> JSON {
        writer.dialect == .v3 ? ["allOf": [writer.reference(name)]] : writer.reference(name)
    }
}
