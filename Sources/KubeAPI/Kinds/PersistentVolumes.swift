import APIMachinery

/// Everything known of PersistentVolumes.
enum PersistentVolumes {
    static let resource = Resource(
        "v1", "PersistentVolume", plural: "persistentvolumes", shortNames: ["pv"], isNamespaced: false,
        subresources: [.status("v1", "PersistentVolume")],
        prepareForCreate: Strategy.create(generation: false, status: ["phase": "Pending"]),
        prepareForUpdate: Strategy.update(generation: false, status: true),
        prepareForStatusUpdate: prepareForStatusUpdate, setDefaults: setDefaults)

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
}
