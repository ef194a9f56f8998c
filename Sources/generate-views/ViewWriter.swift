import APIMachinery
import KubeAPI

/// Writes the typed views from the schema: one struct per type that a kind of the cluster is made of.
struct ViewWriter {
    /// The kinds that have views, besides every built-in resource.
    private static let otherKinds = [
        GroupVersionKind(group: "", version: "v1", kind: "Binding"),
        GroupVersionKind(group: "policy", version: "v1", kind: "Eviction"),
        GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"),
        GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest"),
    ]
    /// Names that two groups use; the core group keeps the plain one. And what another room has a type of its own for.
    private static let renamed = [
        "io.k8s.api.authentication.v1.UserInfo": "AuthenticationUserInfo",
        "io.k8s.api.flowcontrol.v1.Subject": "FlowSubject", "io.k8s.api.storage.v1.TokenRequest": "DriverTokenRequest",
        "io.k8s.api.networking.v1.IPAddress": "IPAddressObject",
        "io.k8s.api.resource.v1.Counter": "DeviceCounter",
        "io.k8s.api.core.v1.ResourceClaim": "ContainerResourceClaim",
        "io.k8s.api.discovery.v1.EndpointPort": "DiscoveryEndpointPort", "io.k8s.api.events.v1.Event": "EventsEvent",
        "io.k8s.api.events.v1.EventSeries": "EventsEventSeries",
    ]
    /// Types that are written by hand, with more than a view has.
    private static let elsewhere: Set<String> = ["io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"]
    /// Fields that are read as an empty view, not as nil, when they are absent.
    private static let alwaysThere: Set<String> = ["metadata", "spec", "status", "template"]
    private static let reserved: Set<String> = [
        "default", "protocol", "operator", "continue", "self", "init", "where", "in", "is", "as", "class",
        "extension", "func", "import", "let", "var", "public", "private", "static", "struct", "switch", "case",
        "repeat", "return", "throw", "true", "false", "nil", "internal",
    ]

    private let schema: Schema
    private let resources: [String: (kind: GroupVersionKind, plural: String)]

    init(_ schema: Schema, _ registry: ResourceRegistry) {
        self.schema = schema
        var resources: [String: (kind: GroupVersionKind, plural: String)] = [:]
        // Loops see objects as they are stored.
        for resource in registry.resources where resource.isStoredVersion {
            if let name = resource.schema?.name { resources[name] = (resource.groupVersionKind, resource.plural) }
        }
        for kind in Self.otherKinds {
            if let name = Schema.kubernetes(kind)?.name { resources[name] = (kind, kind.kind.lowercased() + "s") }
        }
        self.resources = resources
    }

    /// File name and text of every file, in the order of their names.
    func files() -> [(name: String, text: String)] {
        let wanted = reachable()
        var structs: [String: [String]] = [:]
        for type in schema.types where wanted.contains(type.name) && !Self.elsewhere.contains(type.name) {
            structs["\(Self.group(type))Views.swift", default: []].append(text(type))
        }
        let head =
            "// Generated from the schema notation; do not edit.\n// swift-format-ignore-file\n\nimport APIMachinery\n\n"
        return structs.sorted { $0.key < $1.key }.map { ($0.key, head + $0.value.joined(separator: "\n\n") + "\n") }
    }

    private func reachable() -> Set<String> {
        var found: Set<String> = []
        var waiting = resources.keys.compactMap { schema.type(named: $0) }
        while let type = waiting.popLast() {
            if found.insert(type.name).inserted { waiting += type.fields.compactMap(\.type) }
        }
        return found
    }

    /// "Core" for `io.k8s.api.core.v1.Pod`, "Meta" for what all groups share.
    private static func group(_ type: SchemaType) -> String {
        let parts = type.name.split(separator: ".")
        return parts.contains("apimachinery") ? "Meta" : String(parts[3]).capitalized
    }

    private func name(_ type: SchemaType) -> String { Self.renamed[type.name] ?? type.shortName }

    private func text(_ type: SchemaType) -> String {
        var lines: [String] = []
        let resource = resources[type.name]
        if let resource {
            let kind = resource.kind
            lines.append("public struct \(name(type)): Kind {")
            lines.append(
                "    public static let groupVersionKind = GroupVersionKind(group: \"\(kind.group)\", "
                    + "version: \"\(kind.version)\", kind: \"\(kind.kind)\")")
            lines.append(
                "    public static let resource = GroupResource(group: \"\(kind.group)\", "
                    + "resource: \"\(resource.plural)\")")
        } else {
            lines.append("public struct \(name(type)): JSONView {")
        }
        lines.append("    public var json: JSON")
        lines.append("    public init(_ json: JSON) { self.json = json }")
        for field in type.fields.sorted(by: { $0.name < $1.name }) {
            if resource != nil, field.name == "apiVersion" || field.name == "kind" { continue }
            lines.append("    " + property(field))
        }
        return lines.joined(separator: "\n") + "\n}"
    }

    /// A field's property: its type and how it is read and written.
    private func property(_ field: SchemaField) -> String {
        let member = "json[\"\(field.name)\"]"
        let plain = "set { \(member) = newValue.map { JSON($0) } }"
        let list = "set { \(member) = newValue.isEmpty ? nil : JSON(newValue) }"
        let (type, get, set): (String, String, String)
        switch field.value {
        case .string, .bytes, .time, .microTime, .duration: (type, get, set) = ("String?", "\(member)?.string", plain)
        case .quantity: (type, get, set) = ("String?", "\(member)?.string ?? \(member)?.number", plain)
        case .int32, .int64: (type, get, set) = ("Int?", "\(member)?.int", plain)
        case .double: (type, get, set) = ("Double?", "\(member)?.double", plain)
        case .boolean: (type, get, set) = ("Bool?", "\(member)?.bool", plain)
        case .list(.string), .list(.bytes): (type, get, set) = ("[String]", "\(member)?.strings ?? []", list)
        case .list(.object(_)):
            let element = field.type.map(name) ?? "JSON"
            (type, get, set) = (
                "[\(element)]", "json.views(\"\(field.name)\")",
                "set { json.setViews(\"\(field.name)\", newValue) }"
            )
        case .list: (type, get, set) = ("[JSON]", "\(member)?.elements ?? []", list)
        case .map(.string), .map(.quantity), .map(.bytes):
            (type, get, set) = ("[String: String]", "\(member)?.stringMap ?? [:]", list)
        case .object(_):
            let view = field.type.map(name) ?? "JSON"
            if Self.alwaysThere.contains(field.name) {
                (type, get, set) = (view, "\(view)(\(member) ?? .object)", "set { \(member) = newValue.json }")
            } else {
                (type, get, set) = (
                    "\(view)?", "\(member).map { \(view)($0) }", "set { \(member) = newValue?.json }"
                )
            }
        case .map, .any, .rawObject, .intOrString: (type, get, set) = ("JSON?", member, "set { \(member) = newValue }")
        }
        return "public var \(identifier(field.name)): \(type) { get { \(get) } \(set) }"
    }

    private func identifier(_ field: String) -> String {
        let name = field == "$ref" ? "ref" : String(field.map { $0 == "-" ? "_" : $0 }.drop { $0 == "$" })
        return Self.reserved.contains(name) ? "`\(name)`" : name
    }
}
