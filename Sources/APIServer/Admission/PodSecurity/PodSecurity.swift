import APIMachinery
import KubeAPI

/// Pods are as their namespace's labels want them (Kubernetes' admission plugin PodSecurity): what they do against what
/// is enforced is refused, against the rest told to the client and to the audit trail.
struct PodSecurity: ValidatingAdmission {
    static let auditPrefix = "pod-security.kubernetes.io/"
    let scope = AdmissionScope([.create, .update], [.pods], subresources: [nil, .ephemeralContainers, .resize])

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        let policy = view.securityPolicy(of: request.namespace)
        if policy.errors.isEmpty, policy.isPrivileged {
            request.annotations["\(Self.auditPrefix)enforce-policy"] = "\(policy.enforce)"
            return nil
        }
        if let old = request.old, !Self.isOfConcern(request.object, old) { return nil }
        request.annotations["\(Self.auditPrefix)enforce-policy"] = "\(policy.enforce)"
        let findings = SecurityCheck.findings(JudgedPod(request.object), against: policy.enforce)
        let isRefused = !findings.isEmpty
        SecurityReport.tell(request.object, policy, warns: !isRefused, &request)
        if isRefused {
            throw request.forbidden("violates PodSecurity \"\(policy.enforce)\": \(SecurityCheck.sentence(findings))")
        }
        return nil
    }

    /// Whether an update changes what runs: other images, or other containers.
    private static func isOfConcern(_ new: JSON, _ old: JSON) -> Bool {
        func images(_ pod: JSON, _ list: String) -> [[String?]] {
            (pod["spec", list]?.elements ?? []).map { [$0["name"]?.string, $0["image"]?.string] }
        }
        return ["containers", "initContainers", "ephemeralContainers"].contains { images(new, $0) != images(old, $0) }
    }
}

/// Who makes objects that make pods is warned early.
struct TemplateSecurity: ValidatingAdmission {
    private static let templates: [GroupResource: [String]] = [
        GroupResource(resource: "podtemplates"): ["template"],
        GroupResource(resource: "replicationcontrollers"): ["spec", "template"],
        GroupResource(group: "apps", resource: "replicasets"): ["spec", "template"],
        GroupResource(group: "apps", resource: "deployments"): ["spec", "template"],
        GroupResource(group: "apps", resource: "daemonsets"): ["spec", "template"],
        GroupResource(group: "apps", resource: "statefulsets"): ["spec", "template"],
        GroupResource(group: "batch", resource: "jobs"): ["spec", "template"],
        GroupResource(group: "batch", resource: "cronjobs"): ["spec", "jobTemplate", "spec", "template"],
    ]
    let scope = AdmissionScope([.create, .update], Array(templates.keys))

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        let policy = view.securityPolicy(of: request.namespace)
        if policy.errors.isEmpty, policy.warn.level == .privileged, policy.audit.level == .privileged { return nil }
        var template: JSON? = request.object
        for field in Self.templates[request.resource] ?? [] { template = template?[field] }
        if let template, template.isObject { SecurityReport.tell(template, policy, warns: true, &request) }
        return nil
    }
}

/// A namespace's labels are right, and who makes them stricter is told which pods are against them.
struct NamespaceSecurity: ValidatingAdmission {
    /// At most so many pods are looked at.
    static let podLimit = 3_000
    let scope = AdmissionScope([.create, .update], [.namespaces])

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        let policy = SecurityPolicy(request.object["metadata", "labels"])
        let before = request.old.map { SecurityPolicy($0["metadata", "labels"]) }
        if !policy.errors.isEmpty, policy.errors != before?.errors {
            throw StatusError.invalid(request.kind, request.name, policy.errors)
        }
        let (new, old) = (policy.enforce, before?.enforce ?? policy.enforce)
        if new == old || new.level == .privileged || new.minor == old.minor && new.level <= old.level { return nil }
        request.warnings += try await warnings(request.name, new, view)
        return nil
    }

    private func warnings(
        _ namespace: String, _ wanted: VersionedLevel, _ view: AdmissionView
    ) async throws -> [String] {
        var pods: [JSON] = []
        var copies: [JSON] = []
        var controllers: Set<String> = []
        try await view.forEach(.pods, in: namespace) { pod in
            // Of the pods of one controller, which are alike, the first one matters most.
            if let owner = pod.controller?["uid"]?.string, !controllers.insert(owner).inserted {
                copies.append(pod)
            } else {
                pods.append(pod)
            }
        }
        let all = pods + copies
        var names: [String: [String]] = [:]
        for pod in all.prefix(Self.podLimit) {
            let findings = SecurityCheck.findings(JudgedPod(pod), against: wanted)
            if findings.isEmpty { continue }
            names[findings.map(\.reason).joined(separator: ", "), default: []].append(pod.key.name)
        }
        var warnings: [String] = []
        if all.count > Self.podLimit {
            warnings.append(
                "new PodSecurity enforce level only checked against the first \(Self.podLimit) of \(all.count) existing "
                    + "pods")
        }
        if names.isEmpty { return warnings }
        warnings.append(
            "existing pods in namespace \"\(namespace)\" violate the new PodSecurity enforce level \"\(wanted)\"")
        return warnings
            + names.map { reason, pods in
                let first = pods.min() ?? ""
                switch pods.count {
                case 1: return "\(first): \(reason)"
                case 2: return "\(first) (and 1 other pod): \(reason)"
                default: return "\(first) (and \(pods.count - 1) other pods): \(reason)"
                }
            }.sorted()
    }
}

/// What is told and not refused.
private enum SecurityReport {
    static func tell(_ template: JSON, _ policy: SecurityPolicy, warns: Bool, _ request: inout AdmissionRequest) {
        if !policy.errors.isEmpty {
            let faults = policy.errors.map { "\($0.field): \($0.message)" }
            let text = faults.count == 1 ? faults[0] : "[\(faults.joined(separator: ", "))]"
            request.annotations["\(PodSecurity.auditPrefix)error"] = "Failed to parse policy: \(text)"
        }
        let pod = JudgedPod(template)
        if let sentence = sentence(pod, policy.audit) {
            request.annotations["\(PodSecurity.auditPrefix)audit-violations"] = sentence
        }
        if warns, let sentence = sentence(pod, policy.warn) { request.warnings.append(sentence) }
    }

    private static func sentence(_ pod: JudgedPod, _ wanted: VersionedLevel) -> String? {
        let findings = SecurityCheck.findings(pod, against: wanted)
        return findings.isEmpty
            ? nil : "would violate PodSecurity \"\(wanted)\": \(SecurityCheck.sentence(findings))"
    }
}

extension AdmissionView {
    /// What the labels of a namespace ask for.
    fileprivate func securityPolicy(of namespace: String) -> SecurityPolicy {
        SecurityPolicy(known(.namespaces, namespace)?["metadata", "labels"])
    }
}
