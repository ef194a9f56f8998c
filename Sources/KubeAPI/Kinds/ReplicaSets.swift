import APIMachinery

/// Everything known of ReplicaSets.
enum ReplicaSets {
    static let resource = Resource(
        "apps/v1", "ReplicaSet", plural: "replicasets", shortNames: ["rs"], categories: ["all"],
        subresources: [.scale, .status("apps/v1", "ReplicaSet")],
        prepareForCreate: Strategy.create(generation: true, status: ["replicas": 0]),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults,
        selectableFields: ["status.replicas": { $0["status", "replicas"]?.number ?? "0" }])

    private static func setDefaults(_ replicaSet: inout JSON) {
        replicaSet.updateOrMake("spec") { spec in
            spec.setDefault("replicas", 1)
            spec.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) }
        }
    }
}
