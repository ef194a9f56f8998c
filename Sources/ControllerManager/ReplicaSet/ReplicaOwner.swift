import APIMachinery
import KubeAPI

/// A kind that asks for a number of like pods: ReplicaSet and ReplicationController, which are kept by the same rules.
protocol ReplicaOwner: Kind {
    /// The loop that keeps it, and the service account under which it does.
    static var controllerName: String { get }
    var replicas: Int { get }
    var minReadySeconds: Int { get }
    var podTemplate: PodTemplateSpec { get }
    /// Which pods are its own; nil or empty: none.
    var podSelector: LabelSelector? { get }
    /// Whether its status counts the pods that are on their way out.
    static var countsTerminatingPods: Bool { get }
}

extension ReplicaSet: ReplicaOwner {
    static let controllerName = "replicaset-controller"
    static let countsTerminatingPods = true
    var minReadySeconds: Int { spec.minReadySeconds ?? 0 }
    var podTemplate: PodTemplateSpec { spec.template }
    var podSelector: LabelSelector? { spec.selector }
}

extension ReplicationController: ReplicaOwner {
    static let controllerName = "replication-controller"
    static let countsTerminatingPods = false
    var replicas: Int { spec.replicas ?? 1 }
    var minReadySeconds: Int { spec.minReadySeconds ?? 0 }
    var podTemplate: PodTemplateSpec { spec.template }
    var podSelector: LabelSelector? { LabelSelector(matchLabels: spec.selector) }
}
