import APIMachinery

/// The levels and schemas of flow control that every cluster has: the mandatory ones, which may not be changed, and those
/// that are suggested, as kube-apiserver makes them.
public enum FlowControlBootstrap {
    /// Says that the server keeps an object as it is here, until somebody takes it in hand.
    public static let autoUpdate = "apf.kubernetes.io/autoupdate-spec"

    public static let levels: [JSON] =
        mandatoryLevels + [
            level("system", 30, lendable: 33, queues: (64, 6)), level("node-high", 40, lendable: 25, queues: (64, 6)),
            level("leader-election", 10, lendable: 0, queues: (16, 4)),
            level("workload-high", 40, lendable: 50, queues: (128, 6)),
            level("workload-low", 100, lendable: 90, queues: (128, 6)),
            level("global-default", 20, lendable: 50, queues: (128, 6)),
        ]

    public static let schemas: [JSON] =
        mandatorySchemas + [
            schema("system-nodes", "system", 500, by: "ByUser", groups(["system:nodes"]), all),
            schema(
                "system-node-high", "node-high", 400, by: "ByUser", groups(["system:nodes"]),
                [
                    "resourceRules": [
                        resources(["*"], "", ["nodes", "nodes/status"], isClusterScoped: true),
                        resources(["*"], "coordination.k8s.io", ["leases"]),
                    ]
                ]),
            schema(
                "probes", "exempt", 2, by: nil, groups(everybody),
                ["nonResourceRules": [["verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]]]]),
            schema(
                "system-leader-election", "leader-election", 100, by: "ByUser",
                users(["system:kube-controller-manager", "system:kube-scheduler"]) + systemAccounts,
                ["resourceRules": [resources(["get", "create", "update"], "coordination.k8s.io", ["leases"])]]),
            schema(
                "kube-controller-manager", "workload-high", 800, by: "ByNamespace",
                users(["system:kube-controller-manager"]), all),
            schema("kube-scheduler", "workload-high", 800, by: "ByNamespace", users(["system:kube-scheduler"]), all),
            schema("kube-system-service-accounts", "workload-high", 900, by: "ByNamespace", systemAccounts, all),
            schema("service-accounts", "workload-low", 9000, by: "ByUser", groups(["system:serviceaccounts"]), all),
            schema("global-default", "global-default", 9900, by: "ByUser", groups(everybody), all),
        ]

    public static func mandatoryLevel(_ name: String) -> JSON? { find(name, mandatoryLevels) }
    public static func mandatorySchema(_ name: String) -> JSON? { find(name, mandatorySchemas) }

    private static func find(_ name: String, _ objects: [JSON]) -> JSON? {
        objects.first { $0["metadata", "name"]?.string == name }
    }

    private static let mandatoryLevels: [JSON] = [
        level("exempt", ["type": "Exempt", "exempt": ["nominalConcurrencyShares": 0, "lendablePercent": 0]]),
        level(
            "catch-all",
            [
                "type": "Limited",
                "limited": [
                    "nominalConcurrencyShares": 5, "limitResponse": ["type": "Reject"], "lendablePercent": 0,
                ],
            ]),
    ]
    private static let mandatorySchemas: [JSON] = [
        schema("exempt", "exempt", 1, by: nil, groups(["system:masters"]), all),
        schema("catch-all", "catch-all", 10_000, by: "ByUser", groups(everybody), all),
    ]

    private static let everybody = ["system:unauthenticated", "system:authenticated"]
    private static let systemAccounts: [JSON] = [
        ["kind": "ServiceAccount", "serviceAccount": ["name": "*", "namespace": "kube-system"]]
    ]
    /// Every call, and every path outside the API.
    private static let all: JSON = [
        "resourceRules": [resources(["*"], "*", ["*"], isClusterScoped: true)],
        "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]],
    ]

    private static func groups(_ names: [String]) -> [JSON] {
        names.map { ["kind": "Group", "group": ["name": JSON($0)]] }
    }
    private static func users(_ names: [String]) -> [JSON] {
        names.map { ["kind": "User", "user": ["name": JSON($0)]] }
    }
    private static func resources(
        _ verbs: [String], _ group: String, _ resources: [String], isClusterScoped: Bool = false
    ) -> JSON {
        var rule: JSON = ["verbs": JSON(verbs), "apiGroups": [JSON(group)], "resources": JSON(resources)]
        if isClusterScoped { rule["clusterScope"] = true }
        rule["namespaces"] = ["*"]
        return rule
    }

    private static func level(_ name: String, _ shares: Int, lendable: Int, queues: (count: Int, hand: Int)) -> JSON {
        let queuing: JSON = [
            "queues": JSON(queues.count), "handSize": JSON(queues.hand), "queueLengthLimit": 50,
        ]
        return level(
            name,
            [
                "type": "Limited",
                "limited": [
                    "nominalConcurrencyShares": JSON(shares),
                    "limitResponse": ["type": "Queue", "queuing": queuing], "lendablePercent": JSON(lendable),
                ],
            ])
    }
    private static func level(_ name: String, _ spec: JSON) -> JSON { object("PriorityLevelConfiguration", name, spec) }

    private static func schema(
        _ name: String, _ level: String, _ precedence: Int, by method: String?, _ subjects: [JSON], _ calls: JSON
    ) -> JSON {
        var spec: JSON = ["priorityLevelConfiguration": ["name": JSON(level)], "matchingPrecedence": JSON(precedence)]
        if let method { spec["distinguisherMethod"] = ["type": JSON(method)] }
        var rule: JSON = ["subjects": JSON(subjects)]
        for member in calls.members { rule[member.name] = member.value }
        spec["rules"] = [rule]
        return object("FlowSchema", name, spec)
    }

    private static func object(_ kind: String, _ name: String, _ spec: JSON) -> JSON {
        [
            "kind": JSON(kind), "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
            "metadata": ["name": JSON(name), "annotations": [autoUpdate: "true"]], "spec": spec,
        ]
    }
}
