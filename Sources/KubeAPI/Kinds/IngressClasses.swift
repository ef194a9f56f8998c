import APIMachinery

/// Everything known of IngressClasses.
enum IngressClasses {
    static let resource = Resource(
        "networking.k8s.io/v1", "IngressClass", plural: "ingressclasses", isNamespaced: false,
        prepareForCreate: Strategy.create(generation: true, status: nil),
        prepareForUpdate: Strategy.update(generation: true, status: false), setDefaults: setDefaults)

    private static func setDefaults(_ ingressClass: inout JSON) {
        ingressClass.update("spec") { $0.update("parameters") { $0.setDefault("scope", "Cluster") } }
    }
}
