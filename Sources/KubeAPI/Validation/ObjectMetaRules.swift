import APIMachinery

/// What is true of every object's metadata (apimachinery's ValidateObjectMeta and ValidateObjectMetaUpdate, and what the
/// API server adds because names are parts of paths). The pipeline asks it through `Resource.errors`.
enum ObjectMetaRules {
    /// The most bytes that an object's annotations may have, keys and values.
    static let maximumAnnotationBytes = 256 * 1024

    /// What is wrong with a new object's metadata, names by the kind's own rule.
    static func errors(creating object: JSON, _ resource: Resource) -> [FieldError] {
        let metadata = object["metadata"] ?? .object
        var checker = FieldChecker()
        checker.inside("metadata") { checker in
            checkNames(&checker, metadata, resource.validateName, prefix: { resource.validateName(completed($0)) })
            checkAll(&checker, metadata, resource)
            if resource.finalizerNames != .any { checkStandardFinalizers(&checker, metadata) }
        }
        return checker.errors
    }

    /// What is wrong with a new object's names as parts of paths; asked when nothing else is wrong.
    static func errors(inPathOf object: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("metadata") { checkPath(&$0, object["metadata"] ?? .object) }
        return checker.errors
    }

    /// What is wrong with an update's metadata, whichever part of the object it is of.
    static func errors(
        updating object: JSON, from oldObject: JSON, _ resource: Resource, ofStatus: Bool = false
    ) -> [FieldError] {
        let (new, old) = (object["metadata"] ?? .object, oldObject["metadata"] ?? .object)
        var checker = FieldChecker()
        checker.inside("metadata") { checker in
            checkPath(&checker, new)
            checkAll(&checker, new, resource)
            if resource.finalizerNames == .qualified, !ofStatus { checkStandardFinalizers(&checker, new) }
            checkNewFinalizers(&checker, new, old)
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
        }
        return checker.errors
    }

    // MARK: Names

    private static func checkNames(
        _ checker: inout FieldChecker, _ metadata: JSON, _ rule: (String) -> [String], prefix: (String) -> [String]
    ) {
        checker.check("generateName", of: metadata, prefix)
        if metadata.lacks("name") {
            checker.required("name", "name or generateName is required")
        } else {
            checker.check("name", of: metadata, rule)
        }
    }

    private static func checkPath(_ checker: inout FieldChecker, _ metadata: JSON) {
        checkNames(&checker, metadata, pathSegment, prefix: marksOfPaths)
    }

    /// A name that can stand between slashes of a URL.
    static func pathSegment(_ name: String) -> [String] {
        if name == "." || name == ".." { return ["may not be '\(name)'"] }
        return marksOfPaths(name)
    }
    private static func marksOfPaths(_ name: String) -> [String] {
        let marks: [(byte: UInt8, text: String)] = [(UInt8(ascii: "/"), "/"), (UInt8(ascii: "%"), "%")]
        return marks.filter { name.utf8.contains($0.byte) }.map { "may not contain '\($0.text)'" }
    }

    /// A name that begins with the prefix: it may end as no name may, for something will follow.
    private static func completed(_ prefix: String) -> String {
        prefix.utf8.count > 1 && prefix.hasSuffix("-") ? String(prefix.dropLast(2)) + "a" : prefix
    }

    // MARK: All but names

    private static func checkAll(_ checker: inout FieldChecker, _ metadata: JSON, _ resource: Resource) {
        if resource.isNamespaced {
            checker.requireText("namespace", of: metadata, Validation.isDNS1123Label)
        } else if !metadata.lacks("namespace") {
            checker.forbidden("namespace", "not allowed on this type")
        }
        checker.nonNegative("generation", of: metadata)
        checkMarks(&checker, metadata)
        checkOwners(&checker, metadata)
        checkFinalizers(&checker, metadata)
    }

    private static func checkMarks(_ checker: inout FieldChecker, _ metadata: JSON) {
        checker.labels("labels", metadata["labels"])
        var bytes = 0
        for member in metadata["annotations"]?.members ?? [] {
            checker.check("annotations", member.name) { Validation.isQualifiedName($0.lowercased()) }
            bytes += member.name.utf8.count + (member.value.string?.utf8.count ?? 0)
        }
        if bytes > maximumAnnotationBytes { checker.tooLong("annotations", maximumAnnotationBytes) }
    }

    private static func checkOwners(_ checker: inout FieldChecker, _ metadata: JSON) {
        var controller: String?
        for owner in metadata["ownerReferences"]?.elements ?? [] {
            let name = "\(owner["kind"]?.string ?? "")/\(owner["name"]?.string ?? "")"
            checker.inside("ownerReferences") { checkOwner(&$0, owner) }
            guard owner["controller"]?.bool == true else { continue }
            if let controller {
                checker.invalid(
                    "ownerReferences", metadata["ownerReferences"],
                    "Only one reference can have Controller set to true. Found \"true\" in references for \(controller) "
                        + "and \(name)")
            } else {
                controller = name
            }
        }
    }

    private static func checkOwner(_ checker: inout FieldChecker, _ owner: JSON) {
        if owner.lacks("apiVersion") || owner["apiVersion"]?.string?.hasSuffix("/") == true {
            checker.invalid("apiVersion", owner["apiVersion"] ?? "", "version must not be empty")
        }
        for field in ["kind", "name", "uid"] where owner.lacks(field) {
            checker.invalid(field, "", "must not be empty")
        }
        if owner["kind"]?.string == "Event", owner["apiVersion"]?.string == "v1" {
            checker.invalid("", owner, "/v1, Kind=Event is disallowed from being an owner")
        }
    }

    // MARK: Finalizers

    private static let orphan = "orphan"
    private static let foreground = "foregroundDeletion"
    private static let standardFinalizers: Set<String> = ["kubernetes", orphan, foreground]

    private static func checkFinalizers(_ checker: inout FieldChecker, _ metadata: JSON) {
        guard let finalizers = metadata["finalizers"]?.strings, !finalizers.isEmpty else { return }
        for finalizer in finalizers { checker.check("finalizers", finalizer, Validation.isQualifiedName) }
        if finalizers.contains(orphan), finalizers.contains(foreground) {
            checker.invalid(
                "finalizers", metadata["finalizers"], "finalizer \(orphan) and \(foreground) cannot be both set")
        }
    }

    /// What Kubernetes' own kinds ask besides: a name without a domain is one that Kubernetes knows.
    private static func checkStandardFinalizers(_ checker: inout FieldChecker, _ metadata: JSON) {
        for (index, finalizer) in (metadata["finalizers"]?.strings ?? []).enumerated()
        where !finalizer.utf8.contains(UInt8(ascii: "/")) && !standardFinalizers.contains(finalizer) {
            checker.invalid(
                "finalizers[\(index)]", JSON(finalizer),
                "name is neither a standard finalizer name nor is it fully qualified")
        }
    }

    private static func checkNewFinalizers(_ checker: inout FieldChecker, _ new: JSON, _ old: JSON) {
        guard !old.lacks("deletionTimestamp") else { return }
        let added = Set(new["finalizers"]?.strings ?? []).subtracting(old["finalizers"]?.strings ?? []).sorted()
        guard !added.isEmpty else { return }
        let shown = added.map { JSON($0).text }.joined(separator: ", ")
        checker.forbidden(
            "finalizers",
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(shown)}")
    }
}
