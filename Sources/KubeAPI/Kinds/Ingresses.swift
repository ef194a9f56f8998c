import APIMachinery

/// Everything known of Ingresses.
enum Ingresses {
    static let resource = Resource(
        "networking.k8s.io/v1", "Ingress", plural: "ingresses", shortNames: ["ing"],
        subresources: [.status("networking.k8s.io/v1", "Ingress")],
        columns: NetworkColumns.ingresses,
        prepareForCreate: Strategy.create(generation: true, status: ["loadBalancer": .object]),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, validate: validate,
        validateUpdate: { new, _ in checkSpec(new) }, validateStatusUpdate: validateStatusUpdate,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        warnings: { new, old in old == nil ? NetworkWarnings.ofNewIngress(new) : [] },
        statusWarnings: { new, _ in NetworkWarnings.ofBalancerStatus(new) })

    private static func validate(_ ingress: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let name = "kubernetes.io/ingress.class"
        if let old = ingress["metadata", "annotations"]?[name], let new = ingress["spec", "ingressClassName"],
            old != new
        {
            checker.invalid(
                "annotations.\(name)", old, "must match `ingressClassName` when both are specified")
        }
        return checkSpec(ingress) + checker.errors
    }
    private static func checkSpec(_ ingress: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", ingress["spec"] ?? .object) { IngressRules.check(&$0, $1) }
        return checker.errors
    }
    private static func validateStatusUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("status.loadBalancer", new["status", "loadBalancer"]) {
            AddressRules.checkLoadBalancer(&$0, $1, needsMode: false)
        }
        return checker.errors
    }
}
