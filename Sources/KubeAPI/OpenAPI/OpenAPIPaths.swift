import APIMachinery
import Foundation

/// The paths of one resource: its collection, its objects, their subresources.
struct OpenAPIPaths {
    let resource: Resource
    let writer: OpenAPIWriter

    private var kind: GroupVersionKind { resource.groupVersionKind }
    private var root: String { kind.group.isEmpty ? "/api/\(kind.version)" : "/apis/\(kind.group)/\(kind.version)" }
    private var collection: String {
        resource.isNamespaced
            ? "\(root)/namespaces/{namespace}/\(resource.plural)" : "\(root)/\(resource.plural)"
    }
    /// The parts of operation names, such as `CoreV1` and `NamespacedPod`.
    private var groupName: String {
        let group = kind.group.isEmpty ? "core" : String(kind.group.prefix { $0 != "." })
        return (group + kind.version.capitalized).firstUppercased
    }
    private var scopedName: String { (resource.isNamespaced ? "Namespaced" : "") + kind.kind }

    var all: [JSON.Member] {
        var paths: [JSON.Member] = []
        if resource.isNamespaced, resource.verbs.contains(.list) {
            let list = operation(
                "list", "list", "\(kind.kind)ForAllNamespaces", kind, query: OpenAPIParameters.listing,
                answer: listType)
            paths.append(item("\(root)/\(resource.plural)", [("get", list)], path: []))
        }
        let path = resource.isNamespaced ? ["namespace"] : []
        paths.append(item(collection, collectionOperations, path: path))
        let ofObjects = objectOperations
        if !ofObjects.isEmpty { paths.append(item("\(collection)/{name}", ofObjects, path: ["name"] + path)) }
        for subresource in resource.subresources {
            paths.append(
                item(
                    "\(collection)/{name}/\(subresource.name)", operations(of: subresource), path: ["name"] + path))
        }
        return paths
    }

    private var objectType: String? { resource.published?.name ?? resource.schema?.name }
    private var listType: String? {
        if let published = resource.published { return PublishedKind.listName(published, resource) }
        return Schema.kubernetes(GroupVersionKind(group: kind.group, version: kind.version, kind: resource.listKind))?
            .name
    }
    private var statusType: String? { shared("Status") }
    private func shared(_ name: String) -> String? {
        Schema.kubernetes(GroupVersionKind(group: "", version: "v1", kind: name))?.name
    }

    private var collectionOperations: [JSON.Member] {
        var operations: [JSON.Member] = []
        if resource.verbs.contains(.list) {
            operations.append(
                ("get", operation("list", "list", scopedName, kind, query: OpenAPIParameters.listing, answer: listType))
            )
        }
        if resource.verbs.contains(.create) {
            operations.append(
                (
                    "post",
                    operation(
                        "create", "post", scopedName, kind, query: OpenAPIParameters.writing, body: objectType,
                        answer: objectType)
                ))
        }
        if resource.verbs.contains(.deleteCollection) {
            let query = OpenAPIParameters.listing.filter { $0.name != "watch" && $0.name != "allowWatchBookmarks" }
            operations.append(
                (
                    "delete",
                    operation(
                        "deletecollection", "deletecollection", "Collection\(scopedName)", kind,
                        query: query + OpenAPIParameters.deleting, body: shared("DeleteOptions"), answer: statusType)
                ))
        }
        return operations
    }

    private var objectOperations: [JSON.Member] {
        var operations = readingAndWriting(scopedName, kind, objectType, resource.verbs)
        if resource.verbs.contains(.delete) {
            operations.append(
                (
                    "delete",
                    operation(
                        "delete", "delete", scopedName, kind, query: OpenAPIParameters.deleting,
                        body: shared("DeleteOptions"), answer: statusType)
                ))
        }
        return operations
    }

    private func operations(of subresource: Resource.Subresource) -> [JSON.Member] {
        let name = scopedName + subresource.name.rawValue.firstUppercased
        let kind = subresource.groupVersionKind
        let type = kind == self.kind ? objectType : Schema.kubernetes(kind)?.name
        if subresource.name.isConnection {
            let methods: [Verb: String] = [
                .create: "post", .get: "get", .update: "put", .patch: "patch", .delete: "delete",
            ]
            return subresource.verbs.compactMap { verb in
                methods[verb].map { ($0, operation("connect", "connect", name, kind, query: [], answer: nil)) }
            }
        }
        var operations = readingAndWriting(name, kind, type, subresource.verbs)
        if subresource.verbs.contains(.create) {
            operations.append(
                (
                    "post",
                    operation(
                        "create", "post", name, kind, query: OpenAPIParameters.writing, body: type, answer: type)
                ))
        }
        return operations
    }

    private func readingAndWriting(_ name: String, _ kind: GroupVersionKind, _ type: String?, _ verbs: [Verb])
        -> [JSON.Member]
    {
        var operations: [JSON.Member] = []
        if verbs.contains(.get) {
            operations.append(("get", operation("read", "get", name, kind, query: [], answer: type)))
        }
        if verbs.contains(.update) {
            let put = operation(
                "replace", "put", name, kind, query: OpenAPIParameters.writing, body: type, answer: type)
            operations.append(("put", put))
        }
        if verbs.contains(.patch) {
            let patch = operation(
                "patch", "patch", name, kind, query: OpenAPIParameters.patching, body: OpenAPIWriter.patch,
                answer: type,
                media: Self.patches.filter { resource.published == nil || $0 != Self.strategicMerge })
            operations.append(("patch", patch))
        }
        return operations
    }

    private static let strategicMerge = "application/strategic-merge-patch+json"
    private static let patches = [
        "application/json-patch+json", "application/merge-patch+json", strategicMerge,
        "application/apply-patch+yaml",
    ]

    private func item(_ path: String, _ operations: [JSON.Member], path names: [String])
        -> JSON.Member
    {
        let parameters =
            OpenAPIParameters.path(names, writer.dialect)
            + OpenAPIParameters.query(OpenAPIParameters.pretty, writer.dialect)
        return (path, JSON(members: operations + [("parameters", JSON(parameters))]))
    }

    /// `verb` begins the operation's name, `action` is Kubernetes' word for it; nil types are free in form.
    private func operation(
        _ verb: String, _ action: String, _ name: String, _ kind: GroupVersionKind,
        query: [OpenAPIParameters.Parameter], body: String? = nil, answer: String?, media: [String] = ["*/*"]
    ) -> JSON {
        let identifier = "\(verb)\(groupName)\(name)"
        let tag = groupName.prefix(1).lowercased() + groupName.dropFirst()
        var parameters = OpenAPIParameters.query(query, writer.dialect)
        var operation: JSON = ["tags": [JSON(tag)], "operationId": JSON(identifier)]
        let schema = answer.map { writer.reference($0) }
        let isV3 = writer.dialect == .v3
        if let body {
            if isV3 {
                let content: JSON = ["schema": writer.reference(body)]
                operation["requestBody"] = ["content": JSON(members: media.map { (name: $0, value: content) })]
            } else {
                parameters.append(
                    ["name": "body", "in": "body", "required": true, "schema": writer.reference(body)])
                operation["consumes"] = JSON(media)
            }
        }
        if !isV3 { operation["produces"] = ["application/json", "application/yaml"] }
        if !parameters.isEmpty { operation["parameters"] = JSON(parameters) }
        var ok: JSON = ["description": "OK"]
        if let schema {
            if isV3 { ok["content"] = ["application/json": ["schema": schema]] } else { ok["schema"] = schema }
        }
        operation["responses"] = ["200": ok, "401": ["description": "Unauthorized"]]
        operation["x-kubernetes-action"] = JSON(action)
        operation["x-kubernetes-group-version-kind"] = OpenAPIWriter.json(kind)
        return operation
    }
}

extension String {
    fileprivate var firstUppercased: String { prefix(1).uppercased() + dropFirst() }
}
