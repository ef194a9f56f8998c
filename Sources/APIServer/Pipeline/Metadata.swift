import APIMachinery
import KubeAPI

/// What the server itself writes into the metadata of objects of every kind; what is wrong with metadata is for
/// `Resource.errors` to say.
enum Metadata {
    /// Names end with five random letters, so their base is cut to this length (63 − 5).
    static let generatedBaseLimit = 58

    /// Fills in what every new object has, and drops what a client may not choose.
    static func prepareNew(_ object: inout JSON, _ surroundings: Surroundings) {
        var metadata: JSON = object["metadata"] ?? .object
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"] {
            metadata[field] = nil
        }
        metadata["uid"] = JSON(surroundings.uuid())
        metadata["creationTimestamp"] = JSON(surroundings.timestamp)
        object["metadata"] = metadata
    }

    /// Keeps what an update cannot change or need not name; what it names wrongly is left for the rules to refuse.
    static func prepareUpdate(_ object: inout JSON, old: JSON) {
        var metadata: JSON = object["metadata"] ?? .object
        let before: JSON = old["metadata"] ?? .object
        func keep(_ field: String) { if metadata[field] != before[field] { metadata[field] = before[field] } }
        keep("generation")
        keep("creationTimestamp")
        if before["deletionTimestamp"] != nil { keep("deletionTimestamp") }
        if (metadata["uid"]?.string ?? "").isEmpty { keep("uid") }
        if metadata["deletionGracePeriodSeconds"] == nil { keep("deletionGracePeriodSeconds") }
        metadata["selfLink"] = nil
        // The version was compared already; an update that names none replaces whatever is there.
        metadata["resourceVersion"] = before["resourceVersion"]
        object["metadata"] = metadata
    }

    static func generatedName(_ base: String, _ surroundings: Surroundings) -> String {
        String(base.prefix(generatedBaseLimit)) + surroundings.nameSuffix()
    }
}
