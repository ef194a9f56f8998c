import APIMachinery
import ControlLoops
import KubeAPI

/// One core/v1 TopologySpreadConstraint, made ready.
struct SpreadConstraint: Sendable {
    var maxSkew: Int
    var topologyKey: String
    /// DoNotSchedule; otherwise ScheduleAnyway.
    var isRequired: Bool
    var selector: LabelSelector
    /// The pods that are counted: those selected in the pod's namespace that are not being deleted.
    var selection: PodSelection
    var minimumDomains: Int
    /// Nodes count only if the pod's node affinity and selector hold there.
    var honorsAffinity: Bool
    /// Nodes count only if the pod tolerates their taints.
    var honorsTaints: Bool

    static func hasOwn(_ pod: PendingPod) -> Bool {
        pod.object["spec"]?["topologySpreadConstraints"]?.count ?? 0 > 0
    }

    /// The pod's own, or else the defaults for whom it belongs to.
    static func all(of pod: PendingPod, _ plugin: PodTopologySpread, _ world: World) -> [SpreadConstraint] {
        if hasOwn(pod) {
            return (pod.object["spec"]?["topologySpreadConstraints"]?.elements ?? []).map { json in
                SpreadConstraint(json, selector: ownSelector(json, pod), pod)
            }
        }
        if plugin.defaults.isEmpty { return [] }
        guard let selector = DefaultSelector.selector(of: pod, world) else { return [] }
        return plugin.defaults.map { SpreadConstraint($0, selector: selector, pod) }
    }

    private init(_ json: JSON, selector: LabelSelector, _ pod: PendingPod) {
        maxSkew = json["maxSkew"]?.int ?? 1
        topologyKey = json["topologyKey"]?.string ?? ""
        isRequired = json["whenUnsatisfiable"]?.string != "ScheduleAnyway"
        self.selector = selector
        // An empty selector counts nobody, though it selects the pod itself.
        selection = PodSelection([
            PodSelection.Part(
                namespaces: [pod.key.namespace], namespaceSelector: nil,
                selector: selector.isEmpty ? .nothing : selector, leavesOutLeaving: true)
        ])
        minimumDomains = json["minDomains"]?.int ?? 1
        honorsAffinity = json["nodeAffinityPolicy"]?.string != "Ignore"
        honorsTaints = json["nodeTaintsPolicy"]?.string == "Honor"
    }

    /// With the pod's own values of the labels that it names.
    private static func ownSelector(_ json: JSON, _ pod: PendingPod) -> LabelSelector {
        let selector = LabelSelector(json["labelSelector"] ?? .null)
        if selector.matchesNothing { return selector }
        let own = (json["matchLabelKeys"]?.strings ?? []).compactMap { key in
            pod.podClass.labels[key].map { LabelSelector.Requirement(key: key, operator: .in, values: [$0]) }
        }
        return own.isEmpty ? selector : LabelSelector(requirements: selector.requirements + own)
    }

    /// Whether pods on this node count; a node must have the labels of all constraints.
    func counts(_ node: NodeInfo, _ pod: PendingPod, _ all: [SpreadConstraint]) -> Bool {
        if node.labels[topologyKey] == nil { return false }
        if all.contains(where: { node.labels[$0.topologyKey] == nil }) { return false }
        if honorsAffinity, !pod.affinity.matches(node.name, node.labels) { return false }
        if !honorsTaints { return true }
        return node.taints.allSatisfy { taint in
            taint.effect == "PreferNoSchedule" || pod.tolerations.contains { $0.tolerates(taint) }
        }
    }

    /// Whether that is so for every node that has the label.
    func countsEveryNode(_ pod: PendingPod, _ all: [SpreadConstraint], _ view: CycleView) -> Bool {
        if honorsTaints || (honorsAffinity && !pod.affinity.isEmpty) { return false }
        let index = view.cache.index
        return all.allSatisfy { other in
            guard other.topologyKey != topologyKey else { return true }
            return index.topology(other.topologyKey).map { index.covers($0, view.cache.nodes.count) } ?? false
        }
    }
}

/// The pods that belong together with a pod: those of its services and of its controller.
enum DefaultSelector {
    static let reads: [GroupResource] = [
        Service.resource, ReplicationController.resource, ReplicaSet.resource, StatefulSet.resource,
    ]

    /// nil if it belongs to nobody.
    static func selector(of pod: PendingPod, _ world: World) -> LabelSelector? {
        let namespace = pod.key.namespace
        var labels: [String: String] = [:]
        for service in world.cache(Service.resource).all(in: namespace) {
            guard let selector = service["spec", "selector"]?.stringMap, !selector.isEmpty,
                selector.allSatisfy({ pod.podClass.labels[$0.key] == $0.value })
            else { continue }
            labels.merge(selector) { _, new in new }
        }
        var requirements: [LabelSelector.Requirement] = []
        if let owner = pod.object.controller {
            let key = ObjectKey(namespace: namespace, name: owner["name"]?.string ?? "")
            switch (owner["apiVersion"]?.string, owner["kind"]?.string) {
            case ("v1", "ReplicationController"):
                let selector = world.cache(ReplicationController.resource).get(key)?["spec", "selector"]?.stringMap
                labels.merge(selector ?? [:]) { _, new in new }
            case ("apps/v1", "ReplicaSet"):
                requirements = Self.requirements(world.cache(ReplicaSet.resource).get(key))
            case ("apps/v1", "StatefulSet"):
                requirements = Self.requirements(world.cache(StatefulSet.resource).get(key))
            default: break
            }
        }
        let all = LabelSelector(matchLabels: labels).requirements + requirements
        return all.isEmpty ? nil : LabelSelector(requirements: all)
    }
    private static func requirements(_ object: JSON?) -> [LabelSelector.Requirement] {
        object.map { LabelSelector($0["spec", "selector"] ?? .null).requirements } ?? []
    }
}
