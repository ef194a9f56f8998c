import APIMachinery
import KubeAPI

/// Unknown, doubled and wrongly typed fields: dropped, warned of, or refused, as fieldValidation says.
enum SchemaCheck {
    static func apply(_ object: inout JSON, _ resource: Resource, duplicates: DuplicateFields, _ call: inout Call)
        throws
    {
        let (read, warnings): (JSON, [String])
        if let reader = resource.reader {
            (read, warnings) = try reader(object).judged(
                as: resource.groupVersionKind, duplicates, call.fieldValidation)
        } else if let schema = resource.schema {
            (read, warnings) = try schema.readRequest(
                object, as: resource.groupVersionKind, duplicateFields: duplicates, validation: call.fieldValidation)
        } else {
            return
        }
        object = read
        call.warnings += warnings
        dropDoubleOwners(&object, &call)
    }

    /// An owner is kept once.
    private static func dropDoubleOwners(_ object: inout JSON, _ call: inout Call) {
        let owners = object["metadata", "ownerReferences"]?.elements ?? []
        guard owners.count > 1 else { return }
        var kept: [JSON] = []
        var doubles: [String] = []
        for owner in owners {
            if kept.contains(owner) { doubles.append(owner["uid"]?.string ?? "") } else { kept.append(owner) }
        }
        guard !doubles.isEmpty else { return }
        object["metadata", "ownerReferences"] = JSON(kept)
        let when = call.attributes.verb == .patch ? " after mutating admission happens" : ""
        call.warnings.append(
            ".metadata.ownerReferences contains duplicate entries\(when); API server dedups owner references in 1.20+, "
                + "and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: "
                + doubles.joined(separator: ", "))
    }
}
