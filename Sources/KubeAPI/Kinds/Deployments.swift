import APIMachinery

/// Everything known of Deployments.
enum Deployments {
    static let resource = Resource(
        "apps/v1", "Deployment", plural: "deployments", shortNames: ["deploy"], categories: ["all"],
        subresources: [.scale, .status("apps/v1", "Deployment")],
        columns: WorkloadColumns.deployments,
        prepareForCreate: Strategy.create(generation: true, status: .object),
        prepareForUpdate: Strategy.update(generation: true, status: true, countsAnnotations: true),
        prepareForStatusUpdate: prepareForStatusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            checker.immutable("spec.selector", new["spec", "selector"], old["spec", "selector"])
            return validate(new) + checker.errors
        },
        validateStatusUpdate: { new, _ in
            PodTemplateRules.checkStatus(
                new["status"] ?? .object,
                counts: [
                    "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
                    "terminatingReplicas",
                ])
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        warnings: { new, old in PodWarnings.ofWorkload(new, old) })

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

    private static func validate(_ deployment: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", deployment["spec"] ?? .object) { checker, spec in
            checker.nonNegative("replicas", of: spec)
            PodTemplateRules.checkSelectorAndTemplate(&checker, spec)
            checker.inside("strategy", spec["strategy"] ?? .object) { checkStrategy(&$0, $1) }
            checker.nonNegative("minReadySeconds", of: spec)
            checker.nonNegative("revisionHistoryLimit", of: spec)
            checker.nonNegative("progressDeadlineSeconds", of: spec)
            if let deadline = spec["progressDeadlineSeconds"], deadline.int ?? 0 <= spec["minReadySeconds"]?.int ?? 0 {
                checker.invalid("progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
            }
        }
        return checker.errors
    }

    private static func checkStrategy(_ checker: inout FieldChecker, _ strategy: JSON) {
        switch strategy["type"]?.string {
        case "Recreate":
            if strategy["rollingUpdate"] != nil {
                checker.forbidden("rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
            }
        case "RollingUpdate":
            checker.inside("rollingUpdate", strategy["rollingUpdate"]) { checker, update in
                for field in ["maxUnavailable", "maxSurge"] { ShareRules.check(&checker, field, update[field]) }
                if ShareRules.isZero(update["maxUnavailable"]), ShareRules.isZero(update["maxSurge"]) {
                    checker.invalid(
                        "maxUnavailable", update["maxUnavailable"] ?? 0, "may not be 0 when `maxSurge` is 0")
                }
                ShareRules.checkAtMostAll(&checker, "maxUnavailable", update["maxUnavailable"])
            }
        default:
            checker.notSupported("", InternalForms.of(strategy, "DeploymentStrategy"), ["Recreate", "RollingUpdate"])
        }
    }
}
