import APIMachinery
import ControlLoops
import KubeAPI

/// Scaling a Deployment in the middle of a rollout spreads the difference over its sets by their size, so that the
/// share of old and new pods stays about the same.
extension Rollout {
    /// Whether the wanted replicas have changed since the sets were last scaled.
    var isScaling: Bool {
        allSets.contains { set in
            guard set.isActive,
                let desired = set.annotations[DeploymentAnnotations.desiredReplicas].flatMap({ Int($0) })
            else { return false }
            return desired != deployment.replicas
        }
    }

    mutating func scaleProportionally() {
        let active = allSets.filter { $0.isActive }
        if active.count <= 1, let only = active.first ?? newSet ?? oldSets.last {
            if only.replicas != deployment.replicas { scale(only, to: deployment.replicas) }
            return
        }
        if isSaturated {
            for set in oldSets where set.isActive { scale(set, to: 0) }
            return
        }
        guard deployment.isRolling else { return }
        let allowed = deployment.replicas > 0 ? deployment.replicas + limits.maxSurge : 0
        let toAdd = allowed - active.map(\.replicas).reduce(0, +)
        for (set, size) in sizes(active, adding: toAdd) { scale(set, to: size) }
    }

    /// The new set has all it needs.
    private var isSaturated: Bool {
        guard let newSet else { return false }
        return newSet.annotations[DeploymentAnnotations.desiredReplicas] == String(deployment.replicas)
            && newSet.replicas == deployment.replicas && newSet.status.availableReplicas ?? 0 == deployment.replicas
    }

    private func sizes(_ active: [ReplicaSet], adding toAdd: Int) -> [(ReplicaSet, Int)] {
        // The largest first; among equals the newer gain and the older lose.
        let ordered = active.sorted { left, right in
            if left.replicas != right.replicas { return left.replicas > right.replicas }
            let a = left.created?.nanoseconds ?? 0
            let b = right.created?.nanoseconds ?? 0
            return a != b ? (toAdd > 0) == (a > b) : left.name < right.name
        }
        var added = 0
        var sizes: [Int] = []
        for set in ordered {
            let rest = toAdd - added
            var share = 0
            if toAdd != 0, rest != 0 {
                share = toAdd > 0 ? min(fraction(set), rest) : max(fraction(set), rest)
            }
            sizes.append(max(0, set.replicas + share))
            added += share
        }
        // What rounding left over goes to the first.
        if toAdd != 0, !sizes.isEmpty { sizes[0] = max(0, sizes[0] + toAdd - added) }
        return Array(zip(ordered, sizes))
    }

    /// How much a set's size changes if it keeps its share of all pods.
    private func fraction(_ set: ReplicaSet) -> Int {
        if deployment.replicas == 0 { return -set.replicas }
        let noted = set.annotations[DeploymentAnnotations.maxReplicas].flatMap { Int($0) }
        let before = noted ?? deployment.status.replicas ?? 0
        if before == 0 { return 0 }
        let size = Double(set.replicas) * Double(deployment.replicas + limits.maxSurge) / Double(before)
        let rounded = size.rounded(.toNearestOrAwayFromZero)
        return rounded < 1e9 ? Int(rounded) - set.replicas : 0
    }
}
