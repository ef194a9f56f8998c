import APIMachinery
import KubeAPI

/// What a Deployment writes on its ReplicaSets, and how their revisions are counted.
enum DeploymentAnnotations {
    static let revision = "deployment.kubernetes.io/revision"
    static let revisionHistory = "deployment.kubernetes.io/revision-history"
    static let desiredReplicas = "deployment.kubernetes.io/desired-replicas"
    static let maxReplicas = "deployment.kubernetes.io/max-replicas"
    static let hashLabel = "pod-template-hash"
    /// Those that are not copied from the Deployment.
    private static let ownAnnotations: Set<String> = [
        "kubectl.kubernetes.io/last-applied-configuration", revision, revisionHistory, desiredReplicas, maxReplicas,
        "deprecated.deployment.rollback.to",
    ]
    /// In bytes, as Kubernetes limits it.
    private static let historyLimit = 2_000

    static func copied(from deployment: Deployment) -> [String: String] {
        deployment.annotations.filter { !ownAnnotations.contains($0.key) }
    }

    /// The set's annotations as they should be for this revision; older revisions it had are kept as history.
    static func current(for set: ReplicaSet, of deployment: Deployment, revision number: Int) -> [String: String] {
        var annotations = set.annotations
        for (name, value) in copied(from: deployment) { annotations[name] = value }
        let old = set.revision
        if old < number {
            annotations[revision] = String(number)
            if old > 0 {
                var history = (annotations[revisionHistory] ?? "").split(separator: ",").map(String.init)
                history.append(String(old))
                while history.joined(separator: ",").utf8.count > historyLimit, history.count > 1 {
                    history.removeFirst()
                }
                annotations[revisionHistory] = history.joined(separator: ",")
            }
        }
        return annotations
    }
}

extension ReplicaSet {
    /// 0 if it has none.
    var revision: Int { annotations[DeploymentAnnotations.revision].flatMap { Int($0) } ?? 0 }
    var replicas: Int { spec.replicas ?? 1 }
    var isActive: Bool { replicas > 0 }
    /// Pods that will still be available when the set has reached its size: its status may not know of the size yet.
    var available: Int { min(status.availableReplicas ?? 0, replicas) }
}
