import APIMachinery

/// Everything known of Namespaces.
enum Namespaces {
    static let resource = Resource(
        "v1", "Namespace", plural: "namespaces", shortNames: ["ns"], isNamespaced: false,
        verbs: [.create, .delete, .get, .list, .patch, .update, .watch],
        subresources: [
            Resource.Subresource(
                .finalize, GroupVersionKind(group: "", version: "v1", kind: "Namespace"), verbs: [.update]),
            .status("v1", "Namespace"),
        ],
        columns: ClusterColumns.namespaces,
        prepareForCreate: prepareForCreate, prepareForUpdate: prepareForUpdate,
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: validate,
        validateStatusUpdate: validateStatusUpdate, validateName: Validation.isDNS1123Label,
        finalizerNames: .qualifiedWhenCreated,
        selectableFields: ["status.phase": { $0["status", "phase"]?.string ?? "" }])

    private static func prepareForCreate(_ namespace: inout JSON) {
        namespace["status"] = ["phase": "Active"]
        setNameLabel(&namespace)
        namespace.updateOrMake("spec") { spec in
            let finalizers = spec["finalizers"]?.strings ?? []
            if !finalizers.contains("kubernetes") { spec["finalizers"] = JSON(finalizers + ["kubernetes"]) }
        }
    }
    /// Only the subresource `finalize` changes the spec's finalizers.
    private static func prepareForUpdate(_ new: inout JSON, _ old: JSON) {
        new.updateOrMake("spec") { $0.keep("finalizers", of: old["spec"] ?? .object) }
        new.keep("status", of: old)
    }
    private static func setDefaults(_ namespace: inout JSON) {
        setNameLabel(&namespace)
        namespace.updateOrMake("status") { if $0.lacks("phase") { $0["phase"] = "Active" } }
    }
    private static func setNameLabel(_ namespace: inout JSON) {
        if let name = namespace["metadata", "name"], name.string?.isEmpty == false {
            namespace.set(["metadata", "labels", "kubernetes.io/metadata.name"], to: name)
        }
    }

    private static func validate(_ namespace: JSON) -> [FieldError] {
        var checker = FieldChecker()
        for finalizer in namespace["spec", "finalizers"]?.strings ?? [] {
            checker.check("spec.finalizers", finalizer, Validation.isQualifiedName)
            if !finalizer.contains("/"), !["kubernetes", "orphan", "foregroundDeletion"].contains(finalizer) {
                checker.invalid(
                    "spec.finalizers", JSON(finalizer),
                    "name is neither a standard finalizer name nor is it fully qualified")
            }
        }
        return checker.errors
    }
    private static func validateStatusUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let phase = new["status", "phase"] ?? ""
        if (new["metadata"] ?? .object).lacks("deletionTimestamp") {
            if phase.string != "Active" {
                checker.invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")
            }
        } else if phase.string != "Terminating" {
            checker.invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")
        }
        return checker.errors
    }
}
