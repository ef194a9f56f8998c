import APIMachinery

/// Whether groups make nodes that are as good as each other (the autoscaler project's `--balance-similar-node-groups`).
enum GroupLikeness {
    /// So much of it what is free may differ, and memory as a whole.
    private static let freeShare = 0.05
    private static let memoryShare = 0.015
    /// Labels that tell nodes or zones apart, and say nothing of what a node is.
    private static let ignored: Set<String> = [
        "kubernetes.io/hostname", "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone",
        "beta.kubernetes.io/fluentd-ds-ready", "kops.k8s.io/instancegroup", NodeGroup.label,
    ]

    static func areAlike(_ left: NodeGroup, _ right: NodeGroup, _ options: AutoscalerOptions) -> Bool {
        let ignored = ignored.union(options.balancingIgnoredLabels)
        func labels(_ group: NodeGroup) -> [String: String] {
            (group.template["metadata", "labels"]?.stringMap ?? [:]).filter { !ignored.contains($0.key) }
        }
        return left.hasTemplate && right.hasTemplate && labels(left) == labels(right)
            && isClose(left.template, right.template, "capacity") { $0 == "memory" ? memoryShare : 0 }
            && isClose(left.template, right.template, "allocatable") { _ in freeShare }
    }

    private static func isClose(
        _ left: JSON, _ right: JSON, _ list: String, _ share: (_ resource: String) -> Double
    ) -> Bool {
        func amounts(_ node: JSON) -> [String: Double] {
            var amounts: [String: Double] = [:]
            for member in node["status", list]?.members ?? [] {
                amounts[member.name] = (try? Quantity(member.value)).map { Double($0.milliValue) } ?? 0
            }
            return amounts
        }
        let (a, b) = (amounts(left), amounts(right))
        guard Set(a.keys) == Set(b.keys) else { return false }
        return a.allSatisfy { name, amount in
            abs(amount - (b[name] ?? 0)) <= share(name) * max(amount, b[name] ?? 0)
        }
    }
}
