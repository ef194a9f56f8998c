import APIMachinery

/// Everything known of PersistentVolumeClaims.
enum PersistentVolumeClaims {
    static let resource = Resource(
        "v1", "PersistentVolumeClaim", plural: "persistentvolumeclaims", shortNames: ["pvc"],
        subresources: [.status("v1", "PersistentVolumeClaim")],
        columns: StorageColumns.claims,
        prepareForCreate: prepareForCreate, prepareForUpdate: prepareForUpdate,
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: validateUpdate,
        validateStatusUpdate: { new, _ in
            var checker = FieldChecker()
            for list in ["capacity", "allocatedResources"] {
                for member in new["status", list]?.members ?? [] {
                    ClaimRules.checkAmount(&checker, "status.\(list)[\(member.name)]", member.value)
                }
            }
            return checker.errors
        }, validateName: Validation.isDNS1123Subdomain,
        warnings: { new, _ in VolumeWarnings.ofClaim(new) })

    private static func prepareForCreate(_ claim: inout JSON) {
        claim["status"] = ["phase": "Pending"]
        normalizeSources(&claim)
    }
    private static func prepareForUpdate(_ new: inout JSON, _ old: JSON) {
        new.keep("status", of: old)
        normalizeSources(&new)
    }
    /// `dataSource` and `dataSourceRef` name the same source unless the latter names another namespace.
    private static func normalizeSources(_ claim: inout JSON) {
        claim.update("spec") { spec in
            if let source = spec["dataSource"], !isKnown(source) { spec["dataSource"] = nil }
            if let source = spec["dataSource"], spec["dataSourceRef"] == nil {
                spec["dataSourceRef"] = source
            } else if let reference = spec["dataSourceRef"], spec["dataSource"] == nil, reference.lacks("namespace") {
                spec["dataSource"] = reference
            }
        }
    }
    /// `dataSource` names claims and snapshots; all else is left out of it, as it always was.
    private static func isKnown(_ source: JSON) -> Bool {
        switch source["apiGroup"]?.string ?? "" {
        case "": source["kind"]?.string == "PersistentVolumeClaim"
        case "snapshot.storage.k8s.io": source["kind"]?.string == "VolumeSnapshot"
        default: false
        }
    }
    private static func setDefaults(_ claim: inout JSON) {
        claim.updateOrMake("spec") { $0.setDefault("volumeMode", "Filesystem") }
        claim.updateOrMake("status") { if $0.lacks("phase") { $0["phase"] = "Pending" } }
    }

    private static func validate(_ claim: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", claim["spec"] ?? .object) { ClaimRules.checkSpec(&$0, $1) }
        return checker.errors
    }

    /// A claim's spec stays as it is but for its binding and, once bound, its size and attributes class.
    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        var (newSpec, oldSpec) = (new["spec"] ?? .object, old["spec"] ?? .object)
        let oldSize = oldSpec["resources", "requests", "storage"]
        let newSize = newSpec["resources", "requests", "storage"]
        if oldSpec.lacks("volumeName") { oldSpec.keep("volumeName", of: newSpec) }
        if oldSpec["storageClassName"] == nil { oldSpec.keep("storageClassName", of: newSpec) }
        if new["status", "phase"]?.string == "Bound" {
            newSpec.set(["resources", "requests", "storage"], to: oldSize)
            newSpec.keep("volumeAttributesClassName", of: oldSpec)
        }
        if newSpec != oldSpec {
            checker.forbidden(
                "spec",
                "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
            )
        }
        if let newSize, let oldSize, QuantityRules.quantity(newSize) < QuantityRules.quantity(oldSize),
            QuantityRules.quantity(newSize) <= QuantityRules.quantity(old["status", "capacity", "storage"] ?? "0")
        {
            checker.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")
        }
        return validate(new) + checker.errors
    }
}
