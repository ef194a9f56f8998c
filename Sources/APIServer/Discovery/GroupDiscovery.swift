import APIMachinery
import KubeAPI

/// One API group with its versions, as discovery shows it.
struct GroupDiscovery: Sendable {
    let name: String
    let versions: [VersionDiscovery]

    init(_ name: String, versions: [VersionDiscovery]) {
        self.name = name
        self.versions = versions
    }

    init(_ name: String, _ resources: [Resource]) {
        self.name = name
        var order: [String] = []
        for resource in resources where !order.contains(resource.groupVersionKind.version) {
            order.append(resource.groupVersionKind.version)
        }
        versions = order.sorted(by: VersionPriority.isBefore).map { version in
            VersionDiscovery(group: name, name: version, resources.filter { $0.groupVersionKind.version == version })
        }
    }

    /// An entry of APIGroupList.
    var legacy: JSON {
        let entries: [JSON] = versions.map { ["groupVersion": JSON("\(name)/\($0.name)"), "version": JSON($0.name)] }
        return ["name": JSON(name), "versions": JSON(entries), "preferredVersion": entries.first ?? .object]
    }

    /// An entry of APIGroupDiscoveryList.
    var aggregated: JSON {
        var metadata: JSON = .object
        if !name.isEmpty { metadata["name"] = JSON(name) }
        return ["metadata": metadata, "versions": JSON(versions.map(\.aggregated))]
    }
}

/// One version of a group.
struct VersionDiscovery: Sendable {
    let group: String
    let name: String
    private let resources: [Resource]

    init(group: String, name: String, _ resources: [Resource]) {
        self.group = group
        self.name = name
        self.resources = resources.sorted { $0.plural < $1.plural }
    }

    /// APIResourceList.
    var legacy: JSON {
        var entries: [JSON] = []
        for resource in resources {
            var entry: JSON = [
                "name": JSON(resource.plural), "singularName": JSON(resource.singular),
                "namespaced": JSON(resource.isNamespaced), "kind": JSON(resource.groupVersionKind.kind),
                "verbs": words(resource.verbs),
            ]
            if !resource.shortNames.isEmpty { entry["shortNames"] = JSON(resource.shortNames) }
            if !resource.categories.isEmpty { entry["categories"] = JSON(resource.categories) }
            if !resource.verbs.isEmpty { entries.append(entry) }
            entries += subresources(resource).map { subresource in
                var entry: JSON = [
                    "name": JSON("\(resource.plural)/\(subresource.name)"), "singularName": "",
                    "namespaced": JSON(resource.isNamespaced), "kind": JSON(subresource.groupVersionKind.kind),
                    "verbs": words(subresource.verbs),
                ]
                if subresource.groupVersionKind.group != group || subresource.groupVersionKind.version != name {
                    entry["group"] = JSON(subresource.groupVersionKind.group)
                    entry["version"] = JSON(subresource.groupVersionKind.version)
                }
                return entry
            }
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": JSON(group.isEmpty ? name : "\(group)/\(name)"), "resources": JSON(entries),
        ]
    }

    /// An entry of an APIGroupDiscovery's versions.
    var aggregated: JSON {
        let entries: [JSON] = resources.map { resource in
            var entry: JSON = [
                "resource": JSON(resource.plural), "responseKind": kind(resource.groupVersionKind),
                "scope": resource.isNamespaced ? "Namespaced" : "Cluster", "singularResource": JSON(resource.singular),
                "verbs": words(resource.verbs),
            ]
            // What is there for its subresources alone has no objects of its own.
            if resource.verbs.isEmpty { entry["responseKind"] = nil }
            if !resource.shortNames.isEmpty { entry["shortNames"] = JSON(resource.shortNames) }
            if !resource.categories.isEmpty { entry["categories"] = JSON(resource.categories) }
            let below = subresources(resource)
            if !below.isEmpty {
                entry["subresources"] = JSON(
                    below.map { subresource in
                        [
                            "subresource": JSON(subresource.name.rawValue),
                            "responseKind": kind(subresource.groupVersionKind),
                            "verbs": words(subresource.verbs),
                        ]
                    })
            }
            return entry
        }
        return ["version": JSON(name), "resources": JSON(entries), "freshness": "Current"]
    }

    private func subresources(_ resource: Resource) -> [Resource.Subresource] {
        resource.subresources.sorted { $0.name.rawValue < $1.name.rawValue }
    }
    private func words(_ verbs: [Verb]) -> JSON { JSON(verbs.map(\.rawValue).sorted()) }

    /// Group and version are left empty where they are the resource's own.
    private func kind(_ kind: GroupVersionKind) -> JSON {
        let isOwn = kind.group == group && kind.version == name
        return [
            "group": JSON(isOwn ? "" : kind.group), "version": JSON(isOwn ? "" : kind.version), "kind": JSON(kind.kind),
        ]
    }
}
