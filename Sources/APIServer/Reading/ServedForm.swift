import APIMachinery
import KubeAPI

/// How a kind's objects are stored and how they are served, where that differs: events.k8s.io and core events are one
/// stored object, whose fields have other names in the newer group; and a kind may be served in more versions than the one
/// that is stored.
enum ServedForm: Sendable {
    case asStored
    case newerEvent
    case converted(VersionConversion)

    private static let newerEvents = GroupResource(group: "events.k8s.io", resource: "events")

    init(_ resource: Resource) {
        if let conversion = resource.conversion {
            self = .converted(conversion)
        } else {
            self = ServedForm(stored: resource.groupResource)
        }
    }
    /// The form in which a resource's stored version is served.
    init(stored resource: GroupResource) { self = resource == Self.newerEvents ? .newerEvent : .asStored }

    var isAsStored: Bool { if case .asStored = self { true } else { false } }

    /// The resource under whose key the objects are stored.
    static func storage(_ resource: GroupResource) -> GroupResource {
        resource == newerEvents ? GroupResource(resource: "events") : resource
    }

    private static let eventNames: [(core: String, newer: String)] = [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ]

    func serve(_ object: StoredObject) -> StoredObject {
        if isAsStored { return object }
        let bytes = StoredForm.encode(serve(object.json))
        return StoredObject(key: object.key, stored: bytes, revision: object.revision) ?? object
    }
    func serve(_ object: JSON) -> JSON {
        switch self {
        case .asStored: return object
        case .converted(let conversion): return conversion.serve(object)
        case .newerEvent:
            var renamed = Self.renamed(object) { name in Self.eventNames.first { $0.core == name }?.newer }
            renamed["apiVersion"] = "events.k8s.io/v1"
            return renamed
        }
    }
    func store(_ object: JSON) -> JSON {
        switch self {
        case .asStored: return object
        case .converted(let conversion): return conversion.store(object)
        case .newerEvent:
            var renamed = Self.renamed(object) { name in Self.eventNames.first { $0.newer == name }?.core }
            renamed["apiVersion"] = "v1"
            return renamed
        }
    }

    private static func renamed(_ object: JSON, _ name: (String) -> String?) -> JSON {
        JSON(members: object.members.map { (name: name($0.name) ?? $0.name, value: $0.value) })
    }
}
