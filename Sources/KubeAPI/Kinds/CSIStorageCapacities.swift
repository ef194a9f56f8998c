import APIMachinery

/// Everything known of CSIStorageCapacities.
enum CSIStorageCapacities {
    static let resource = Resource(
        "storage.k8s.io/v1", "CSIStorageCapacity", plural: "csistoragecapacities", columns: columns,
        allowsUnconditionalUpdate: false, validate: validate, validateUpdate: validateUpdate,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    /// As kube-apiserver shows them, which knows no table for this kind.
    private static let columns: [Resource.Column] = [.name, .createdAt]

    private static func validate(_ capacity: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.labelSelector("nodeTopology", capacity["nodeTopology"])
        checker.check("storageClassName", capacity["storageClassName"]?.string ?? "", Validation.isDNS1123Subdomain)
        if let quantity = capacity["capacity"], QuantityRules.quantity(quantity).isNegative {
            checker.invalid("capacity", quantity, "must be greater than or equal to 0")
        }
        return checker.errors
    }

    /// What a driver was asked about stays.
    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        for field in ["nodeTopology", "storageClassName"] { checker.immutable(field, new[field], old[field]) }
        return validate(new) + checker.errors
    }
}
