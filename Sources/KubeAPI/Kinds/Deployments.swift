import APIMachinery

/// Everything known of Deployments.
enum Deployments {
    static let resource = Resource(
        "apps/v1", "Deployment", plural: "deployments", shortNames: ["deploy"], categories: ["all"],
        subresources: [.scale, .status("apps/v1", "Deployment")],
        prepareForCreate: Strategy.create(generation: true, status: .object),
        prepareForUpdate: Strategy.update(generation: true, status: true, countsAnnotations: true),
        prepareForStatusUpdate: prepareForStatusUpdate, setDefaults: setDefaults)

    private static func prepareForStatusUpdate(_ new: inout JSON, _ old: JSON) {
        Strategy.statusUpdate(&new, old)
        new.update("metadata") { $0.keep("labels", of: old["metadata"] ?? .object) }
    }

    private static func setDefaults(_ deployment: inout JSON) {
        deployment.updateOrMake("spec") { spec in
            spec.setDefault("replicas", 1)
            spec.setDefault("revisionHistoryLimit", 10)
            spec.setDefault("progressDeadlineSeconds", 600)
            spec.updateOrMake("strategy") { strategy in
                if strategy.lacks("type") { strategy["type"] = "RollingUpdate" }
                guard strategy["type"]?.string == "RollingUpdate" else { return }
                strategy.updateOrMake("rollingUpdate") { rollingUpdate in
                    rollingUpdate.setDefault("maxUnavailable", "25%")
                    rollingUpdate.setDefault("maxSurge", "25%")
                }
            }
            spec.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) }
        }
    }
}
