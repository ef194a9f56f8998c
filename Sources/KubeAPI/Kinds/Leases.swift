import APIMachinery

/// Everything known of Leases. Coordinated leader election is off, so its fields are not kept.
enum Leases {
    static let resource = Resource(
        "coordination.k8s.io/v1", "Lease", plural: "leases", columns: ClusterColumns.leases,
        allowsCreateOnUpdate: true,
        allowsUnconditionalUpdate: false,
        prepareForCreate: dropElectionFields, prepareForUpdate: { new, _ in dropElectionFields(&new) },
        validate: validate, validateUpdate: { new, _ in validate(new) }, validateName: Validation.isDNS1123Subdomain,
        finalizerNames: .any)

    private static func dropElectionFields(_ lease: inout JSON) {
        lease.update("spec") { spec in
            for name in ["strategy", "preferredHolder"] where spec[name] != nil { spec[name] = nil }
        }
    }

    private static func validate(_ lease: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", lease["spec"]) { checker, spec in
            if let seconds = spec["leaseDurationSeconds"], seconds.int ?? 0 <= 0 {
                checker.invalid("leaseDurationSeconds", seconds, "must be greater than 0")
            }
            checker.nonNegative("leaseTransitions", of: spec)
        }
        return checker.errors
    }
}
