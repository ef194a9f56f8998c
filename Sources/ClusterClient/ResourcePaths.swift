import APIMachinery
import Basics
import KubeAPI
import Synchronization

/// Where a resource is served.
struct ResourcePlace: Sendable, Equatable {
    /// Such as "/api/v1" or "/apis/apps/v1".
    var root: String
    var resource: GroupResource
    var kind: String
    var isNamespaced: Bool

    init(root: String, resource: GroupResource, kind: String, isNamespaced: Bool) {
        self.root = root
        self.resource = resource
        self.kind = kind
        self.isNamespaced = isNamespaced
    }
    init(_ resource: Resource) {
        let version = resource.groupVersionKind
        self.init(
            root: Self.root(group: version.group, version: version.version), resource: resource.groupResource,
            kind: version.kind, isNamespaced: resource.isNamespaced)
    }

    static func root(group: String, version: String) -> String {
        group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
    }

    /// The path of the collection, or of what has this name; an empty namespace is all namespaces.
    func path(namespace: String, name: String = "", subresource: SubresourceName? = nil) -> String {
        var path = root
        if isNamespaced, !namespace.isEmpty { path += "/namespaces/\(PercentEncoding.encode(namespace))" }
        path += "/\(resource.resource)"
        if !name.isEmpty { path += "/\(PercentEncoding.encode(name))" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}

/// Finds where resources are served: of those that every cluster has it is known, of others it is asked once.
final class ResourcePaths: Sendable {
    private let found = Mutex<[GroupResource: ResourcePlace]>([:])
    /// More than any cluster has; what comes after is asked for each time.
    private static let mostKept = 5_000

    /// `ask` gets a path's document. Throws 404 for what is not served.
    func place(_ resource: GroupResource, _ ask: (String) async throws -> JSON) async throws -> ResourcePlace {
        if let known = ResourceRegistry.builtIn.resource(resource) { return ResourcePlace(known) }
        if let known = found.withLock({ $0[resource] }) { return known }
        let group = try await ask("/apis/\(PercentEncoding.encode(resource.group))")
        for version in Self.versions(group) {
            let list = try await ask(ResourcePlace.root(group: resource.group, version: version))
            let entry = (list["resources"]?.elements ?? []).first { $0["name"]?.string == resource.resource }
            guard let entry else { continue }
            let place = ResourcePlace(
                root: ResourcePlace.root(group: resource.group, version: version), resource: resource,
                kind: entry["kind"]?.string ?? "", isNamespaced: entry["namespaced"]?.bool ?? false)
            found.withLock { if $0.count < Self.mostKept { $0[resource] = place } }
            return place
        }
        throw StatusError(
            code: 404, reason: .notFound, message: "the server could not find the requested resource",
            group: resource.group, kind: resource.resource)
    }

    /// The group's versions, the preferred one first.
    private static func versions(_ group: JSON) -> [String] {
        let preferred = group["preferredVersion", "version"]?.string
        let all = (group["versions"]?.elements ?? []).compactMap { $0["version"]?.string }
        return [preferred].compactMap { $0 } + all.filter { $0 != preferred }
    }

    /// A kind that is gone may come back elsewhere.
    func forget(_ resource: GroupResource) { found.withLock { $0[resource] = nil } }
}
