import APIMachinery

/// The annotation in which `kubectl apply` keeps what was applied last, so that what is left out next time is removed.
enum LastApplied {
    static let annotation = "kubectl.kubernetes.io/last-applied-configuration"

    /// What was applied last to a live object; nil if nobody has applied it yet, or what is there is no object.
    static func read(_ live: JSON) -> JSON? {
        guard let text = live["metadata", "annotations", annotation]?.string, let value = try? JSON(parsing: text),
            value.isObject
        else { return nil }
        return value
    }

    /// The object with itself, without the annotation, in the annotation; in kubectl's form, so that both may apply the
    /// same object in turn and see it unchanged.
    static func annotated(_ object: JSON) -> JSON {
        var bare = object
        var annotations = bare["metadata", "annotations"] ?? .object
        if !annotations.isObject { annotations = .object }
        annotations[annotation] = nil
        bare["metadata", "annotations"] = annotations
        var result = bare
        annotations[annotation] = JSON(sorted(bare).text + "\n")
        result["metadata", "annotations"] = annotations
        return result
    }

    /// Members by name at every depth, as Go writes maps.
    private static func sorted(_ value: JSON) -> JSON {
        switch value.kind {
        case .object:
            JSON(members: value.members.sorted { $0.name < $1.name }.map { (name: $0.name, value: sorted($0.value)) })
        case .array: JSON(value.elements.map { sorted($0) })
        default: value
        }
    }
}
