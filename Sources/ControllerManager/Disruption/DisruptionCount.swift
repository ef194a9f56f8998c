import APIMachinery
import ControlLoops
import KubeAPI

/// How many pods a budget is about, and how many of them must be healthy.
struct DisruptionCount {
    /// Why they cannot be counted.
    struct Fault: Error {
        var message: String
    }
    var expected: Int
    var desiredHealthy: Int
    /// Whether there are pods that nobody controls, which a share cannot count.
    var hasUnmanaged = false

    static func of(_ budget: PodDisruptionBudget, _ pods: [Pod], _ world: World) -> Result<DisruptionCount, Fault> {
        do throws(Fault) {
            if let most = budget.spec.maxUnavailable {
                let scale = try Scales(pods, world)
                let desired = max(0, scale.total - share(most, of: scale.total))
                return .success(
                    DisruptionCount(expected: scale.total, desiredHealthy: desired, hasUnmanaged: scale.hasUnmanaged))
            }
            guard let least = budget.spec.minAvailable else {
                return .success(DisruptionCount(expected: 0, desiredHealthy: 0))
            }
            if let number = least.int {
                return .success(DisruptionCount(expected: pods.count, desiredHealthy: number))
            }
            let scale = try Scales(pods, world)
            return .success(
                DisruptionCount(
                    expected: scale.total, desiredHealthy: share(least, of: scale.total),
                    hasUnmanaged: scale.hasUnmanaged))
        } catch {
            return .failure(error)
        }
    }

    /// A number, or a share in percent, rounded up.
    private static func share(_ value: JSON, of total: Int) -> Int {
        guard let percent = value.string.flatMap({ Int($0.dropLast()) }) else { return value.int ?? 0 }
        return (percent * total + 99) / 100
    }

    /// The scale of all that control the pods, each once.
    private struct Scales {
        var total = 0
        var hasUnmanaged = false

        init(_ pods: [Pod], _ world: World) throws(Fault) {
            var scales: [String: Int] = [:]
            for pod in pods {
                guard let owner = pod.controller else {
                    hasUnmanaged = true
                    continue
                }
                guard scales[owner.uid ?? ""] == nil else { continue }
                guard let found = try Self.find(owner, pod.namespace, world) else {
                    throw Fault(message: "found no controllers for pod \"\(pod.name)\"")
                }
                scales[found.uid] = found.scale
            }
            total = scales.values.reduce(0, +)
        }

        private static func find(
            _ owner: OwnerReference, _ namespace: String, _ world: World
        ) throws(Fault) -> (uid: String, scale: Int)? {
            let key = ObjectKey(namespace: namespace, name: owner.name ?? "")
            func get<T: Kind>(_ type: T.Type) -> T? { world.get(type, key).flatMap { $0.uid == owner.uid ? $0 : nil } }
            switch owner.kind {
            case ReplicaSet.groupVersionKind.kind:
                guard let set = get(ReplicaSet.self) else { return nil }
                // Of a Deployment's sets, what the Deployment asks for counts.
                guard let above = set.controller, above.kind == Deployment.groupVersionKind.kind else {
                    return (set.uid, set.replicas)
                }
                let deployment = world.get(Deployment.self, ObjectKey(namespace: namespace, name: above.name ?? ""))
                guard let deployment, deployment.uid == above.uid else { return nil }
                return (deployment.uid, deployment.replicas)
            case ReplicationController.groupVersionKind.kind:
                return get(ReplicationController.self).map { ($0.uid, $0.replicas) }
            case StatefulSet.groupVersionKind.kind: return get(StatefulSet.self).map { ($0.uid, $0.replicas) }
            default:
                let group = GroupVersionKind(apiVersion: owner.apiVersion ?? "", kind: "").group
                let resource = ResourceRegistry.builtIn.resources.first {
                    $0.groupVersionKind.kind == owner.kind && $0.groupVersionKind.group == group
                }
                guard let resource else { return nil }
                throw Fault(message: "\(resource.groupResource) does not implement the scale subresource")
            }
        }
    }
}
