import APIMachinery

/// Whose pods a VerticalPodAutoscaler is about: those of a controller that no other controller owns.
public enum VerticalTarget {
    /// The kinds whose pods are known by what they say themselves; of others the scale subresource tells.
    public static let resources: [String: GroupResource] = [
        "Deployment": GroupResource(group: "apps", resource: "deployments"),
        "ReplicaSet": GroupResource(group: "apps", resource: "replicasets"),
        "StatefulSet": GroupResource(group: "apps", resource: "statefulsets"),
        "DaemonSet": GroupResource(group: "apps", resource: "daemonsets"),
        "ReplicationController": GroupResource(resource: "replicationcontrollers"),
        "Job": GroupResource(group: "batch", resource: "jobs"),
        "CronJob": GroupResource(group: "batch", resource: "cronjobs"),
    ]
    /// How far owners are followed.
    private static let deepest = 8

    public typealias Lookup = (GroupResource, ObjectKey) -> JSON?
    public struct Controller: Sendable, Equatable {
        public var kind: String
        public var name: String
    }

    /// The selector of a controller of one of the kinds above; nil where it has none.
    public static func selector(of controller: JSON, kind: String) -> LabelSelector? {
        switch kind {
        case "CronJob":
            let labels = controller["spec", "jobTemplate", "spec"]?["template", "metadata", "labels"]
            return labels.map { LabelSelector(["matchLabels": $0]) }
        case "ReplicationController":
            return controller["spec", "selector"].map { LabelSelector(["matchLabels": $0]) }
        default: return controller["spec", "selector"].map { LabelSelector($0) }
        }
    }

    /// The topmost controller above an object; nil where there is none, or where one of them is gone. A controller of another
    /// kind counts where `isScalable` says so.
    public static func controller(
        above object: JSON, _ lookup: Lookup, isScalable: (GroupVersionKind) -> Bool
    ) -> Controller? {
        var found: Controller?
        var current = object
        for _ in 0..<deepest {
            guard let owner = current.controller, let kind = owner["kind"]?.string, let name = owner["name"]?.string
            else { return found }
            guard let resource = resources[kind] else {
                let type = GroupVersionKind(apiVersion: owner["apiVersion"]?.string ?? "", kind: kind)
                return isScalable(type) ? Controller(kind: kind, name: name) : found
            }
            let key = ObjectKey(namespace: object.key.namespace, name: name)
            guard let next = lookup(resource, key) else { return nil }
            found = Controller(kind: kind, name: name)
            current = next
        }
        return found
    }

    /// The autoscaler, of those of the pod's namespace, that decides about a pod: the oldest of those that mean its topmost
    /// controller, and of two as old the first by name.
    public static func governing(
        _ pod: JSON, among autoscalers: [JSON], _ lookup: Lookup, isScalable: (GroupVersionKind) -> Bool
    ) -> JSON? {
        if autoscalers.isEmpty { return nil }
        guard let top = controller(above: pod, lookup, isScalable: isScalable) else { return nil }
        let candidates = autoscalers.filter { autoscaler in
            let target = autoscaler["spec", "targetRef"]
            guard target?["kind"]?.string == top.kind, target?["name"]?.string == top.name else { return false }
            guard let resource = resources[top.kind] else { return true }
            let key = ObjectKey(namespace: pod.key.namespace, name: top.name)
            return lookup(resource, key).flatMap { selector(of: $0, kind: top.kind) }?.matches(labelsOf: pod) ?? false
        }
        return candidates.min {
            ($0["metadata", "creationTimestamp"]?.string ?? "", $0.key.name)
                < ($1["metadata", "creationTimestamp"]?.string ?? "", $1.key.name)
        }
    }
}
