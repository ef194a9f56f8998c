import APIMachinery

/// The spec of a PersistentVolumeClaim, also as a template in a pod's ephemeral volume.
enum ClaimRules {
    static let accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
    static let volumeModes = ["Block", "Filesystem"]

    static func checkSpec(_ checker: inout FieldChecker, _ spec: JSON) {
        checkAccessModes(&checker, spec, whenEmpty: "at least 1 access mode is required")
        checker.labelSelector("selector", spec["selector"])
        if let storage = spec["resources", "requests", "storage"] {
            checker.inside("resources[storage]") { checker in
                if QuantityRules.quantity(storage) <= .zero {
                    checker.invalid("", storage, "must be greater than zero")
                }
            }
        } else {
            checker.required("resources[storage]")
        }
        checker.check("storageClassName", of: spec, Validation.isDNS1123Subdomain)
        checker.oneOf("volumeMode", of: spec, volumeModes, mayBeAbsent: true)
        for field in ["dataSource", "dataSourceRef"] {
            checker.inside(field, spec[field]) { checkSource(&$0, $1) }
        }
        if let reference = spec["dataSourceRef"], reference.lacks("namespace"), let source = spec["dataSource"],
            source["kind"] != reference["kind"] || source["name"] != reference["name"]
                || source["apiGroup"]?.string ?? "" != reference["apiGroup"]?.string ?? ""
        {
            // What Kubernetes shows here is a path that has no form.
            checker.add(.invalid, "", "Invalid value: {}: must match dataSourceRef")
        }
        if let name = spec["volumeAttributesClassName"]?.string, !name.isEmpty {
            checker.check("volumeAttributesClassName", name, Validation.isDNS1123Subdomain)
        }
    }

    /// An amount of storage is not less than nothing.
    static func checkAmount(_ checker: inout FieldChecker, _ field: String, _ amount: JSON) {
        let quantity = QuantityRules.quantity(amount)
        if quantity.isNegative {
            checker.invalid(field, JSON(Int(quantity.milliValue) / 1000), "must be a valid resource quantity")
        }
    }

    static func checkAccessModes(_ checker: inout FieldChecker, _ spec: JSON, whenEmpty detail: String) {
        let modes = spec["accessModes"]?.strings ?? []
        if modes.isEmpty { checker.required("accessModes", detail) }
        for mode in modes where !accessModes.contains(mode) {
            checker.notSupported("accessModes", JSON(mode), accessModes)
        }
        if modes.contains("ReadWriteOncePod"), modes.contains(where: { $0 != "ReadWriteOncePod" }) {
            checker.forbidden("accessModes", "may not use ReadWriteOncePod with other access modes")
        }
    }

    private static func checkSource(_ checker: inout FieldChecker, _ source: JSON) {
        checker.requireText("name", of: source)
        checker.requireText("kind", of: source)
        if source.lacks("apiGroup"), let kind = source["kind"], kind.string != "PersistentVolumeClaim" {
            checker.invalid(
                "", kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")
        }
        checker.check("apiGroup", of: source, Validation.isDNS1123Subdomain)
    }
}
