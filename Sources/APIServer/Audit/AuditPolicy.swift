import APIMachinery
import HTTPMessages
import KubeAPI

/// Which requests are audited, and how much of them is kept (audit.k8s.io/v1 Policy). The first rule that fits decides.
public struct AuditPolicy: Sendable {
    public enum Level: String, Sendable, Comparable {
        case none = "None", metadata = "Metadata", request = "Request", requestResponse = "RequestResponse"
        private var rank: Int {
            switch self {
            case .none: 0
            case .metadata: 1
            case .request: 2
            case .requestResponse: 3
            }
        }
        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
    }

    /// When something is told of a call.
    public enum Stage: String, Sendable {
        case requestReceived = "RequestReceived", responseStarted = "ResponseStarted"
        case responseComplete = "ResponseComplete", panic = "Panic"
    }

    /// How much is kept of a call, and at which stages nothing is.
    struct Ruling: Sendable {
        var level: Level
        var omitStages: Set<Stage>
        static let nothing = Ruling(level: .none, omitStages: [])
    }

    /// One rule; an empty list fits everything.
    struct Rule: Sendable {
        var level: Level
        var users: Set<String> = []
        var userGroups: [String] = []
        var verbs: [Verb] = []
        var resources: [AuditedResources] = []
        var namespaces: [String] = []
        var nonResourceURLs: [String] = []
        var omitStages: Set<Stage> = []
    }

    let rules: [Rule]
    /// By the verb's place: the rules that may fit a call with it. Most calls are reads, which few rules look at.
    private let rulesByVerb: [[Rule]]

    /// Keeps nothing.
    public static let nothing = AuditPolicy(rules: [])

    /// Metadata of every write and of reads of Secrets; nothing else.
    public static let standard = AuditPolicy.standard()

    /// The same for a cluster with loops, of whom `loops` are the users. What beats all the time is left out: leases,
    /// events, and what loops and nodes write to `status`. That a person deletes events or leases is kept. A call is told of
    /// once, when it has its answer.
    public static func standard(loops: Set<String> = []) -> AuditPolicy {
        let changes: [Verb] = [.create, .update, .patch]
        let writes = changes + [.delete, .deleteCollection]
        let beats = [
            AuditedResources(group: "coordination.k8s.io", [.init("leases", .none)]),
            AuditedResources(group: "", [.init("events", .none)]),
            AuditedResources(group: "events.k8s.io", [.init("events", .none)]),
        ]
        let beatsAndStatuses = beats + [AuditedResources(group: nil, [.init(nil, .named(.status))])]
        var rules = [
            Rule(level: .none, verbs: changes, resources: beats),
            Rule(level: .none, userGroups: [NodeUser.group], verbs: writes, resources: beatsAndStatuses),
        ]
        let own = loops.union([UserInfo.server.name])
        rules.append(Rule(level: .none, users: own, verbs: writes, resources: beatsAndStatuses))
        rules += [
            Rule(level: .metadata, verbs: writes),
            Rule(
                level: .metadata, verbs: [.get, .list, .watch],
                resources: [AuditedResources(group: "", [.init("secrets", .any)])]),
        ]
        for index in rules.indices { rules[index].omitStages = [.requestReceived] }
        return AuditPolicy(rules: rules)
    }

    init(rules: [Rule]) {
        self.rules = rules
        rulesByVerb = (0...Self.lastPlace).map { place in
            rules.filter { $0.verbs.isEmpty || $0.verbs.contains { Self.place($0) == place } }
        }
    }

    private static let lastPlace = 8
    private static func place(_ verb: Verb) -> Int {
        switch verb {
        case .get: 0
        case .list: 1
        case .watch: 2
        case .create: 3
        case .update: 4
        case .patch: 5
        case .delete: 6
        case .deleteCollection: 7
        case .other: lastPlace
        }
    }

    /// Reads a policy; throws a sentence about what is wrong with it.
    public init(_ policy: JSON) throws {
        guard policy["kind"]?.string == "Policy", policy["apiVersion"]?.string == "audit.k8s.io/v1" else {
            throw AuditPolicyError(reason: "an audit policy must be of kind Policy in audit.k8s.io/v1")
        }
        func stages(_ json: JSON) -> Set<Stage> {
            Set((json["omitStages"]?.strings ?? []).compactMap { Stage(rawValue: $0) })
        }
        let omitted = stages(policy)
        let rules = try (policy["rules"]?.elements ?? []).enumerated().map { index, rule in
            guard let level = Level(rawValue: rule["level"]?.string ?? "") else {
                throw AuditPolicyError(
                    reason: "rules[\(index)].level must be None, Metadata, Request or RequestResponse")
            }
            return Rule(
                level: level, users: Set(rule["users"]?.strings ?? []), userGroups: rule["userGroups"]?.strings ?? [],
                verbs: (rule["verbs"]?.strings ?? []).map { Verb(rawValue: $0) },
                resources: (rule["resources"]?.elements ?? []).map { AuditedResources($0) },
                namespaces: rule["namespaces"]?.strings ?? [],
                nonResourceURLs: rule["nonResourceURLs"]?.strings ?? [], omitStages: omitted.union(stages(rule)))
        }
        guard !rules.isEmpty else { throw AuditPolicyError(reason: "an audit policy needs at least one rule") }
        self.init(rules: rules)
    }

    /// What is kept of a call. Every call of every loop is asked about: it allocates nothing.
    func ruling(_ attributes: RequestAttributes, _ user: UserInfo) -> Ruling {
        for rule in rulesByVerb[Self.place(attributes.verb)] where Self.fits(rule, attributes, user) {
            return Ruling(level: rule.level, omitStages: rule.omitStages)
        }
        return .nothing
    }

    private static func fits(_ rule: Rule, _ attributes: RequestAttributes, _ user: UserInfo) -> Bool {
        if !rule.verbs.isEmpty, !rule.verbs.contains(attributes.verb) { return false }
        if !rule.users.isEmpty, !rule.users.contains(user.name) { return false }
        if !rule.userGroups.isEmpty, !rule.userGroups.contains(where: user.groups.contains) { return false }
        if !rule.namespaces.isEmpty || !rule.resources.isEmpty {
            guard attributes.isResourceRequest else { return false }
            if !rule.namespaces.isEmpty, !rule.namespaces.contains(attributes.namespace) { return false }
            return rule.resources.isEmpty || rule.resources.contains { $0.fit(attributes) }
        }
        guard !rule.nonResourceURLs.isEmpty else { return true }
        return !attributes.isResourceRequest
            && rule.nonResourceURLs.contains { url in
                url == attributes.path || (url.hasSuffix("*") && attributes.path.hasPrefix(url.dropLast()))
            }
    }
}

/// What is wrong with an audit policy.
public struct AuditPolicyError: Error, Sendable, CustomStringConvertible {
    public var reason: String
    public var description: String { reason }
}
