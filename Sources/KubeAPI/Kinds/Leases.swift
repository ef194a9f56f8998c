import APIMachinery

/// Everything known of Leases. Coordinated leader election is off, so its fields are not kept.
enum Leases {
    static let resource = Resource(
        "coordination.k8s.io/v1", "Lease", plural: "leases", allowsCreateOnUpdate: true,
        allowsUnconditionalUpdate: false,
        prepareForCreate: dropElectionFields, prepareForUpdate: { new, _ in dropElectionFields(&new) })

    private static func dropElectionFields(_ lease: inout JSON) {
        lease.update("spec") { spec in
            for name in ["strategy", "preferredHolder"] where spec[name] != nil { spec[name] = nil }
        }
    }
}
