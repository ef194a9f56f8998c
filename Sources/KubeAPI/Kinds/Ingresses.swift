import APIMachinery

/// Everything known of Ingresses.
enum Ingresses {
    static let resource = Resource(
        "networking.k8s.io/v1", "Ingress", plural: "ingresses", shortNames: ["ing"],
        subresources: [.status("networking.k8s.io/v1", "Ingress")],
        prepareForCreate: Strategy.create(generation: true, status: ["loadBalancer": .object]),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate)
}
