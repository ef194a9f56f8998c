import APIMachinery

/// Everything known of PersistentVolumeClaims.
enum PersistentVolumeClaims {
    static let resource = Resource(
        "v1", "PersistentVolumeClaim", plural: "persistentvolumeclaims", shortNames: ["pvc"],
        subresources: [.status("v1", "PersistentVolumeClaim")],
        prepareForCreate: prepareForCreate, prepareForUpdate: prepareForUpdate,
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults)

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
            if let source = spec["dataSource"], spec["dataSourceRef"] == nil {
                spec["dataSourceRef"] = source
            } else if let reference = spec["dataSourceRef"], spec["dataSource"] == nil, reference.lacks("namespace") {
                spec["dataSource"] = reference
            }
        }
    }
    private static func setDefaults(_ claim: inout JSON) {
        claim.updateOrMake("spec") { $0.setDefault("volumeMode", "Filesystem") }
        claim.updateOrMake("status") { if $0.lacks("phase") { $0["phase"] = "Pending" } }
    }
}
