import APIMachinery

/// Everything known of Pods.
enum Pods {
    static let resource = Resource(
        "v1", "Pod", plural: "pods", shortNames: ["po"], categories: ["all"], subresources: subresources,
        columns: PodColumns.all,
        prepareForCreate: prepareForCreate, prepareForUpdate: prepareForUpdate,
        prepareForStatusUpdate: prepareForStatusUpdate, setDefaults: setDefaults,
        validate: validate, validateUpdate: validateUpdate, validateStatusUpdate: validateStatusUpdate,
        validateName: Validation.isDNS1123Subdomain, parts: PodParts.all, selectableFields: selectableFields,
        warnings: { new, old in PodWarnings.ofPod(new, old: old) },
        statusWarnings: { new, _ in NetworkWarnings.ofPodStatus(new) })

    private static let subresources: [Resource.Subresource] = {
        func pod(_ name: SubresourceName, _ kind: String, _ verbs: [Verb]) -> Resource.Subresource {
            Resource.Subresource(name, GroupVersionKind(group: "", version: "v1", kind: kind), verbs: verbs)
        }
        let eviction = GroupVersionKind(group: "policy", version: "v1", kind: "Eviction")
        return [
            pod(.attach, "PodAttachOptions", [.create, .get]),
            pod(.binding, "Binding", [.create]),
            pod(.ephemeralContainers, "Pod", [.get, .patch, .update]),
            Resource.Subresource(.eviction, eviction, verbs: [.create]),
            pod(.exec, "PodExecOptions", [.create, .get]),
            pod(.log, "Pod", [.get]),
            pod(.portForward, "PodPortForwardOptions", [.create, .get]),
            pod(.proxy, "PodProxyOptions", [.create, .delete, .get, .patch, .update]),
            pod(.resize, "Pod", [.get, .patch, .update]),
            pod(.status, "Pod", [.get, .patch, .update]),
        ]
    }()

    private static func prepareForCreate(_ pod: inout JSON) {
        pod.set(["metadata", "generation"], to: 1)
        LabelKeys.merge(&pod)
        pod["status"] = ["phase": "Pending", "qosClass": JSON(QualityOfService.name(pod["spec"] ?? .object))]
        if pod["spec", "schedulingGates"]?.count ?? 0 > 0 {
            pod.set(
                ["status", "conditions"],
                to: [
                    [
                        "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
                        "message": "Scheduling is blocked due to non-empty scheduling gates",
                    ]
                ])
        }
    }

    private static func prepareForUpdate(_ new: inout JSON, _ old: JSON) {
        new.keep("status", of: old)
        Strategy.setGeneration(&new, old, isChanged: new["spec"] != old["spec"])
    }

    private static func prepareForStatusUpdate(_ new: inout JSON, _ old: JSON) {
        Strategy.statusUpdate(&new, old)
        new.updateOrMake("status") { status in
            for name in ["qosClass", "observedGeneration"] where status.lacks(name) {
                status.keep(name, of: old["status"] ?? .object)
            }
        }
    }

    private static func setDefaults(_ pod: inout JSON) {
        pod.updateOrMake("spec") { spec in
            for list in ["containers", "initContainers"] { spec.updateEach(list, setRequestsFromLimits) }
            spec.update("resources", setPodRequestsFromLimits)
            spec.setDefault("enableServiceLinks", true)
            PodSpecDefaults.set(&spec)
            // Of pods alone, not of templates (Convert_v1_Pod_To_core_Pod).
            if let seconds = spec["terminationGracePeriodSeconds"]?.int, seconds < 0 {
                spec["terminationGracePeriodSeconds"] = 1
            }
        }
    }

    private static func setRequestsFromLimits(_ container: inout JSON) {
        guard let limits = container["resources", "limits"], limits.count > 0 else { return }
        container.update("resources") { resources in
            resources.updateOrMake("requests") { requests in
                for limit in limits.members { requests.setDefault(limit.name, limit.value) }
            }
        }
    }

    /// Requests of the pod itself, for what pods may ask for: cpu, memory and huge pages.
    private static func setPodRequestsFromLimits(_ resources: inout JSON) {
        guard let limits = resources["limits"], limits.count > 0 else { return }
        resources.updateOrMake("requests") { requests in
            for limit in limits.members
            where limit.name == "cpu" || limit.name == "memory" || limit.name.hasPrefix("hugepages-") {
                requests.setDefault(limit.name, limit.value)
            }
        }
    }

    private static let selectableFields: [String: @Sendable (JSON) -> String] = [
        "spec.nodeName": { $0["spec", "nodeName"]?.string ?? "" },
        "spec.restartPolicy": { $0["spec", "restartPolicy"]?.string ?? "" },
        "spec.schedulerName": { $0["spec", "schedulerName"]?.string ?? "" },
        "spec.serviceAccountName": { $0["spec", "serviceAccountName"]?.string ?? "" },
        "spec.hostNetwork": { $0["spec", "hostNetwork"]?.bool == true ? "true" : "false" },
        "status.phase": { $0["status", "phase"]?.string ?? "" },
        "status.podIP": { $0["status", "podIPs"]?[0]["ip"]?.string ?? $0["status", "podIP"]?.string ?? "" },
        "status.nominatedNodeName": { $0["status", "nominatedNodeName"]?.string ?? "" },
    ]

    private static func validate(_ pod: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("metadata") {
            PodAnnotationRules.check(&$0, pod["metadata", "annotations"], pod["spec"] ?? .object)
        }
        checker.inside("spec", pod["spec"] ?? .object) { checker, spec in
            checkSpec(&checker, spec)
            if spec["ephemeralContainers"]?.count ?? 0 > 0 {
                checker.forbidden("ephemeralContainers", "cannot be set on create")
            }
            if !spec.lacks("nodeName"), spec["schedulingGates"]?.count ?? 0 > 0 {
                checker.forbidden("nodeName", "cannot be set until all schedulingGates have been cleared")
            }
        }
        return checker.errors
    }

    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        // A spec that has not changed was sound when it came; labels and status change far more often.
        if new["spec"] == old["spec"] { return [] }
        var checker = FieldChecker()
        checker.inside("spec", new["spec"] ?? .object, checkSpec)
        return checker.errors + PodUpdateRules.check(new, old)
    }

    static func checkSpec(_ checker: inout FieldChecker, _ spec: JSON) {
        PodSpecRules.check(&checker, spec, isPod: true)
        checker.each("containers", of: spec) { checker, container in
            let image = container["image"]?.string ?? ""
            if image.first?.isWhitespace == true || image.last?.isWhitespace == true {
                checker.invalid("image", JSON(image), "must not have leading or trailing whitespace")
            }
        }
    }

    private static func validateStatusUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("status") { checker in
            let (new, old) = (new["status"] ?? .object, old["status"] ?? .object)
            checker.check("nominatedNodeName", of: new, Validation.isDNS1123Subdomain)
            checker.immutable("qosClass", new["qosClass"], old["qosClass"])
            checker.each("podIPs", of: new) { $0.check("ip", $1["ip"]?.string ?? "", Validation.isIP) }
        }
        return checker.errors
    }
}
