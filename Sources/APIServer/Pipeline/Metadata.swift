import APIMachinery
import KubeAPI

/// What is true for the metadata of objects of every kind.
enum Metadata {
    /// Names end with five random letters, so their base is cut to this length (63 − 5).
    static let generatedBaseLimit = 58

    /// Fills in what every new object has, and drops what a client may not choose.
    static func prepareNew(_ object: inout JSON, _ surroundings: Surroundings, keepsOwnership: Bool) {
        var metadata: JSON = object["metadata"] ?? .object
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] { metadata[field] = nil }
        if !keepsOwnership { metadata["managedFields"] = nil }
        metadata["uid"] = JSON(surroundings.uuid())
        metadata["creationTimestamp"] = JSON(surroundings.timestamp)
        object["metadata"] = metadata
    }

    /// Keeps what an update may not change.
    static func prepareUpdate(_ object: inout JSON, old: JSON) {
        var metadata: JSON = object["metadata"] ?? .object
        let before: JSON = old["metadata"] ?? .object
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            // A wrong uid is refused before; the others are the server's.
            if metadata[field] != before[field] { metadata[field] = before[field] }
        }
        metadata["selfLink"] = nil
        if metadata["generation"] == nil, let generation = before["generation"] { metadata["generation"] = generation }
        if metadata["generateName"] == nil, let base = before["generateName"] { metadata["generateName"] = base }
        object["metadata"] = metadata
    }

    static func generatedName(_ base: String, _ surroundings: Surroundings) -> String {
        String(base.prefix(generatedBaseLimit)) + surroundings.nameSuffix()
    }

    /// The rules for a new object's metadata (apimachinery ValidateObjectMeta).
    static func validate(_ metadata: JSON, _ resource: Resource) -> [FieldError] {
        var errors: [FieldError] = []
        let name = metadata["name"]?.string ?? ""
        if let base = metadata["generateName"]?.string, !base.isEmpty {
            let sentences = resource.validateName(base.hasSuffix("-") ? base + "a" : base)
            errors += sentences.map { .init(.invalid, "metadata.generateName", "Invalid value: \"\(base)\": \($0)") }
        }
        if name.isEmpty {
            errors.append(.init(.required, "metadata.name", "Required value: name or generateName is required"))
        } else {
            errors += (pathSegmentFaults(name) + resource.validateName(name)).map {
                .init(.invalid, "metadata.name", "Invalid value: \"\(name)\": \($0)")
            }
        }
        if resource.isNamespaced, (metadata["namespace"]?.string ?? "").isEmpty {
            errors.append(.init(.required, "metadata.namespace", "Required value"))
        }
        return errors + MetadataRules.validate(metadata)
    }

    /// What an update may not do to metadata (apimachinery ValidateObjectMetaUpdate).
    static func validateUpdate(_ new: JSON, _ old: JSON, _ resource: Resource) -> [FieldError] {
        var errors: [FieldError] = MetadataRules.validate(new)
        for field in ["name", "namespace", "uid", "creationTimestamp"] where new[field] != old[field] {
            errors.append(
                .init(
                    .invalid, "metadata.\(field)", "Invalid value: \((new[field] ?? "").text): field is immutable"))
        }
        if old["deletionTimestamp"]?.string != nil {
            let before = Set(old["finalizers"]?.strings ?? [])
            let added = (new["finalizers"]?.strings ?? []).filter { !before.contains($0) }
            if !added.isEmpty {
                let list = added.map { "\"\($0)\"" }.joined(separator: ", ")
                errors.append(
                    .init(
                        .forbidden, "metadata.finalizers",
                        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
                            + "[]string{\(list)}"))
            }
        }
        return errors
    }

    /// What no name may be, as names are parts of paths.
    static func pathSegmentFaults(_ name: String) -> [String] {
        if name == "." || name == ".." { return ["may not be '\(name)'"] }
        return ["/", "%"].filter { mark in name.utf8.contains { $0 == mark.utf8.first } }.map {
            "may not contain '\($0)'"
        }
    }
}
