import APIMachinery

/// What is true of every object's metadata.
public enum ObjectMetaRules {
    /// The most bytes that an object's annotations may have, keys and values.
    static let maximumAnnotationBytes = 256 * 1024

    /// What is wrong with a new object's metadata; the name is checked by the resource's own rule.
    public static func check(_ object: JSON, _ resource: Resource) -> [FieldError] {
        let metadata = object["metadata"] ?? .object
        var checker = FieldChecker()
        checker.inside("metadata") { checker in
            if let prefix = metadata["generateName"]?.string, !prefix.isEmpty {
                // A generated name may end as no name may, for something will follow.
                checker.check("generateName", prefix) { resource.validateName(Self.completed($0)) }
            }
            if metadata.lacks("name") {
                checker.required("name", "name or generateName is required")
            } else {
                checker.check("name", of: metadata, resource.validateName)
            }
            checkNamespace(&checker, metadata, resource.isNamespaced)
            checker.nonNegative("generation", of: metadata)
            checkParts(&checker, metadata)
            checkFinalizers(&checker, metadata)
        }
        return checker.errors
    }

    /// What is wrong with labels, annotations, owner references and finalizers, whatever the kind.
    public static func errors(inMetadata metadata: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("metadata") { checker in
            checkParts(&checker, metadata)
            checkFinalizers(&checker, metadata)
        }
        return checker.errors
    }

    /// What is wrong with an update's metadata.
    public static func checkUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        let (new, old) = (new["metadata"] ?? .object, old["metadata"] ?? .object)
        var checker = FieldChecker()
        checker.inside("metadata") { checker in
            if !old.lacks("deletionTimestamp") {
                let known = Set(old["finalizers"]?.strings ?? [])
                let added = (new["finalizers"]?.strings ?? []).filter { !known.contains($0) }.sorted()
                if !added.isEmpty {
                    let shown = added.map { JSON($0).text }.joined(separator: ", ")
                    checker.forbidden(
                        "finalizers",
                        "no new finalizers can be added if the object is being deleted, found new finalizers "
                            + "[]string{\(shown)}")
                }
            }
            if new.lacks("resourceVersion") {
                checker.invalid("resourceVersion", "", "must be specified for an update")
            }
            if new["generation"]?.int ?? 0 < old["generation"]?.int ?? 0 {
                checker.invalid("generation", new["generation"] ?? 0, "must not be decremented")
            }
            for field in [
                "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
            ] {
                checker.immutable(field, new[field], old[field])
            }
            checkParts(&checker, new)
        }
        return checker.errors
    }

    private static func completed(_ prefix: String) -> String {
        prefix.hasSuffix("-") ? String(prefix.dropLast()) + "a" : prefix
    }

    private static func checkNamespace(_ checker: inout FieldChecker, _ metadata: JSON, _ isNamespaced: Bool) {
        if !isNamespaced {
            if !metadata.lacks("namespace") { checker.forbidden("namespace", "not allowed on this type") }
        } else {
            checker.requireText("namespace", of: metadata, Validation.isDNS1123Label)
        }
    }

    /// Labels, annotations and owners, which both creates and updates are checked for.
    static func checkParts(_ checker: inout FieldChecker, _ metadata: JSON) {
        checker.labels("labels", metadata["labels"])
        var bytes = 0
        for member in metadata["annotations"]?.members ?? [] {
            checker.check("annotations", member.name) { Validation.isQualifiedName($0.lowercased()) }
            bytes += member.name.utf8.count + (member.value.string?.utf8.count ?? 0)
        }
        if bytes > maximumAnnotationBytes { checker.tooLong("annotations", maximumAnnotationBytes) }
        checkOwners(&checker, metadata)
    }

    private static func checkOwners(_ checker: inout FieldChecker, _ metadata: JSON) {
        var controller: String?
        var second: String?
        checker.each("ownerReferences", of: metadata) { checker, owner in
            let kind = owner["kind"]?.string ?? ""
            if owner.lacks("apiVersion") || owner["apiVersion"]?.string?.hasSuffix("/") == true {
                checker.invalid("apiVersion", owner["apiVersion"] ?? "", "version must not be empty")
            }
            for field in ["kind", "name", "uid"] where owner.lacks(field) {
                checker.invalid(field, "", "must not be empty")
            }
            if kind == "Event", owner["apiVersion"]?.string == "v1" {
                checker.invalid("", owner, "/v1, Kind=Event is disallowed from being an owner")
            }
            if owner["controller"]?.bool == true {
                let name = "\(kind)/\(owner["name"]?.string ?? "")"
                if controller == nil { controller = name } else { second = second ?? name }
            }
        }
        if let controller, let second {
            checker.invalid(
                "ownerReferences", metadata["ownerReferences"],
                "Only one reference can have Controller set to true. Found \"true\" in references for \(controller) "
                    + "and \(second)")
        }
    }

    private static let standardFinalizers: Set<String> = ["kubernetes", "orphan", "foregroundDeletion"]

    private static func checkFinalizers(_ checker: inout FieldChecker, _ metadata: JSON) {
        let finalizers = metadata["finalizers"]?.strings ?? []
        for (index, finalizer) in finalizers.enumerated() {
            let wrong = Validation.isQualifiedName(finalizer)
            for sentence in wrong { checker.invalid("finalizers", JSON(finalizer), sentence) }
            if wrong.isEmpty, !finalizer.contains("/"), !standardFinalizers.contains(finalizer) {
                checker.invalid(
                    "finalizers[\(index)]", JSON(finalizer),
                    "name is neither a standard finalizer name nor is it fully qualified")
            }
        }
        if finalizers.contains("orphan"), finalizers.contains("foregroundDeletion") {
            checker.invalid(
                "finalizers", metadata["finalizers"], "finalizer orphan and foregroundDeletion cannot be both set")
        }
    }
}
