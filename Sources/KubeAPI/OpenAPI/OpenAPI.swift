import APIMachinery

/// The API's description, derived from the resources and their schemas: one OpenAPI 3.0 document per group and version,
/// and one Swagger 2.0 document of everything. Made on demand; whoever serves them keeps their text.
public enum OpenAPI {
    /// The version of the Kubernetes API that is described.
    static let apiVersion = "v1.36.0"

    /// The OpenAPI 3.0 document of one group and version; nil if nothing of it is served.
    public static func v3(group: String, version: String, registry: ResourceRegistry) -> JSON? {
        let resources = registry.resources.filter {
            $0.groupVersionKind.group == group && $0.groupVersionKind.version == version
        }
        guard !resources.isEmpty else { return nil }
        let writer = OpenAPIWriter(dialect: .v3)
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": JSON(apiVersion)],
            "paths": JSON(members: resources.flatMap { OpenAPIPaths(resource: $0, writer: writer).all }),
            "components": ["schemas": schemas(of: resources, writer)],
        ]
    }

    /// The Swagger 2.0 document of all resources.
    public static func v2(_ registry: ResourceRegistry) -> JSON {
        let writer = OpenAPIWriter(dialect: .v2)
        return [
            "swagger": "2.0", "info": ["title": "Kubernetes", "version": JSON(apiVersion)],
            "paths": JSON(members: registry.resources.flatMap { OpenAPIPaths(resource: $0, writer: writer).all }),
            "definitions": schemas(of: registry.resources, writer),
        ]
    }

    /// The types of the resources, of their lists and subresources, and all that these refer to.
    private static func schemas(of resources: [Resource], _ writer: OpenAPIWriter) -> JSON {
        var kinds: [String: [GroupVersionKind]] = [:]
        var wanted: [SchemaType] = []
        func want(_ type: SchemaType?, _ kind: GroupVersionKind) {
            guard let type else { return }
            if kinds[type.name] == nil { wanted.append(type) }
            if kinds[type.name]?.contains(kind) != true { kinds[type.name, default: []].append(kind) }
        }
        for resource in resources {
            let kind = resource.groupVersionKind
            func sibling(_ name: String) -> GroupVersionKind {
                GroupVersionKind(group: kind.group, version: kind.version, kind: name)
            }
            if resource.published == nil { want(resource.schema, kind) }
            want(Schema.kubernetes(sibling(resource.listKind)), sibling(resource.listKind))
            for subresource in resource.subresources {
                want(Schema.kubernetes(subresource.groupVersionKind), subresource.groupVersionKind)
            }
            for shared in ["DeleteOptions", "Status", "WatchEvent"] {
                want(Schema.kubernetes(GroupVersionKind(group: "", version: "v1", kind: shared)), sibling(shared))
            }
        }
        let published = resources.compactMap { resource in
            resource.published.map { PublishedKind(resource.groupVersionKind, resource.listKind, $0) }
        }
        if let meta = Schema.kubernetes(GroupVersionKind(group: "", version: "v1", kind: "PartialObjectMetadataList")) {
            // What published kinds refer to.
            if !published.isEmpty, kinds[meta.name] == nil { wanted += meta.fields.compactMap(\.type) }
        }
        return writer.definitions(of: wanted, kinds, and: published)
    }
}
