import APIMachinery
import Basics

/// Everything known of Jobs.
enum Jobs {
    static let resource = Resource(
        "batch/v1", "Job", plural: "jobs", categories: ["all"], subresources: [.status("batch/v1", "Job")],
        columns: columns,
        prepareForCreate: { job in
            generateSelector(&job)
            setLabels(&job)
            Strategy.create(generation: true, status: .object)(&job)
        },
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: validateUpdate, validateStatusUpdate: JobStatusRules.check,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        selectableFields: ["status.successful": { $0["status", "succeeded"]?.number ?? "0" }],
        warnings: ObjectWarnings.ofJob)

    private static let columns: [Resource.Column] = [
        .name, .text("Status", status), .text("Completions", completions),
        Resource.Column("Duration", "string") { job, now in
            guard let start = Instant(job["status", "startTime"]) else { return "" }
            let end = Instant(job["status", "completionTime"]) ?? now
            return JSON(HumanDuration.text(seconds: Int((end - start).components.seconds)))
        },
        .age,
        .text("Containers", priority: 1) { Cells.containers($0, "name") },
        .text("Images", priority: 1) { Cells.containers($0, "image") },
        .text("Selector", priority: 1) { Cells.selector($0["spec", "selector"]) },
    ]

    private static func status(_ job: JSON) -> String {
        func has(_ type: String) -> Bool { JobStatusRules.isTrue(type, job["status"] ?? .object) }
        if has("Complete") { return "Complete" }
        if has("Failed") { return "Failed" }
        if job["metadata", "deletionTimestamp"] != nil { return "Terminating" }
        return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].first(where: has) ?? "Running"
    }
    private static func completions(_ job: JSON) -> String {
        let succeeded = job["status", "succeeded"]?.int ?? 0
        if let completions = job["spec", "completions"]?.int { return "\(succeeded)/\(completions)" }
        let parallelism = job["spec", "parallelism"]?.int ?? 0
        return parallelism > 1 ? "\(succeeded)/1 of \(parallelism)" : "\(succeeded)/1"
    }

    // MARK: Preparation

    /// The labels that a Job's pods are told by, newer and older names of each.
    private static let nameLabels = ["job-name", "batch.kubernetes.io/job-name"]
    private static let uidLabels = ["controller-uid", "batch.kubernetes.io/controller-uid"]

    /// Gives a Job whose selector is not chosen by hand one that fits only its own pods.
    private static func generateSelector(_ job: inout JSON) {
        guard job["spec", "manualSelector"]?.bool != true else { return }
        let name = job["metadata", "name"] ?? ""
        let uid = job["metadata", "uid"] ?? ""
        job.updateOrMake("spec") { spec in
            spec.updateOrMake("template") { template in
                template.updateOrMake("metadata") { metadata in
                    metadata.updateOrMake("labels") { labels in
                        for label in nameLabels { labels.setDefault(label, name) }
                        for label in uidLabels { labels.setDefault(label, uid) }
                    }
                }
            }
            spec.updateOrMake("selector") { selector in
                selector.updateOrMake("matchLabels") { $0.setDefault("batch.kubernetes.io/controller-uid", uid) }
            }
        }
    }

    static func setDefaults(_ job: inout JSON) {
        job.updateOrMake("spec", setSpecDefaults)
        setLabels(&job)
    }
    /// A Job without labels has those of its template.
    private static func setLabels(_ job: inout JSON) {
        guard job["metadata", "labels"]?.isEmpty ?? true,
            let labels = job["spec", "template", "metadata", "labels"], !labels.isEmpty
        else { return }
        job.set(["metadata", "labels"], to: labels)
    }

    /// The defaults of a spec, which CronJobs' templates share.
    static func setSpecDefaults(_ spec: inout JSON) {
        if spec["completions"] == nil, spec["parallelism"] == nil { spec["completions"] = 1 }
        spec.setDefault("parallelism", 1)
        let backoffLimit: JSON = spec["backoffLimitPerIndex"] == nil ? 6 : JSON(Int(Int32.max))
        spec.setDefault("backoffLimit", backoffLimit)
        spec.setDefault("completionMode", "NonIndexed")
        spec.setDefault("suspend", false)
        let replacement: JSON = spec["podFailurePolicy"] == nil ? "TerminatingOrFailed" : "Failed"
        spec.setDefault("podReplacementPolicy", replacement)
        spec.setDefault("manualSelector", false)
        spec.update("podFailurePolicy") { policy in
            policy.updateEach("rules") { rule in
                rule.updateEach("onPodConditions") { if $0.lacks("status") { $0["status"] = "True" } }
            }
        }
        spec.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) }
    }

    // MARK: Rules

    private static func validate(_ job: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checkGeneratedSelector(&checker, job)
        checkSpec(&checker, job)
        return checker.errors
    }

    private static func checkSpec(_ checker: inout FieldChecker, _ job: JSON) {
        checker.inside("spec", job["spec"] ?? .object) { checker, spec in
            JobRules.check(&checker, spec)
            let selector = spec["selector"]
            if let selector { checker.labelSelector("selector", selector) } else { checker.required("selector") }
            let labels = spec["template", "metadata", "labels"]
            if !(selector.map { PodTemplateRules.matches($0, labels?.stringMap ?? [:]) } ?? false) {
                checker.invalid(
                    "template.metadata.labels", labels?.sortedKeys, "`selector` does not match template `labels`")
            }
        }
    }

    /// Labels that a client set by hand must not contradict the generated ones.
    private static func checkGeneratedSelector(_ checker: inout FieldChecker, _ job: JSON) {
        guard job["spec", "manualSelector"]?.bool != true, let selector = job["spec", "selector"] else { return }
        let labels = job["spec", "template", "metadata", "labels"]?.stringMap ?? [:]
        let (name, uid) = (job["metadata", "name"]?.string ?? "", job["metadata", "uid"]?.string ?? "")
        let wanted = uidLabels.map { ($0, uid) } + nameLabels.map { ($0, name) }
        for (label, value) in wanted where labels[label] != value {
            checker.invalid(
                "spec.template.metadata.labels", job["spec", "template", "metadata", "labels"],
                "must be '\(value)'")
        }
        if !PodTemplateRules.matches(selector, Dictionary(wanted) { first, _ in first }) {
            checker.invalid("spec.selector", selector, "`selector` not auto-generated")
        }
    }

    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        if new["spec", "selector"] != old["spec", "selector"] { checkGeneratedSelector(&checker, new) }
        checkSpec(&checker, new)
        let (spec, before) = (new["spec"] ?? .object, old["spec"] ?? .object)
        checker.inside("spec") { checker in
            if spec["completionMode"]?.string != "Indexed" {
                checker.immutable("completions", spec["completions"], before["completions"])
            } else if spec["completions"] != before["completions"], spec["completions"] != spec["parallelism"] {
                checker.invalid(
                    "completions", spec["completions"], "can only be modified in tandem with spec.parallelism")
            }
            checker.immutable("selector", spec["selector"], before["selector"])
            checkTemplateUpdate(&checker, new, old)
            for field in [
                "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy",
            ] {
                checker.immutable(field, spec[field], before[field])
            }
        }
        return checker.errors
    }

    /// A template stays as it is, but for where its pods may run and what they ask for while the Job is suspended and has
    /// not begun.
    private static func checkTemplateUpdate(_ checker: inout FieldChecker, _ new: JSON, _ old: JSON) {
        let template = new["spec", "template"] ?? .object
        var before = old["spec", "template"] ?? .object
        let isSuspended = old["spec", "suspend"]?.bool == true
        let hasBegun = old["status", "startTime"] != nil
        if isSuspended, !hasBegun {
            before.updateOrMake("metadata") { metadata in
                for field in ["labels", "annotations"] { metadata.keep(field, of: template["metadata"] ?? .object) }
            }
            let wanted = template["spec"] ?? .object
            before.update("spec") { pod in
                for field in ["nodeSelector", "tolerations", "schedulingGates"] { pod.keep(field, of: wanted) }
                pod.updateOrMake("affinity") { $0.keep("nodeAffinity", of: wanted["affinity"] ?? .object) }
                if pod["affinity"]?.isEmpty == true, wanted["affinity"] == nil { pod["affinity"] = nil }
                for list in ["containers", "initContainers"] { keepResources(&pod, list, of: wanted) }
            }
        }
        if template != before { checker.invalid("template", template, "field is immutable") }
    }
    private static func keepResources(_ pod: inout JSON, _ list: String, of wanted: JSON) {
        let containers = wanted[list]?.elements ?? []
        pod.updateEach(list) { container in
            if let same = containers.first(where: { $0["name"] == container["name"] }) {
                container.keep("resources", of: same)
            }
        }
    }
}
