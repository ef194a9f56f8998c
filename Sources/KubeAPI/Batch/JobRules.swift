import APIMachinery

/// What may stand in a Job's spec, as CronJobs' templates have it, too.
enum JobRules {
    private static let maximumPolicyRules = 20
    private static let maximumExitCodes = 255
    private static let maximumConditionPatterns = 20
    private static let maximumManagedByBytes = 63
    private static let maximumIndexTextBytes = 64 * 1024
    private static let maximumIndexedParallelism = 100_000
    /// Above so many completions with a back-off limit per index, parallelism and failed indexes are limited further.
    private static let manyCompletions = 100_000
    private static let limitWithManyCompletions = 10_000

    static func check(_ checker: inout FieldChecker, _ spec: JSON) {
        for field in [
            "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
            "backoffLimitPerIndex", "maxFailedIndexes",
        ] {
            checker.nonNegative(field, of: spec)
        }
        if spec["maxFailedIndexes"] != nil, spec["backoffLimitPerIndex"] == nil {
            checker.required("backoffLimitPerIndex", "when maxFailedIndexes is specified")
        }
        if let manager = spec["managedBy"]?.string {
            checker.check("managedBy", manager, Validation.isDomainPrefixedPath)
            if manager.utf8.count > maximumManagedByBytes { checker.tooLong("managedBy", maximumManagedByBytes) }
        }
        checkCompletionMode(&checker, spec)
        checker.inside("podFailurePolicy", spec["podFailurePolicy"]) { checkFailurePolicy(&$0, $1, spec) }
        if let policy = spec["successPolicy"] {
            if spec["completionMode"]?.string != "Indexed" {
                checker.invalid("successPolicy", policy, as: "SuccessPolicy", "requires indexed completion mode")
            } else {
                checker.inside("successPolicy", policy) { checkSuccessPolicy(&$0, $1, spec) }
            }
        }
        if let policy = spec["podReplacementPolicy"]?.string {
            let known = spec["podFailurePolicy"] == nil ? ["Failed", "TerminatingOrFailed"] : ["Failed"]
            if !known.contains(policy) { checker.notSupported("podReplacementPolicy", JSON(policy), known) }
        }
        checker.inside("template", spec["template"] ?? .object) { PodTemplateRules.check(&$0, $1) }
        checkRestartPolicy(&checker, spec)
    }

    private static func checkCompletionMode(_ checker: inout FieldChecker, _ spec: JSON) {
        let mode = spec["completionMode"]?.string ?? "NonIndexed"
        if !["NonIndexed", "Indexed"].contains(mode) {
            checker.notSupported("completionMode", JSON(mode), ["NonIndexed", "Indexed"])
        }
        guard mode == "Indexed" else {
            if mode == "NonIndexed" {
                for field in ["backoffLimitPerIndex", "maxFailedIndexes"] where spec[field] != nil {
                    checker.invalid(field, spec[field], "requires indexed completion mode")
                }
            }
            return
        }
        let parallelism = spec["parallelism"]?.int ?? 0
        let failed = spec["maxFailedIndexes"]?.int
        guard let completions = spec["completions"]?.int else {
            return checker.required("completions", "when completion mode is Indexed")
        }
        if parallelism > maximumIndexedParallelism {
            checker.invalid(
                "parallelism", spec["parallelism"],
                "must be less than or equal to \(maximumIndexedParallelism) when completion mode is Indexed")
        }
        if let failed, failed > completions {
            checker.invalid("maxFailedIndexes", JSON(failed), "must be less than or equal to completions")
        }
        if let failed, failed > maximumIndexedParallelism {
            checker.invalid(
                "maxFailedIndexes", JSON(failed), "must be less than or equal to \(maximumIndexedParallelism)")
        }
        guard completions > manyCompletions, spec["backoffLimitPerIndex"] != nil else { return }
        let sentence =
            "must be less than or equal to \(limitWithManyCompletions) when completions are above "
            + "\(manyCompletions) and used with backoff limit per index"
        if failed == nil {
            checker.required("maxFailedIndexes", "must be specified when completions is above \(manyCompletions)")
        }
        if parallelism > limitWithManyCompletions { checker.invalid("parallelism", JSON(parallelism), sentence) }
        if let failed, failed > limitWithManyCompletions {
            checker.invalid("maxFailedIndexes", JSON(failed), sentence)
        }
    }

    private static func checkRestartPolicy(_ checker: inout FieldChecker, _ spec: JSON) {
        let policy = spec["template", "spec", "restartPolicy"]
        let field = "template.spec.restartPolicy"
        switch policy?.string ?? "" {
        case "", "Always": checker.required(field, "valid values: \"OnFailure\", \"Never\"")
        case "OnFailure" where spec["podFailurePolicy"] != nil:
            checker.invalid(field, policy, "only \"Never\" is supported when podFailurePolicy is specified")
        case "OnFailure", "Never": break
        default: checker.notSupported(field, policy, ["OnFailure", "Never"])
        }
    }

    // MARK: Policies

    private static let actions = ["Count", "FailIndex", "FailJob", "Ignore"]
    private static func list(_ values: [String]) -> String {
        "valid values: [" + values.map { JSON($0).text }.joined(separator: " ") + "]"
    }

    private static func checkFailurePolicy(_ checker: inout FieldChecker, _ policy: JSON, _ spec: JSON) {
        let count = policy["rules"]?.count ?? 0
        if count > maximumPolicyRules { checker.tooMany("rules", count, maximumPolicyRules) }
        let pod = spec["template", "spec"] ?? .object
        let containers = Set(
            ((pod["containers"]?.elements ?? []) + (pod["initContainers"]?.elements ?? []))
                .compactMap { $0["name"]?.string })
        checker.each("rules", of: policy) { checker, rule in
            let action = rule["action"]?.string ?? ""
            if action.isEmpty {
                checker.required("action", list(actions))
            } else if action == "FailIndex" {
                if spec["backoffLimitPerIndex"] == nil {
                    checker.invalid("action", rule["action"], "requires the backoffLimitPerIndex to be set")
                }
            } else if !actions.contains(action) {
                checker.notSupported("action", rule["action"], actions)
            }
            checker.inside("onExitCodes", rule["onExitCodes"]) { checkExitCodes(&$0, $1, containers) }
            checkConditionPatterns(&checker, rule)
            let (hasCodes, hasConditions) = (rule["onExitCodes"] != nil, rule["onPodConditions"]?.count ?? 0 > 0)
            if hasCodes, hasConditions {
                checker.add(
                    .invalid, "",
                    "Invalid value: specifying both OnExitCodes and OnPodConditions is not supported")
            } else if !hasCodes, !hasConditions {
                checker.add(
                    .invalid, "", "Invalid value: specifying one of OnExitCodes and OnPodConditions is required")
            }
        }
    }

    private static func checkExitCodes(
        _ checker: inout FieldChecker, _ codes: JSON, _ containers: Set<String>
    ) {
        let operators = ["In", "NotIn"]
        let operation = codes["operator"]?.string ?? ""
        if operation.isEmpty {
            checker.required("operator", list(operators))
        } else if !operators.contains(operation) {
            checker.notSupported("operator", codes["operator"], operators)
        }
        if let name = codes["containerName"]?.string, !containers.contains(name) {
            checker.invalid(
                "containerName", JSON(name), "must be one of the container or initContainer names in the pod template")
        }
        let values = (codes["values"]?.elements ?? []).map { $0.int ?? 0 }
        if values.isEmpty {
            checker.invalid("values", codes["values"], "at least one value is required")
        } else if values.count > maximumExitCodes {
            checker.tooMany("values", values.count, maximumExitCodes)
        }
        var seen: Set<Int> = []
        checker.each("values", of: codes) { checker, code in
            if operation == "In", code.int == 0 {
                checker.invalid("", code, "must not be 0 for the In operator")
            }
            if !seen.insert(code.int ?? 0).inserted { checker.duplicate("", code) }
        }
        if values != values.sorted() { checker.invalid("values", codes["values"], "must be ordered") }
    }

    private static func checkConditionPatterns(_ checker: inout FieldChecker, _ rule: JSON) {
        let count = rule["onPodConditions"]?.count ?? 0
        if count > maximumConditionPatterns { checker.tooMany("onPodConditions", count, maximumConditionPatterns) }
        let states = ["False", "True", "Unknown"]
        checker.each("onPodConditions", of: rule) { checker, pattern in
            checker.check("type", pattern["type"]?.string ?? "", Validation.isQualifiedName)
            let status = pattern["status"]?.string ?? ""
            if status.isEmpty {
                checker.required("status", list(states))
            } else if !states.contains(status) {
                checker.notSupported("status", pattern["status"], states)
            }
        }
    }

    private static func checkSuccessPolicy(_ checker: inout FieldChecker, _ policy: JSON, _ spec: JSON) {
        let count = policy["rules"]?.count ?? 0
        if count == 0 {
            checker.required("rules", "at least one rules must be specified when the successPolicy is specified")
        }
        if count > maximumPolicyRules { checker.tooMany("rules", count, maximumPolicyRules) }
        let completions = spec["completions"]?.int ?? 0
        checker.each("rules", of: policy) { checker, rule in
            if rule["succeededCount"] == nil, rule["succeededIndexes"] == nil {
                checker.required("", "at least one of succeededCount or succeededIndexes must be specified")
            }
            var total: Int?
            if let text = rule["succeededIndexes"]?.string {
                if text.utf8.count > maximumIndexTextBytes {
                    checker.tooLong("succeededIndexes", maximumIndexTextBytes)
                }
                do throws(IndexIntervals.Failure) {
                    total = try IndexIntervals(text, below: completions).count
                } catch {
                    checker.invalid(
                        "succeededIndexes", JSON(text), "error parsing succeededIndexes: \(error.message)")
                }
            }
            guard let wanted = rule["succeededCount"]?.int else { return }
            checker.nonNegative("succeededCount", of: rule)
            if wanted > completions {
                checker.invalid(
                    "succeededCount", JSON(wanted),
                    "must be less than or equal to \(completions) (the number of specified completions)")
            }
            if let total, wanted > total {
                checker.invalid(
                    "succeededCount", JSON(wanted),
                    "must be less than or equal to \(total) (the number of indexes in the specified succeededIndexes field)"
                )
            }
        }
    }
}
