import APIMachinery
import KubeAPI

/// One rule of the Pod Security Standards, as the versions of Kubernetes have it.
struct SecurityCheck: Sendable {
    /// What a pod does against a rule, in Kubernetes' words: what in short, and who.
    struct Finding: Equatable, Sendable {
        var reason: String
        var detail: String
    }
    struct Version: Sendable {
        /// The first minor version of v1 that has it.
        var minor: Int
        /// Rules of the baseline in whose place this one is.
        var replaces: Set<String> = []
        /// nil for a pod that keeps the rule.
        var judge: @Sendable (JudgedPod) -> Finding?
    }

    var name: String
    /// `.baseline` or `.restricted`.
    var level: SecurityLevel
    /// From the oldest on.
    var versions: [Version]

    func version(_ minor: Int?) -> Version? {
        guard let minor else { return versions.last }
        return versions.last { $0.minor <= minor }
    }

    /// All rules: of the baseline and then of the restricted level, each by their names.
    static let all = baseline + restricted

    /// What the pod does against a level, in the rules' order.
    static func findings(_ pod: JudgedPod, against wanted: VersionedLevel) -> [Finding] {
        if wanted.level == .privileged { return [] }
        let present = all.filter { $0.level <= wanted.level }.compactMap { check in
            check.version(wanted.minor).map { (name: check.name, version: $0) }
        }
        let replaced = present.reduce(into: Set<String>()) { $0.formUnion($1.version.replaces) }
        return present.filter { !replaced.contains($0.name) }.compactMap { $0.version.judge(pod) }
    }

    /// `privileged (container "a" must not set securityContext.privileged=true), host namespaces (hostPID=true)`
    static func sentence(_ findings: [Finding]) -> String {
        findings.map { $0.detail.isEmpty ? $0.reason : "\($0.reason) (\($0.detail))" }.joined(separator: ", ")
    }
}

/// A pod or a pod template, as the rules look at it.
struct JudgedPod: Sendable {
    let annotations: JSON
    let spec: JSON
    /// Those that run first, the others, and those that were added to look into it.
    let containers: [JSON]

    init(_ template: JSON) {
        annotations = template["metadata", "annotations"] ?? .object
        spec = template["spec"] ?? .object
        containers = ["initContainers", "containers", "ephemeralContainers"].flatMap { [spec] in
            spec[$0]?.elements ?? []
        }
    }

    var isWindows: Bool { spec["os", "name"]?.string == "windows" }
    /// Root in such a pod is nobody outside.
    var hasOwnUsers: Bool { spec["hostUsers"]?.bool == false }

    /// The names of the containers of which this is true.
    func names(where isBad: (JSON) -> Bool) -> [String] {
        containers.filter(isBad).map { $0["name"]?.string ?? "" }
    }

    /// `pod and containers "a", "b"`: whose security context is bad; nil if none is.
    func setters(where isBad: (JSON) -> Bool) -> String? {
        func check(_ holder: JSON) -> Bool { holder["securityContext"].map(isBad) ?? false }
        var setters: [String] = check(spec) ? ["pod"] : []
        let names = names(where: check)
        if !names.isEmpty { setters.append(Words.containers(names)) }
        return setters.isEmpty ? nil : setters.joined(separator: " and ")
    }
}

/// How Kubernetes words lists.
enum Words {
    static func quoted(_ items: some Sequence<String>) -> String {
        items.map { "\"\($0)\"" }.joined(separator: ", ")
    }
    static func plural(_ one: String, _ many: String, _ count: Int) -> String { count == 1 ? one : many }
    static func containers(_ names: [String]) -> String {
        "\(plural("container", "containers", names.count)) \(quoted(names))"
    }
}
