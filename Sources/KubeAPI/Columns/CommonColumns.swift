import APIMachinery
import Basics

/// Columns and parts of cells that many kinds share.
extension Resource.Column {
    static let name = Resource.Column("Name", "string", format: "name") { $0["metadata", "name"] ?? "" }
    static let age = Resource.Column("Age", "string") { object, now in
        JSON(Cells.since(object["metadata", "creationTimestamp"], now))
    }
    static let createdAt = Resource.Column("Created At", "date") { object in
        object["metadata", "creationTimestamp"] ?? .null
    }
    /// A column whose cell is text.
    static func text(_ name: String, priority: Int = 0, _ cell: @escaping @Sendable (JSON) -> String)
        -> Resource.Column
    {
        Resource.Column(name, "string", priority: priority) { JSON(cell($0)) }
    }
    /// A column whose cell is a number.
    static func number(
        _ name: String, _ type: String = "string", priority: Int = 0, _ cell: @escaping @Sendable (JSON) -> Int
    ) -> Resource.Column {
        Resource.Column(name, type, priority: priority) { JSON(cell($0)) }
    }
}

enum Cells {
    static let none = "<none>"
    static let unset = "<unset>"

    /// The age of a time, such as `3m4s`.
    static func since(_ time: JSON?, _ now: Instant) -> String {
        guard let time = Instant(time) else { return "<unknown>" }
        return HumanDuration.text(seconds: Int((now - time).components.seconds))
    }

    /// The string, or `<none>` when it is absent or empty.
    static func orNone(_ value: JSON?) -> String {
        guard let text = value?.string, !text.isEmpty else { return none }
        return text
    }

    /// The first three of a list, and how many more there are.
    static func list(_ elements: [String], maximum: Int = 3) -> String {
        if elements.isEmpty { return unset }
        let shown = elements.prefix(maximum).joined(separator: ",")
        return elements.count > maximum ? "\(shown) + \(elements.count - maximum) more..." : shown
    }

    /// The names and the images of a template's containers.
    static func containers(_ object: JSON, _ field: String) -> String {
        (object["spec", "template", "spec", "containers"]?.elements ?? [])
            .map { $0[field]?.string ?? "" }.joined(separator: ",")
    }

    /// A map of labels as a selector's text.
    static func labels(_ map: JSON?) -> String {
        let pairs = (map?.stringMap ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return pairs.isEmpty ? none : pairs.joined(separator: ",")
    }

    /// A label selector as text, such as `app=web,tier in (a,b)`.
    static func selector(_ selector: JSON?) -> String {
        var terms = (selector?["matchLabels"]?.stringMap ?? [:]).map { (key: $0.key, text: "\($0.key)=\($0.value)") }
        for requirement in selector?["matchExpressions"]?.elements ?? [] {
            let key = requirement["key"]?.string ?? ""
            let values = (requirement["values"]?.strings ?? []).sorted().joined(separator: ",")
            switch requirement["operator"]?.string {
            case "In": terms.append((key, "\(key) in (\(values))"))
            case "NotIn": terms.append((key, "\(key) notin (\(values))"))
            case "Exists": terms.append((key, key))
            default: terms.append((key, "!\(key)"))
            }
        }
        return terms.sorted { $0.key < $1.key }.map(\.text).joined(separator: ",")
    }

    /// The addresses a load balancer has, in order and each once.
    static func loadBalancer(_ object: JSON) -> String {
        let addresses = (object["status", "loadBalancer", "ingress"]?.elements ?? []).compactMap { ingress in
            [ingress["ip"]?.string, ingress["hostname"]?.string].compactMap { $0 }.first { !$0.isEmpty }
        }
        return Set(addresses).sorted().joined(separator: ",")
    }

    static func accessModes(_ modes: JSON?) -> String {
        let present = Set(modes?.strings ?? [])
        return [
            ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"),
        ].filter { present.contains($0.0) }.map(\.1).joined(separator: ",")
    }

    static func storage(_ quantities: JSON?) -> String {
        quantities?["storage"]?.string ?? quantities?["storage"]?.number ?? "0"
    }

    /// Whether an annotation says that a class is the default one.
    static func nameWithDefault(_ object: JSON, _ annotations: [String]) -> JSON {
        let name = object["metadata", "name"]?.string ?? ""
        let isDefault = annotations.contains { object["metadata", "annotations"]?[$0]?.string == "true" }
        return JSON(isDefault ? "\(name) (default)" : name)
    }
}
