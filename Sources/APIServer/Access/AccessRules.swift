import APIMachinery
import KubeAPI

/// All that someone may do in a namespace, as far as an authorizer can list it.
public struct AccessRules: Sendable, Equatable {
    public struct PathRule: Sendable, Equatable {
        public var verbs: [String]
        /// A star at the end stands for the rest.
        public var paths: [String]
        public init(verbs: [String], paths: [String]) {
            self.verbs = verbs
            self.paths = paths
        }
    }
    public var resources: [AccessRule] = []
    public var paths: [PathRule] = []
    /// Why there may be more than is listed; empty when this is all.
    public var incompleteness = ""
    public init() {}

    /// Adds what another authorizer allows.
    mutating func add(_ others: AccessRules) {
        resources += others.resources
        paths += others.paths
        if !others.incompleteness.isEmpty {
            incompleteness += (incompleteness.isEmpty ? "" : ", ") + others.incompleteness
        }
    }

    /// authorization.k8s.io/v1 SubjectRulesReviewStatus.
    var json: JSON {
        let resourceRules: [JSON] = resources.map { rule in
            var json: JSON = [
                "verbs": JSON(rule.verbs), "apiGroups": JSON(rule.groups), "resources": JSON(rule.resources),
            ]
            if !rule.names.isEmpty { json["resourceNames"] = JSON(rule.names) }
            return json
        }
        let pathRules: [JSON] = paths.map { ["verbs": JSON($0.verbs), "nonResourceURLs": JSON($0.paths)] }
        var json: JSON = [
            "resourceRules": JSON(resourceRules), "nonResourceRules": JSON(pathRules),
            "incomplete": JSON(!incompleteness.isEmpty),
        ]
        if !incompleteness.isEmpty { json["evaluationError"] = JSON(incompleteness) }
        return json
    }
}

extension Authorizer {
    /// Authorizers that cannot tell in advance say so.
    public func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var rules = AccessRules()
        rules.incompleteness = "the authorizer cannot list what is allowed"
        return rules
    }
}
