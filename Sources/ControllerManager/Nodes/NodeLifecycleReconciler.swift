import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Watches over nodes: one that is not heard of becomes Unknown, its conditions become taints, and its pods are marked
/// not ready.
struct NodeLifecycleReconciler: Reconciler {
    static let name = "node-controller"
    static let leaseNamespace = "kube-node-lease"
    static let reads: [Interest] = [
        .every(Node.self),
        .mapped(Lease.self) { lease, _ in
            lease.namespace == leaseNamespace ? [ObjectKey(name: lease.name)] : []
        },
        .only(Pod.self),
    ]
    static let writes: [Permission] = [
        .patch(Node.self), .patchStatus(Node.self), .patchStatus(Pod.self),
    ]

    let world: World
    let clock: any TimeSource
    private let heartbeats = NodeHeartbeats()
    private let census = ZoneCensus()

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard var node = world.get(Node.self, key) else {
            heartbeats.forget(key.name)
            census.forget(key.name)
            return []
        }
        let now = clock.now
        var changes: [Change] = []
        let silent = now - heartbeats.heard(key.name, signOfLife(node), now)
        let wasReady = NodeHealth.ready(node)
        var hasSpoken = false
        if silent >= NodeHealth.grace {
            if let conditions = NodeHealth.unknownConditions(node, now) {
                hasSpoken = true
                node.json["status", "conditions"] = JSON(conditions)
                changes.append(
                    .patch(node, guarded(node, ["status": ["conditions": JSON(conditions)]]), subresource: .status))
                if wasReady == "True" {
                    let sentence = "Node \(key.name) status is now: NodeNotReady"
                    changes.append(.note(EventNote(node, .normal, "NodeNotReady", sentence)))
                }
            }
        } else {
            changes.append(.again(after: NodeHealth.grace - silent))
        }
        if NodeHealth.ready(node) != "True" { changes += markPodsNotReady(on: node, now) }
        census.note(node, among: world.all(Node.self), count: world.cache(Node.self).count)
        // After a write of the status the revision is not the one we have; the taints follow at the next look, soon.
        if hasSpoken { return changes }
        var mayEvict = true
        if NodeHealth.ready(node) != "True" {
            switch census.leave(for: node, now) {
            case .granted: break
            case .later(let delay):
                mayEvict = false
                changes.append(.again(after: delay))
            case .refused:
                mayEvict = false
                changes.append(.again(after: NodeHealth.grace))
            }
        }
        if let taints = NodeHealth.taints(node, mayEvict: mayEvict, now) {
            changes.append(.patch(node, guarded(node, ["spec": ["taints": taints.isEmpty ? .null : JSON(taints)]])))
        }
        return changes
    }

    /// What a live node changes all the time.
    private func signOfLife(_ node: Node) -> String {
        let lease = world.get(Lease.self, ObjectKey(namespace: Self.leaseNamespace, name: node.name))
        let ready = node.json["status", "conditions"]?.elements.first { $0["type"]?.string == "Ready" }
        return "\(lease?.json["spec", "renewTime"]?.string ?? "") \(ready?["lastHeartbeatTime"]?.string ?? "")"
    }

    private func guarded(_ node: Node, _ patch: JSON) -> JSON {
        var patch = patch
        patch["metadata"] = ["uid": JSON(node.uid), "resourceVersion": JSON(String(node.json.revision))]
        return patch
    }

    private func markPodsNotReady(on node: Node, _ now: Instant) -> [Change] {
        world.cache(Pod.self).onNode(node.name).map { Pod($0) }.filter { $0.isReady }.flatMap { pod -> [Change] in
            var conditions = pod.json["status", "conditions"]?.elements ?? []
            for index in conditions.indices where conditions[index]["type"]?.string == "Ready" {
                conditions[index]["status"] = "False"
                conditions[index]["lastTransitionTime"] = JSON(now.rfc3339)
                conditions[index]["observedGeneration"] = pod.json["metadata", "generation"]
            }
            let patch: JSON = [
                "metadata": ["uid": JSON(pod.uid), "resourceVersion": JSON(String(pod.json.revision))],
                "status": ["conditions": JSON(conditions)],
            ]
            return [
                .patch(pod, patch, subresource: .status),
                .note(EventNote(pod, .warning, "NodeNotReady", "Node is not ready")),
            ]
        }
    }
}
