import APIMachinery
import HTTPMessages
import KubeAPI

/// Which groups, versions and resources there are, in the two forms that clients ask for: the old one page by page, and
/// the aggregated one (KEP-3352) in two pages. Derived from the registry, and from what is provided now.
struct Discovery: Sendable {
    private let stored: [GroupDiscovery]
    private let provided: ProvidedGroups
    private var groups: [GroupDiscovery] { stored + provided.discovered }

    init(_ registry: ResourceRegistry, _ provided: ProvidedGroups) {
        self.provided = provided
        var order: [String] = []
        var byGroup: [String: [Resource]] = [:]
        for resource in registry.resources {
            let group = resource.groupVersionKind.group
            if byGroup[group] == nil { order.append(group) }
            byGroup[group, default: []].append(resource)
        }
        stored = order.map { GroupDiscovery($0, byGroup[$0] ?? []) }
    }

    func serves(group: String) -> Bool { groups.contains { $0.name == group } }

    /// Where there are pages of it.
    var paths: [String] {
        ["/api", "/apis", "/apis/"]
            + groups.flatMap { group in
                let root = group.name.isEmpty ? "/api" : "/apis/\(group.name)"
                return [root] + group.versions.map { "\(root)/\($0.name)" }
            }
    }

    /// The page at a path, or nil when there is none; throws 406.
    func answer(path: String, _ request: Request) throws -> Answer? {
        let parts = path.split(separator: "/").map(String.init)
        guard let root = parts.first, root == "api" || root == "apis" else { return nil }
        let isRoot = parts.count == 1
        let form = try AnswerForm(accept: request.header("accept")) { form in
            switch form.shape {
            case .plain: form.encoding != .protobuf
            case .discovery: isRoot
            default: false
            }
        }
        if case .discovery(let version) = form.shape, isRoot {
            let shown = groups.filter { $0.name.isEmpty == (root == "api") }
            let list: JSON = [
                "kind": "APIGroupDiscoveryList", "apiVersion": JSON("apidiscovery.k8s.io/\(version)"),
                "metadata": .object, "items": JSON(shown.map(\.aggregated)),
            ]
            return tagged(
                list.bytes,
                type: "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList", request)
        }
        guard let page = page(parts) else { return nil }
        return Rendering.value(page, form, status: 200)
    }

    private func page(_ parts: [String]) -> JSON? {
        if parts == ["api"] {
            return [
                "kind": "APIVersions", "versions": ["v1"],
                "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": ""]],
            ]
        }
        if parts == ["apis"] {
            return [
                "kind": "APIGroupList", "apiVersion": "v1",
                "groups": JSON(groups.filter { !$0.name.isEmpty }.map(\.legacy)),
            ]
        }
        if parts.count == 2, parts[0] == "api" {
            return groups.first { $0.name.isEmpty }?.versions.first { $0.name == parts[1] }?.legacy
        }
        guard parts.count >= 2, parts[0] == "apis", let group = groups.first(where: { $0.name == parts[1] }) else {
            return nil
        }
        if parts.count == 2 {
            var page: JSON = group.legacy
            page["kind"] = "APIGroup"
            page["apiVersion"] = "v1"
            return page
        }
        return parts.count == 3 ? group.versions.first { $0.name == parts[2] }?.legacy : nil
    }

    /// The answer with an entity tag; 304 when the client has it (RFC 9110 section 13.1.2).
    private func tagged(_ bytes: [UInt8], type: String, _ request: Request) -> Answer {
        ETag.answer(bytes, tag: ETag.of(bytes), type: type, request)
    }
}
