import APIMachinery
import Basics

/// What Kubernetes warns of in kinds that have one or two such things.
enum ObjectWarnings {
    static func ofNode(_ node: JSON) -> [String] {
        var warnings = WarningCollector()
        let spec = node["spec"] ?? .object
        if spec["configSource"] != nil { warnings.warn("spec.configSource", "the feature is removed") }
        if !spec.lacks("externalID") {
            warnings.warn("spec.externalID", "this field is deprecated, and is unused by Kubernetes")
        }
        for (index, range) in (spec["podCIDRs"]?.strings ?? []).enumerated() {
            warnings.network("spec.podCIDRs[\(index)]", range)
        }
        return warnings.sentences
    }

    static func ofServiceAccount(_ account: JSON, _ old: JSON?) -> [String] {
        let name = "kubernetes.io/enforce-mountable-secrets"
        guard account["metadata", "annotations"]?[name] != nil, old?["metadata", "annotations"]?[name] == nil else {
            return []
        }
        return [
            "metadata.annotations[\(name)]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted "
                + "secrets"
        ]
    }

    static func ofRuntimeClass(_ runtimeClass: JSON) -> [String] {
        (runtimeClass["scheduling", "nodeSelector"]?.members ?? []).compactMap { member in
            NodeLabelWarnings.sentence(member.name).map { "scheduling.nodeSelector: \($0)" }
        }
    }

    static func ofNewQuota(_ quota: JSON) -> [String] {
        let hard = quota["spec", "hard"] ?? .object
        return ["cpu", "memory", "storage", "ephemeral-storage"].compactMap { resource in
            var name = "requests.\(resource)"
            if hard[name] == nil, resource == "cpu" || resource == "memory" { name = resource }
            guard let request = hard[name].flatMap({ try? Quantity($0) }),
                let limit = hard["limits.\(resource)"].flatMap({ try? Quantity($0) }), request > limit
            else { return nil }
            return "ResourceQuota \(name) (\(request)) should be less than limits.\(resource) (\(limit))"
        }
    }

    static func ofStatefulSet(_ set: JSON, _ old: JSON?) -> [String] {
        var sentences = PodWarnings.ofWorkload(set, old, namesPods: false)
        var warnings = WarningCollector()
        // Kubernetes has this path in two forms.
        let place = old == nil ? "" : ".Spec"
        for (index, claim) in (set["spec", "volumeClaimTemplates"]?.elements ?? []).enumerated() {
            warnings.inside(
                "spec.volumeClaimTemplates[\(index)]\(place)", claim["spec"], VolumeWarnings.checkClaimSpec)
        }
        if set["spec", "revisionHistoryLimit"]?.int ?? 0 < 0 {
            warnings.warn(
                "spec.revisionHistoryLimit",
                "a negative value retains all historical revisions; a value >= 0 is recommended")
        }
        sentences += warnings.sentences
        return sentences
    }

    // MARK: Jobs

    static func ofJob(_ job: JSON, _ old: JSON?) -> [String] {
        ofJob(job, old, spec: job["spec"] ?? .object, at: "spec")
    }

    static func ofCronJob(_ job: JSON, _ old: JSON?) -> [String] {
        var sentences = ofJob(
            job, old, spec: job["spec", "jobTemplate", "spec"] ?? .object, at: "spec.jobTemplate.spec")
        if old != nil, job["spec", "schedule"]?.string?.contains("TZ") == true {
            sentences.append(
                "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see "
                    + "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details")
        }
        return sentences
    }

    private static func ofJob(_ object: JSON, _ old: JSON?, spec: JSON, at place: String) -> [String] {
        if let old, old["metadata", "generation"] == object["metadata", "generation"] { return [] }
        var warnings = WarningCollector()
        if old == nil { warnings.nameOfPods(object) }
        if spec["completionMode"]?.string == "Indexed", spec["completions"]?.int ?? 0 > 100_000,
            spec["parallelism"]?.int ?? 0 > 10_000
        {
            warnings.warn(
                place,
                "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, "
                    + "Kubernetes might not be able to track completedIndexes when a big number of indexes fail")
        }
        PodWarnings.check(&warnings, spec["template"] ?? .object, at: "\(place).template.")
        return warnings.sentences
    }
}
