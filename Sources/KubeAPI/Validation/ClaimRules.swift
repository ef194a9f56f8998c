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
