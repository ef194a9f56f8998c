import APIMachinery

/// Everything known of DaemonSets.
enum DaemonSets {
    static let resource = Resource(
        "apps/v1", "DaemonSet", plural: "daemonsets", shortNames: ["ds"], categories: ["all"],
        subresources: [.status("apps/v1", "DaemonSet")],
        columns: columns,
        prepareForCreate: { set in
            Strategy.create(generation: true, status: emptyStatus)(&set)
            setTemplateGeneration(&set, 1)
        },
        prepareForUpdate: prepareForUpdate,
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            checker.immutable("spec.selector", new["spec", "selector"], old["spec", "selector"])
            return checker.errors + validate(new)
        },
        validateStatusUpdate: { new, old in
            var checker = FieldChecker()
            let status = new["status"] ?? .object
            checker.inside("status") { checker in
                for field in counts {
                    checker.nonNegative(field, of: status)
                }
                checker.notDecremented("collisionCount", status, old["status"] ?? .object)
            }
            return checker.errors
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        warnings: { new, old in PodWarnings.ofWorkload(new, old, namesPods: false) })

    private static let columns: [Resource.Column] = [
        .name,
        count("Desired", "desiredNumberScheduled"), count("Current", "currentNumberScheduled"),
        count("Ready", "numberReady"), count("Up-to-date", "updatedNumberScheduled"),
        count("Available", "numberAvailable"),
        .text("Node Selector") { Cells.labels($0["spec", "template", "spec", "nodeSelector"]) },
        .age,
        .text("Containers", priority: 1) { Cells.containers($0, "name") },
        .text("Images", priority: 1) { Cells.containers($0, "image") },
        .text("Selector", priority: 1) { Cells.selector($0["spec", "selector"]) },
    ]
    private static func count(_ name: String, _ field: String) -> Resource.Column {
        .number(name, "integer") { $0["status", field]?.int ?? 0 }
    }

    private static let counts = [
        "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration",
        "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount",
    ]
    private static let emptyStatus: JSON = [
        "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0,
    ]
    /// Where apps/v1 keeps what older versions had as spec.templateGeneration.
    private static let templateGeneration = "deprecated.daemonset.template.generation"

    private static func setTemplateGeneration(_ set: inout JSON, _ generation: Int) {
        set.set(["metadata", "annotations", templateGeneration], to: JSON("\(generation)"))
    }

    private static func prepareForUpdate(_ new: inout JSON, _ old: JSON) {
        Strategy.update(generation: true, status: true)(&new, old)
        let before = old["metadata", "annotations"]?[templateGeneration]?.string.flatMap { Int($0) } ?? 1
        let isNewTemplate = new["spec", "template"] != old["spec", "template"]
        setTemplateGeneration(&new, isNewTemplate ? before + 1 : before)
    }

    private static func setDefaults(_ set: inout JSON) {
        set.updateOrMake("spec") { spec in
            spec.updateOrMake("updateStrategy") { strategy in
                if strategy.lacks("type") { strategy["type"] = "RollingUpdate" }
                guard strategy["type"]?.string == "RollingUpdate" else { return }
                strategy.updateOrMake("rollingUpdate") { rollingUpdate in
                    rollingUpdate.setDefault("maxUnavailable", 1)
                    rollingUpdate.setDefault("maxSurge", 0)
                }
            }
            spec.setDefault("revisionHistoryLimit", 10)
            spec.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) }
        }
    }

    private static func validate(_ set: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", set["spec"] ?? .object) { checker, spec in
            PodTemplateRules.checkSelectorAndTemplate(&checker, spec, .daemonSet)
            checker.nonNegative("minReadySeconds", of: spec)
            checkStrategy(&checker, spec["updateStrategy"] ?? .object)
            checker.nonNegative("revisionHistoryLimit", of: spec)
        }
        return checker.errors
    }

    private static func checkStrategy(_ checker: inout FieldChecker, _ strategy: JSON) {
        switch strategy["type"]?.string {
        case "OnDelete": return
        case "RollingUpdate":
            guard let update = strategy["rollingUpdate"] else {
                return checker.required("updateStrategy.rollingUpdate")
            }
            checker.inside("updateStrategy.rollingUpdate", update) { checker, update in
                for field in ["maxUnavailable", "maxSurge"] {
                    ShareRules.check(&checker, field, update[field])
                }
                for field in ["maxUnavailable", "maxSurge"] {
                    ShareRules.checkAtMostAll(&checker, field, update[field])
                }
                let isNoneUnavailable = ShareRules.isZero(update["maxUnavailable"])
                let isNoSurge = ShareRules.isZero(update["maxSurge"])
                if !isNoneUnavailable, !isNoSurge {
                    checker.invalid("maxSurge", update["maxSurge"], "may not be set when maxUnavailable is non-zero")
                } else if isNoneUnavailable, isNoSurge {
                    checker.required("maxUnavailable", "cannot be 0 when maxSurge is 0")
                }
            }
        default:
            checker.notSupported(
                "updateStrategy", InternalForms.of(strategy, "DaemonSetUpdateStrategy"), ["RollingUpdate", "OnDelete"])
        }
    }
}
