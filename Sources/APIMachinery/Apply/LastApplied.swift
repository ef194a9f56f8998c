/// The annotation in which `kubectl apply` keeps what it applied last, where it merges by itself. Who goes over to
/// server-side apply takes the fields along that it says, without a conflict, and it is kept up for who goes back.
enum LastApplied {
    /// The manager as whom kubectl applies; others have nothing to do with the annotation.
    static let applier = "kubectl"
    private static let name = "kubectl.kubernetes.io/last-applied-configuration"

    /// The fields that were applied last and are still as they were applied.
    static func fields(of live: JSON?, _ context: ApplyContext) -> FieldSet {
        guard let live, let text = live["metadata", "annotations"]?[name]?.string,
            let applied = try? JSON(parsing: text), applied.isObject
        else { return FieldSet() }
        let difference = context.difference(from: applied, to: live)
        return context.fields(of: applied).subtracting(difference.modified).subtracting(difference.added)
            .subtracting(difference.removed)
    }

    /// The object, with the annotation saying what is applied now if it has one at all.
    static func keepingUp(_ object: JSON, with configuration: JSON) -> JSON {
        guard object["metadata", "annotations"]?[name] != nil else { return object }
        var applied = configuration
        if applied["metadata", "annotations"]?[name] != nil {
            applied["metadata", "annotations", name] = .none
            if applied["metadata", "annotations"]?.isEmpty == true { applied["metadata", "annotations"] = .none }
        }
        var object = object
        object["metadata", "annotations", name] = JSON(applied.canonicalText + "\n")
        return object
    }
}
