import APIMachinery
import ControlLoops
import KubeAPI

/// Gives each ClusterRole that gathers others the rules of those that its selectors find.
struct RoleAggregationReconciler: Reconciler {
    static let name = "clusterrole-aggregation-controller"
    static let reads: [Interest] = [
        // Whatever changes may be gathered, or no longer.
        .mapped(ClusterRole.self) { _, world in
            world.all(ClusterRole.self).filter { $0.aggregationRule != nil }.map(\.key)
        }
    ]
    /// It hands on rights that it does not have.
    static let writes: [Permission] = [
        .update(ClusterRole.self), Permission(.other("escalate"), ClusterRole.resource),
    ]

    let world: World

    init(_ context: LoopContext) { world = context.world }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard var role = world.get(ClusterRole.self, key), let rule = role.aggregationRule, !role.isBeingDeleted else {
            return []
        }
        let others = world.all(ClusterRole.self).filter { $0.name != role.name }.sorted { $0.name < $1.name }
        var rules: [JSON] = []
        for selector in (rule.json["clusterRoleSelectors"]?.elements ?? []).map({ LabelSelector($0) }) {
            for other in others where selector.matches(labelsOf: other.json) {
                for rule in other.rules.map(\.json) where !rules.contains(rule) { rules.append(rule) }
            }
        }
        if rules == role.json["rules"]?.elements ?? [] { return [] }
        role.json["rules"] = JSON(rules)
        return [.update(role)]
    }
}
