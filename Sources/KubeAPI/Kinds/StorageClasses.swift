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
        DriverRules.checkProvisioner(&checker, "provisioner", storageClass)
        DriverRules.checkParameters(&checker, "parameters", storageClass["parameters"], mayBeEmpty: true)
        checker.oneOf("reclaimPolicy", of: storageClass, ["Delete", "Retain"], mayBeAbsent: true)
        checker.oneOf("volumeBindingMode", of: storageClass, ["Immediate", "WaitForFirstConsumer"])
        checkTopologies(&checker, storageClass)
        return checker.errors
    }

    /// Each of the terms is another one, and has each key once.
    private static func checkTopologies(_ checker: inout FieldChecker, _ storageClass: JSON) {
        var terms: Set<String> = []
        checker.each("allowedTopologies", of: storageClass) { checker, term in
            var keys: [String: [String]] = [:]
            checker.each("matchLabelExpressions", of: term) { checker, expression in
                let values = expression["values"]?.strings ?? []
                if values.isEmpty { checker.required("values") }
                var seen: Set<String> = []
                for (index, value) in values.enumerated() where !seen.insert(value).inserted {
                    checker.duplicate("values[\(index)]", JSON(value))
                }
                let key = expression["key"]?.string ?? ""
                checker.check("key", key, Validation.isQualifiedName)
                if keys[key] != nil { checker.duplicate("key", JSON(key)) }
                keys[key] = values.sorted()
            }
            let identity = keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
            if !terms.insert(identity).inserted { checker.duplicate("matchLabelExpressions", "") }
        }
    }

    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
            checker.immutable(field, new[field], old[field])
        }
        return checker.errors
    }
}
