import APIMachinery

/// Which nodes a pod (or a volume) may be on, by nodeSelector and required node affinity, made ready for matching.
public struct NodeRequirement: Sendable {
    public let labels: [String: String]
    /// nil: no affinity is asked for. Otherwise one term must hold.
    public let terms: [NodeTerm]?

    public init(_ podSpec: JSON) {
        labels = podSpec["nodeSelector"]?.stringMap ?? [:]
        let required = podSpec["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]
        terms = required.map { ($0["nodeSelectorTerms"]?.elements ?? []).map { NodeTerm($0) } }
    }
    /// From a core/v1 NodeSelector.
    public init(selector: JSON) {
        labels = [:]
        terms = (selector["nodeSelectorTerms"]?.elements ?? []).map { NodeTerm($0) }
    }

    public var isEmpty: Bool { labels.isEmpty && terms == nil }

    public func matches(_ name: String, _ nodeLabels: [String: String]) -> Bool {
        for (key, value) in labels where nodeLabels[key] != value { return false }
        guard let terms else { return true }
        return terms.contains { $0.matches(name, nodeLabels) }
    }
}

/// One core/v1 NodeSelectorTerm: all of its expressions must hold; an empty one matches nothing.
public struct NodeTerm: Sendable {
    private struct Expression: Sendable {
        var key: String
        var operation: String
        var values: [String]
        init(_ json: JSON) {
            key = json["key"]?.string ?? ""
            operation = json["operator"]?.string ?? ""
            values = json["values"]?.strings ?? []
        }
        func holds(_ value: String?) -> Bool {
            switch operation {
            case "In": return value.map { values.contains($0) } ?? false
            case "NotIn": return value.map { !values.contains($0) } ?? true
            case "Exists": return value != nil
            case "DoesNotExist": return value == nil
            case "Gt", "Lt":
                guard let have = value.flatMap({ Int64($0) }), let want = values.first.flatMap({ Int64($0) }) else {
                    return false
                }
                return operation == "Gt" ? have > want : have < want
            default: return false
            }
        }
    }
    private let expressions: [Expression]
    private let fields: [Expression]

    public init(_ json: JSON) {
        expressions = (json["matchExpressions"]?.elements ?? []).map { Expression($0) }
        fields = (json["matchFields"]?.elements ?? []).map { Expression($0) }
    }
    /// The only field is metadata.name.
    public func matches(_ name: String, _ labels: [String: String]) -> Bool {
        if expressions.isEmpty, fields.isEmpty { return false }
        return expressions.allSatisfy { $0.holds(labels[$0.key]) }
            && fields.allSatisfy { $0.key == "metadata.name" && $0.holds(name) }
    }
}
