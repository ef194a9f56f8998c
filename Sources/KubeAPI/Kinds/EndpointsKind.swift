import APIMachinery

/// Everything known of Endpoints, the older form of EndpointSlices.
enum EndpointsKind {
    static let resource = Resource(
        "v1", "Endpoints", plural: "endpoints", shortNames: ["ep"], columns: NetworkColumns.endpoints,
        allowsCreateOnUpdate: true,
        setDefaults: setDefaults,
        validate: validate, validateUpdate: { new, _ in validate(new) }, validateName: Validation.isDNS1123Subdomain,
        warnings: { new, _ in NetworkWarnings.ofEndpoints(new) },
        deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")

    private static func setDefaults(_ endpoints: inout JSON) {
        endpoints.updateEach("subsets") { subset in
            subset.updateEach("ports") { if $0.lacks("protocol") { $0["protocol"] = "TCP" } }
        }
    }

    private static func validate(_ endpoints: JSON) -> [FieldError] {
        var checker = FieldChecker()
        EndpointRules.checkSubsets(&checker, endpoints)
        return checker.errors
    }
}
