import APIMachinery

/// Everything known of EndpointSlices.
enum EndpointSlices {
    static let resource = Resource(
        "discovery.k8s.io/v1", "EndpointSlice", plural: "endpointslices",
        columns: NetworkColumns.endpointSlices,
        prepareForCreate: Strategy.create(generation: true, status: nil), prepareForUpdate: prepareForUpdate,
        setDefaults: setDefaults, validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            checker.immutable("addressType", new["addressType"], old["addressType"])
            EndpointRules.checkSlice(&checker, new, old: old)
            return checker.errors
        }, validateName: Validation.isDNS1123Subdomain,
        warnings: { new, old in NetworkWarnings.ofEndpointSlice(new, isNew: old == nil) })

    /// Labels and everything but metadata count as a change.
    private static func prepareForUpdate(_ new: inout JSON, _ old: JSON) {
        let isChanged =
            ["addressType", "endpoints", "ports"].contains { new[$0] != old[$0] }
            || new["metadata", "labels"] != old["metadata", "labels"]
        Strategy.setGeneration(&new, old, isChanged: isChanged)
    }

    private static func setDefaults(_ slice: inout JSON) {
        slice.updateEach("ports") { port in
            port.setDefault("name", "")
            port.setDefault("protocol", "TCP")
        }
    }

    private static func validate(_ slice: JSON) -> [FieldError] {
        var checker = FieldChecker()
        EndpointRules.checkSlice(&checker, slice)
        return checker.errors
    }
}
