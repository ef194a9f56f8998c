import APIMachinery

/// Everything known of StorageClasses.
enum StorageClasses {
    static let resource = Resource(
        "storage.k8s.io/v1", "StorageClass", plural: "storageclasses", shortNames: ["sc"], isNamespaced: false,
        columns: StorageColumns.storageClasses,
        setDefaults: setDefaults, validate: validate, validateUpdate: validateUpdate,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        warnings: { new, _ in VolumeWarnings.ofStorageClass(new) })

    private static func setDefaults(_ storageClass: inout JSON) {
        storageClass.setDefault("reclaimPolicy", "Delete")
        storageClass.setDefault("volumeBindingMode", "Immediate")
    }

    private static func validate(_ storageClass: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.requireText("provisioner", of: storageClass) { Validation.isQualifiedName($0.lowercased()) }
        checker.oneOf("reclaimPolicy", of: storageClass, ["Delete", "Retain"], mayBeAbsent: true)
        checker.oneOf("volumeBindingMode", of: storageClass, ["Immediate", "WaitForFirstConsumer"])
        return checker.errors
    }
    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
            checker.immutable(field, new[field], old[field])
        }
        return checker.errors
    }
}
