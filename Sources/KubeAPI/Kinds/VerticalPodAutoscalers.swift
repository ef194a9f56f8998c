import APIMachinery

/// Everything known of VerticalPodAutoscalers and their checkpoints, which Kubernetes' autoscaler project serves as custom
/// kinds; here they are always there.
public enum VerticalPodAutoscalers {
    private static let version = "autoscaling.k8s.io/v1"
    /// What is done to pods where nothing is said.
    static let defaultMode = "Recreate"

    static let resource = Resource(
        version, "VerticalPodAutoscaler", plural: "verticalpodautoscalers", shortNames: ["vpa"],
        subresources: [.status(version, "VerticalPodAutoscaler")], columns: columns,
        prepareForCreate: { autoscaler in
            autoscaler["status"] = nil
            autoscaler.set(["metadata", "generation"], to: 1)
        },
        prepareForUpdate: Strategy.update(generation: true, status: true), prepareForStatusUpdate: Strategy.statusAlone,
        setDefaults: { autoscaler in
            autoscaler.update("spec") { $0.setDefault("updatePolicy", ["updateMode": JSON(defaultMode)]) }
        },
        validate: { VerticalAutoscalerRules.errors($0, old: nil) },
        validateUpdate: { VerticalAutoscalerRules.errors($0, old: $1) },
        validateStatusUpdate: { new, _ in VerticalAutoscalerRules.statusErrors(new) },
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .any,
        warnings: { new, old in VerticalAutoscalerRules.warnings(new, old) })

    static let checkpoints = Resource(
        version, "VerticalPodAutoscalerCheckpoint", plural: "verticalpodautoscalercheckpoints",
        shortNames: ["vpacheckpoint"], columns: [.name, date],
        prepareForCreate: { $0.set(["metadata", "generation"], to: 1) },
        prepareForUpdate: { new, old in
            Strategy.setGeneration(&new, old, isChanged: new["spec"] != old["spec"] || new["status"] != old["status"])
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .any)

    private static let columns: [Resource.Column] = [
        .name,
        Resource.Column("Mode", "string") { $0["spec", "updatePolicy"]?["updateMode"] ?? .null },
        Resource.Column("CPU", "string") { target($0)?["cpu"] ?? .null },
        Resource.Column("Mem", "string") { target($0)?["memory"] ?? .null },
        Resource.Column("Provided", "string") { autoscaler in
            let conditions = autoscaler["status", "conditions"]?.elements ?? []
            return conditions.first { $0["type"]?.string == "RecommendationProvided" }?["status"] ?? .null
        },
        date,
        Resource.Column("MinReplicas", "integer", priority: 1) {
            $0["spec", "updatePolicy"]?["minReplicas"] ?? .null
        },
        Resource.Column("OOMSeconds", "integer", priority: 1) {
            $0["spec", "updatePolicy"]?["evictAfterOOMSeconds"] ?? .null
        },
    ]
    private static let date = Resource.Column("Age", "date") { object, now in
        JSON(Cells.since(object["metadata", "creationTimestamp"], now))
    }
    /// What the first container should ask for.
    private static func target(_ autoscaler: JSON) -> JSON? {
        autoscaler["status", "recommendation", "containerRecommendations"]?.elements.first?["target"]
    }
}
