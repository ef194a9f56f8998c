import APIMachinery

/// What `kubectl get` shows of Deployments and ReplicaSets.
enum WorkloadColumns {
    static let deployments: [Resource.Column] =
        [
            .name,
            .text("Ready") { "\(status($0, "readyReplicas"))/\($0["spec", "replicas"]?.int ?? 0)" },
            .number("Up-to-date") { status($0, "updatedReplicas") },
            .number("Available") { status($0, "availableReplicas") },
            .age,
        ] + template
    static let replicaSets: [Resource.Column] =
        [
            .name,
            .number("Desired", "integer") { $0["spec", "replicas"]?.int ?? 0 },
            .number("Current", "integer") { status($0, "replicas") },
            .number("Ready", "integer") { status($0, "readyReplicas") },
            .age,
        ] + template

    private static let template: [Resource.Column] = [
        .text("Containers", priority: 1) { Cells.containers($0, "name") },
        .text("Images", priority: 1) { Cells.containers($0, "image") },
        .text("Selector", priority: 1) { Cells.selector($0["spec", "selector"]) },
    ]

    private static func status(_ object: JSON, _ field: String) -> Int { object["status", field]?.int ?? 0 }
}
