import APIMachinery

/// Everything known of ControllerRevisions: snapshots of the templates of StatefulSets and DaemonSets.
enum ControllerRevisions {
    static let resource = Resource(
        "apps/v1", "ControllerRevision", plural: "controllerrevisions",
        columns: [
            .name,
            .text("Controller") { object in
                let owner = object["metadata", "ownerReferences"]?.elements.first { $0["controller"]?.bool == true }
                guard let owner, let kind = owner["kind"]?.string, let name = owner["name"]?.string else {
                    return Cells.none
                }
                let group = GroupVersionKind(apiVersion: owner["apiVersion"]?.string ?? "", kind: kind).group
                return "\(kind.lowercased())\(group.isEmpty ? "" : ".\(group)")/\(name)"
            },
            .text("Revision") { "\($0["revision"]?.int ?? 0)" },
            .age,
        ],
        validate: { revision in
            check(revision) + checkData(revision["data"])
        },
        validateUpdate: { new, old in
            var checker = FieldChecker()
            checker.immutable("data", new["data"], old["data"])
            return check(new) + checker.errors
        }, validateName: Validation.isDNS1123Subdomain)

    private static func check(_ revision: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.nonNegative("revision", of: revision)
        return checker.errors
    }

    private static func checkData(_ data: JSON?) -> [FieldError] {
        var checker = FieldChecker()
        if data?.isNull ?? true {
            checker.required("data", "data is mandatory")
        } else if data?.isObject != true {
            checker.required("data", "data must be a valid JSON object")
        }
        return checker.errors
    }
}
