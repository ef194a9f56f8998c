import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Taints that the autoscaler knows: its own, and those that tell how far a node is, by the autoscaler project's names.
struct NodeTaints {
    /// Of a node that is being removed.
    static let toBeDeleted = "ToBeDeletedByClusterAutoscaler"
    /// Of a node that will go if nobody comes to need it; pods rather go elsewhere.
    static let candidate = "DeletionCandidateOfClusterAutoscaler"
    private static let startupPrefixes = [
        "startup-taint.cluster-autoscaler.kubernetes.io/", "ignore-taint.cluster-autoscaler.kubernetes.io/",
    ]
    private static let statusPrefix = "status-taint.cluster-autoscaler.kubernetes.io/"
    /// What the cluster says of the state of a node, which is nothing that a new one has.
    private static let conditions: Set<String> = [
        "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable",
        "node.kubernetes.io/memory-pressure", "node.kubernetes.io/disk-pressure", "node.kubernetes.io/pid-pressure",
        "node.kubernetes.io/network-unavailable", "node.kubernetes.io/out-of-service",
        "node.cloudprovider.kubernetes.io/uninitialized", "node.cloudprovider.kubernetes.io/shutdown",
    ]
    private let options: AutoscalerOptions

    init(_ options: AutoscalerOptions) { self.options = options }

    private func isOfStartup(_ key: String) -> Bool {
        options.startupTaints.contains(key) || Self.startupPrefixes.contains(where: key.hasPrefix)
    }
    /// Whether the node waits for something before it takes pods.
    func isStarting(_ node: Node) -> Bool {
        (node.json["spec"]?["taints"]?.elements ?? []).contains { isOfStartup($0["key"]?.string ?? "") }
    }

    /// A node as another of its group would be.
    func template(of node: JSON) -> JSON {
        guard let taints = node["spec"]?["taints"]?.elements else { return node }
        let lasting = taints.filter { taint in
            let key = taint["key"]?.string ?? ""
            return !isOfStartup(key) && !Self.conditions.contains(key) && !options.statusTaints.contains(key)
                && !key.hasPrefix(Self.statusPrefix) && key != Self.toBeDeleted && key != Self.candidate
        }
        var template = node
        if lasting.count < taints.count { template["spec", "taints"] = JSON(lasting) }
        template["spec", "unschedulable"] = nil
        return template
    }

    /// Gives a node one of our taints, or takes it away; a node that is gone is left alone with 404.
    static func set(_ key: String, _ effect: String, on name: String, _ isSet: Bool, _ context: LoopContext)
        async throws
    {
        while true {
            let node = try await context.api.get(Node.self, ObjectKey(name: name))
            if node.hasTaint(key) == isSet { return }
            var taints = (node.json["spec"]?["taints"]?.elements ?? []).filter { $0["key"]?.string != key }
            if isSet {
                let seconds = context.clock.now.nanoseconds / 1_000_000_000
                taints.append(["key": JSON(key), "value": JSON(String(seconds)), "effect": JSON(effect)])
            }
            let patch: JSON = [
                "metadata": ["resourceVersion": JSON(node.metadata.resourceVersion ?? "")],
                "spec": ["taints": JSON(taints)],
            ]
            do {
                _ = try await context.api.patch(Node.resource, node.key, .merge, patch, subresource: nil)
                return
            } catch let error as StatusError where error.reason == .conflict {
                // Somebody else changed the node; its taints are read again.
            }
        }
    }
}
