import APIMachinery

/// Everything known of StatefulSets.
enum StatefulSets {
    static let resource = Resource(
        "apps/v1", "StatefulSet", plural: "statefulsets", shortNames: ["sts"], categories: ["all"],
        subresources: [.scale, .status("apps/v1", "StatefulSet")],
        columns: [
            .name,
            .text("Ready") { "\($0["status", "readyReplicas"]?.int ?? 0)/\($0["spec", "replicas"]?.int ?? 0)" },
            .age,
            .text("Containers", priority: 1) { Cells.containers($0, "name") },
            .text("Images", priority: 1) { Cells.containers($0, "image") },
        ],
        prepareForCreate: Strategy.create(generation: true, status: ["replicas": 0, "availableReplicas": 0]),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: validateUpdate,
        validateStatusUpdate: { new, old in checkStatus(new["status"] ?? .object, old["status"] ?? .object) },
        validateName: Validation.isDNS1123Label, finalizerNames: .qualifiedWhenCreated,
        warnings: ObjectWarnings.ofStatefulSet)

    private static func setDefaults(_ set: inout JSON) {
        set.updateOrMake("spec") { spec in
            spec.setDefault("podManagementPolicy", "OrderedReady")
            spec.updateOrMake("updateStrategy") { strategy in
                if strategy.lacks("type") {
                    strategy["type"] = "RollingUpdate"
                    strategy.setDefault("rollingUpdate", .object)
                }
                guard strategy["type"]?.string == "RollingUpdate" else { return }
                strategy.update("rollingUpdate") { rollingUpdate in
                    rollingUpdate.setDefault("partition", 0)
                }
            }
            spec.updateOrMake("persistentVolumeClaimRetentionPolicy") { policy in
                policy.setDefault("whenDeleted", "Retain")
                policy.setDefault("whenScaled", "Retain")
            }
            spec.setDefault("replicas", 1)
            spec.setDefault("revisionHistoryLimit", 10)
            spec.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) }
            spec.updateEach("volumeClaimTemplates") { claim in
                claim.setDefault("apiVersion", "v1")
                claim.setDefault("kind", "PersistentVolumeClaim")
                claim.updateOrMake("spec") { $0.setDefault("volumeMode", "Filesystem") }
                claim.updateOrMake("status") { if $0.lacks("phase") { $0["phase"] = "Pending" } }
            }
        }
    }

    private static func validate(_ set: JSON) -> [FieldError] { check(set, isNew: true) }

    private static func check(_ set: JSON, isNew: Bool, skipsTemplate: Bool = false) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", set["spec"] ?? .object) { checker, spec in
            checkPolicies(&checker, spec)
            if isNew {
                checker.each("volumeClaimTemplates", of: spec) { checker, claim in
                    checker.inside("spec", claim["spec"] ?? .object) { ClaimRules.checkSpec(&$0, $1) }
                }
            }
            checker.nonNegative("replicas", of: spec)
            checker.nonNegative("minReadySeconds", of: spec)
            checker.inside("ordinals", spec["ordinals"]) { $0.nonNegative("start", of: $1) }
            if isNew { checker.check("serviceName", of: spec, Validation.isDNS1123Label) }
            if !skipsTemplate {
                PodTemplateRules.checkSelectorAndTemplate(&checker, asPodsAreMade(spec), .statefulSet)
            }
        }
        return checker.errors
    }

    private static func checkPolicies(_ checker: inout FieldChecker, _ spec: JSON) {
        let management = spec["podManagementPolicy"]
        if spec.lacks("podManagementPolicy") {
            checker.required("podManagementPolicy")
        } else if management?.string != "OrderedReady", management?.string != "Parallel" {
            checker.invalid("podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'")
        }
        let strategy = spec["updateStrategy"] ?? .object
        switch strategy["type"]?.string ?? "" {
        case "": checker.required("updateStrategy")
        case "OnDelete":
            if let update = strategy["rollingUpdate"] {
                checker.invalid(
                    "updateStrategy.rollingUpdate", update, as: "RollingUpdateStatefulSetStrategy",
                    "only allowed for updateStrategy 'RollingUpdate'")
            }
        case "RollingUpdate":
            checker.inside("updateStrategy.rollingUpdate", strategy["rollingUpdate"]) { checker, update in
                checker.nonNegative("partition", of: update)
                guard let most = update["maxUnavailable"] else { return }
                ShareRules.check(&checker, "maxUnavailable", most)
                if ShareRules.isZero(most) { checker.invalid("maxUnavailable", most, "cannot be 0") }
                ShareRules.checkAtMostAll(&checker, "maxUnavailable", most)
            }
        default:
            checker.invalid(
                "updateStrategy", strategy, as: "StatefulSetUpdateStrategy", "must be 'RollingUpdate' or 'OnDelete'")
        }
        checker.inside("persistentVolumeClaimRetentionPolicy", spec["persistentVolumeClaimRetentionPolicy"]) {
            for field in ["whenDeleted", "whenScaled"] where !["Retain", "Delete"].contains($1[field]?.string ?? "") {
                $0.notSupported(field, $1[field], ["Retain", "Delete"])
            }
        }
    }

    /// The spec with the template as its pods will have it: volumes of the claim templates are there, and the names that
    /// the controller gives are not looked at.
    private static func asPodsAreMade(_ spec: JSON) -> JSON {
        var spec = spec
        let claims = (spec["volumeClaimTemplates"]?.elements ?? []).compactMap { $0["metadata", "name"]?.string }
        spec.update("template") { template in
            template.update("spec") { pod in
                pod["subdomain"] = nil
                pod["hostname"] = nil
                guard !claims.isEmpty else { return }
                let own = (pod["volumes"]?.elements ?? []).filter { !claims.contains($0["name"]?.string ?? "") }
                let made: [JSON] = claims.map { name in
                    ["name": JSON(name), "persistentVolumeClaim": ["claimName": JSON(name)]]
                }
                pod["volumes"] = JSON(made + own)
            }
        }
        return spec
    }

    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        // What was invalid before does not keep the rest from being changed.
        var checker = FieldChecker()
        let wasInvalid = !check(old, isNew: false).isEmpty
        var (newSpec, oldSpec) = (new["spec"] ?? .object, old["spec"] ?? .object)
        for field in [
            "replicas", "template", "updateStrategy", "minReadySeconds", "ordinals", "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy",
        ] {
            newSpec[field] = nil
            oldSpec[field] = nil
        }
        if newSpec != oldSpec {
            checker.forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                    + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            )
        }
        return check(new, isNew: false, skipsTemplate: wasInvalid) + checker.errors
    }

    private static func checkStatus(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let counts = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"]
        checker.inside("status") { checker in
            for field in ["replicas"] + counts + ["observedGeneration", "collisionCount"] {
                checker.nonNegative(field, of: new)
            }
            for field in counts where new[field]?.int ?? 0 > new["replicas"]?.int ?? 0 {
                checker.invalid(field, new[field] ?? 0, "cannot be greater than status.replicas")
            }
            if new["availableReplicas"]?.int ?? 0 > new["readyReplicas"]?.int ?? 0 {
                checker.invalid(
                    "availableReplicas", new["availableReplicas"], "cannot be greater than status.readyReplicas")
            }
            checker.notDecremented("collisionCount", new, old)
        }
        return checker.errors
    }
}
