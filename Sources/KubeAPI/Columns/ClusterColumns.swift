import APIMachinery
import Basics

/// What `kubectl get` shows of Nodes, Namespaces, Events and Leases.
enum ClusterColumns {
    static let nodes: [Resource.Column] = [
        .name,
        .text("Status", nodeStatus),
        .text("Roles", roles),
        .age,
        .text("Version") { info($0, "kubeletVersion") },
        .text("Internal-IP", priority: 1) { address($0, "InternalIP") },
        .text("External-IP", priority: 1) { address($0, "ExternalIP") },
        .text("OS-Image", priority: 1) { orUnknown(info($0, "osImage")) },
        .text("Kernel-Version", priority: 1) { node in
            let architecture = info(node, "architecture")
            return orUnknown(info(node, "kernelVersion")) + (architecture.isEmpty ? "" : " (\(architecture))")
        },
        .text("Container-Runtime", priority: 1) { orUnknown(info($0, "containerRuntimeVersion")) },
    ]
    static let namespaces: [Resource.Column] = [
        .name, .text("Status") { $0["status", "phase"]?.string ?? "" }, .age,
    ]
    static let leases: [Resource.Column] = [
        .name, .text("Holder") { $0["spec", "holderIdentity"]?.string ?? "" }, .age,
    ]

    private static func info(_ node: JSON, _ field: String) -> String {
        node["status", "nodeInfo", field]?.string ?? ""
    }
    private static func orUnknown(_ text: String) -> String { text.isEmpty ? "<unknown>" : text }

    private static func nodeStatus(_ node: JSON) -> String {
        let ready = node["status", "conditions"]?.elements.first { $0["type"]?.string == "Ready" }
        let state = ready.map { $0["status"]?.string == "True" ? "Ready" : "NotReady" } ?? "Unknown"
        return node["spec", "unschedulable"]?.bool == true ? "\(state),SchedulingDisabled" : state
    }

    private static let rolePrefix = "node-role.kubernetes.io/"

    private static func roles(_ node: JSON) -> String {
        var roles: Set<String> = []
        for label in node["metadata", "labels"]?.stringMap ?? [:] {
            if label.key.hasPrefix(rolePrefix), label.key != rolePrefix {
                roles.insert(String(label.key.dropFirst(rolePrefix.count)))
            } else if label.key == "kubernetes.io/role", !label.value.isEmpty {
                roles.insert(label.value)
            }
        }
        return roles.isEmpty ? Cells.none : roles.sorted().joined(separator: ",")
    }

    private static func address(_ node: JSON, _ type: String) -> String {
        let address = node["status", "addresses"]?.elements.first { $0["type"]?.string == type }
        return Cells.orNone(address?["address"])
    }
}

/// What `kubectl get events` shows; the two forms of an event differ only in the names of fields.
enum EventColumns {
    static let core = columns(
        about: "involvedObject", first: "firstTimestamp", last: "lastTimestamp", count: "count", note: "message",
        source: "source", controller: "reportingComponent")
    static let events = columns(
        about: "regarding", first: "deprecatedFirstTimestamp", last: "deprecatedLastTimestamp",
        count: "deprecatedCount", note: "note", source: "deprecatedSource", controller: "reportingController")

    private static func columns(
        about: String, first: String, last: String, count: String, note: String, source: String, controller: String
    ) -> [Resource.Column] {
        let firstSeen: @Sendable (JSON, Instant) -> String = { event, now in
            Cells.since(event.lacks(first) ? event["eventTime"] : event[first], now)
        }
        return [
            Resource.Column("Last Seen", "string") { event, now in
                if let series = event["series"] { return JSON(Cells.since(series["lastObservedTime"], now)) }
                return JSON(event.lacks(last) ? firstSeen(event, now) : Cells.since(event[last], now))
            },
            .text("Type") { $0["type"]?.string ?? "" },
            .text("Reason") { $0["reason"]?.string ?? "" },
            .text("Object") { event in
                let kind = event[about, "kind"]?.string?.lowercased() ?? ""
                let name = event[about, "name"]?.string ?? ""
                return name.isEmpty ? kind : "\(kind)/\(name)"
            },
            .text("Subobject", priority: 1) { $0[about, "fieldPath"]?.string ?? "" },
            .text("Source", priority: 1) { event in
                let component = firstFilled(event[source, "component"], event[controller])
                let instance = firstFilled(event[source, "host"], event["reportingInstance"])
                return instance.isEmpty ? component : "\(component), \(instance)"
            },
            .text("Message") { trimmed($0[note]?.string ?? "") },
            Resource.Column("First Seen", "string", priority: 1) { JSON(firstSeen($0, $1)) },
            .number("Count", priority: 1) { event in
                if let series = event["series"] { return series["count"]?.int ?? 0 }
                return max(event[count]?.int ?? 0, 1)
            },
            Resource.Column("Name", "string", format: "name", priority: 1) { $0["metadata", "name"] ?? "" },
        ]
    }

    private static func firstFilled(_ values: JSON?...) -> String {
        values.compactMap { $0?.string }.first { !$0.isEmpty } ?? ""
    }
    private static func trimmed(_ text: String) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
