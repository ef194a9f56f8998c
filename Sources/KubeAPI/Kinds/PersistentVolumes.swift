import APIMachinery

/// Everything known of PersistentVolumes.
enum PersistentVolumes {
    static let resource = Resource(
        "v1", "PersistentVolume", plural: "persistentvolumes", shortNames: ["pv"], isNamespaced: false,
        subresources: [.status("v1", "PersistentVolume")],
        columns: StorageColumns.volumes,
        prepareForCreate: Strategy.create(generation: false, status: ["phase": "Pending"]),
        prepareForUpdate: Strategy.update(generation: false, status: true),
        prepareForStatusUpdate: prepareForStatusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            PersistentVolumeRules.checkUpdate(&checker, new["spec"] ?? .object, old["spec"] ?? .object)
            return validate(new) + checker.errors
        }, validateName: Validation.isDNS1123Subdomain,
        warnings: { new, _ in VolumeWarnings.ofPersistentVolume(new) })

    private static func prepareForStatusUpdate(_ new: inout JSON, _ old: JSON) {
        Strategy.statusUpdate(&new, old)
        guard new["status", "phase"] == old["status", "phase"] else { return }
        new.updateOrMake("status") { status in
            if status.lacks("lastPhaseTransitionTime") {
                status.keep("lastPhaseTransitionTime", of: old["status"] ?? .object)
            }
        }
    }

    private static func setDefaults(_ volume: inout JSON) {
        volume.updateOrMake("spec") { spec in
            if spec.lacks("persistentVolumeReclaimPolicy") { spec["persistentVolumeReclaimPolicy"] = "Retain" }
            spec.setDefault("volumeMode", "Filesystem")
            VolumeDefaults.setSources(&spec)
        }
        volume.updateOrMake("status") { if $0.lacks("phase") { $0["phase"] = "Pending" } }
    }

    private static func validate(_ volume: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", volume["spec"] ?? .object) { PersistentVolumeRules.check(&$0, $1) }
        return checker.errors
    }
}
