import APIMachinery

/// The pod template of a workload and the selector that must match it.
enum PodTemplateRules {
    /// What a workload asks of its template besides what all pods must have.
    struct Owner {
        /// As in "empty selector is invalid for deployment".
        var selectorWord: String
        /// As in "activeDeadlineSeconds in ReplicaSet is not Supported".
        var kind: String
        static let replicaSet = Owner(selectorWord: "deployment", kind: "ReplicaSet")
        static let statefulSet = Owner(selectorWord: "statefulset", kind: "StatefulSet")
        static let daemonSet = Owner(selectorWord: "daemonset", kind: "DaemonSet")
    }

    static func checkSelectorAndTemplate(
        _ checker: inout FieldChecker, _ spec: JSON, _ owner: Owner = .replicaSet
    ) {
        guard let selector = spec["selector"], !selector.isNull else {
            checker.required("selector")
            return checkTemplate(&checker, spec, selector: nil, owner)
        }
        checker.labelSelector("selector", selector)
        if selector["matchLabels"]?.count ?? 0 == 0, selector["matchExpressions"]?.count ?? 0 == 0 {
            checker.invalid("selector", selector, "empty selector is invalid for \(owner.selectorWord)")
        }
        if !isReadable(selector) {
            return checker.invalid("selector", selector, "invalid label selector")
        }
        checkTemplate(&checker, spec, selector: selector, owner)
    }

    /// Whether a selector can be asked: its keys and values are such as labels may have, its operators known, with values or
    /// without as they need.
    static func isReadable(_ selector: JSON) -> Bool {
        let operators: Set<String?> = ["In", "NotIn", "Exists", "DoesNotExist"]
        func isLabel(_ key: String, _ values: [String]) -> Bool {
            Validation.isQualifiedName(key).isEmpty && values.allSatisfy { Validation.isLabelValue($0).isEmpty }
        }
        return (selector["matchLabels"]?.members ?? []).allSatisfy { isLabel($0.name, [$0.value.string ?? ""]) }
            && (selector["matchExpressions"]?.elements ?? []).allSatisfy {
                let needsValues = $0["operator"]?.string?.hasSuffix("In") == true
                return operators.contains($0["operator"]?.string)
                    && needsValues == ($0["values"]?.count ?? 0 > 0)
                    && isLabel($0["key"]?.string ?? "", $0["values"]?.strings ?? [])
            }
    }

    private static func checkTemplate(
        _ checker: inout FieldChecker, _ spec: JSON, selector: JSON?, _ owner: Owner
    ) {
        let template = spec["template"] ?? .object
        checker.inside("template") { checker in
            let labels = template["metadata", "labels"]
            // What is absent selects nothing; what is empty has been refused.
            let isMatched = selector.map { $0.isEmpty || matches($0, labels?.stringMap ?? [:]) } ?? false
            if !isMatched {
                checker.invalid("metadata.labels", labels?.sortedKeys, "`selector` does not match template `labels`")
            }
            check(&checker, template)
            checkRunsForEver(&checker, template["spec"] ?? .object, kind: owner.kind)
        }
    }

    /// A template by itself, as every workload has it.
    static func check(_ checker: inout FieldChecker, _ template: JSON) {
        checker.labels("labels", template["metadata", "labels"])
        for member in template["metadata", "annotations"]?.members ?? [] {
            checker.check("annotations", member.name) { Validation.isQualifiedName($0.lowercased()) }
        }
        PodAnnotationRules.check(&checker, template["metadata", "annotations"], template["spec"] ?? .object)
        let podSpec = template["spec"] ?? .object
        checker.inside("spec") { PodSpecRules.check(&$0, podSpec, isPod: false) }
        if podSpec["ephemeralContainers"]?.count ?? 0 > 0 {
            checker.forbidden("spec.ephemeralContainers", "ephemeral containers not allowed in pod template")
        }
    }

    /// Pods that are replaced when they end are always restarted and have no deadline.
    static func checkRunsForEver(_ checker: inout FieldChecker, _ podSpec: JSON, kind: String) {
        if podSpec["restartPolicy"]?.string != "Always" {
            checker.notSupported("spec.restartPolicy", podSpec["restartPolicy"], ["Always"])
        }
        if podSpec["activeDeadlineSeconds"] != nil {
            checker.forbidden("spec.activeDeadlineSeconds", "activeDeadlineSeconds in \(kind) is not Supported")
        }
    }

    /// Whether a label selector fits these labels.
    static func matches(_ selector: JSON, _ labels: [String: String]) -> Bool {
        let hasLabels = (selector["matchLabels"]?.stringMap ?? [:]).allSatisfy { labels[$0.key] == $0.value }
        return hasLabels
            && (selector["matchExpressions"]?.elements ?? []).allSatisfy { requirement in
                let value = labels[requirement["key"]?.string ?? ""]
                let values = requirement["values"]?.strings ?? []
                switch requirement["operator"]?.string {
                case "In": return value.map { values.contains($0) } ?? false
                case "NotIn": return value.map { !values.contains($0) } ?? true
                case "Exists": return value != nil
                default: return value == nil
                }
            }
    }

    /// The counts of a status, none of which may be negative or more than there are pods.
    static func checkStatus(_ status: JSON, counts: [String]) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("status") { checker in
            let replicas = status["replicas"]?.int ?? 0
            for field in ["observedGeneration", "replicas"] + counts + ["collisionCount"] {
                checker.nonNegative(field, of: status)
            }
            let parts: Set = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"]
            for field in counts where parts.contains(field) || field == "updatedReplicas" {
                if status[field]?.int ?? 0 > replicas {
                    checker.invalid(field, status[field] ?? 0, "cannot be greater than status.replicas")
                }
            }
            if let available = status["availableReplicas"], available.int ?? 0 > status["readyReplicas"]?.int ?? 0 {
                checker.invalid("availableReplicas", available, "cannot be greater than readyReplicas")
            }
        }
        return checker.errors
    }
}
