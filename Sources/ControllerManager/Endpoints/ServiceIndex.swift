import APIMachinery
import ControlLoops
import KubeAPI

/// Finds the Services that select a pod and the pods that a Service selects, without looking at all of them.
enum ServiceIndex {
    /// Services by "namespace/label=value" of the first term of their selector.
    private static let services = "first-selector-term"

    static func add(to world: World) {
        Indexes.addLabels(to: world.cache(Pod.self))
        world.cache(Service.self).addIndex(services) { object in
            let selector = object["spec"]?["selector"]?.members ?? []
            guard let first = selector.min(by: { $0.name < $1.name }) else { return [] }
            return [Indexes.label(object.key.namespace, first.name, first.value.string ?? "")]
        }
    }

    static func services(selecting pod: JSON, _ world: World) -> [ObjectKey] {
        let labels = pod["metadata"]?["labels"] ?? .null
        let namespace = pod.key.namespace
        var keys: [ObjectKey] = []
        for label in labels.members {
            let term = Indexes.label(namespace, label.name, label.value.string ?? "")
            for service in world.cache(Service.self).indexed(services, term)
            where LabelSelector(matchLabels: Service(service).spec.selector).matches(labelsOf: pod) {
                keys.append(service.key)
            }
        }
        return keys
    }

    static func pods(of service: Service, _ world: World) -> [Pod] {
        let selector = service.spec.selector
        let match = LabelSelector(matchLabels: selector)
        guard let first = selector.min(by: { $0.key < $1.key }) else { return [] }
        let term = Indexes.label(service.namespace, first.key, first.value)
        return world.cache(Pod.self).indexed(Indexes.labels, term).map { Pod($0) }.filter {
            match.matches(labelsOf: $0.json)
        }
    }

    /// The Services of a pod, before and after a change that matters to its endpoints.
    static let podInterest = Interest(Pod.resource) { change, world in
        if let old = change.old, let new = change.new, Facts(old) == Facts(new) { return [] }
        return [change.old, change.new].compactMap(\.self).flatMap { services(selecting: $0, world) }
    }

    /// All of a pod that its endpoints depend on.
    private struct Facts: Equatable {
        var labels: JSON?
        var isBeingDeleted: Bool
        var isReady: Bool
        var isTerminal: Bool
        var node: String
        var addresses: JSON?
        var address: String?
        init(_ json: JSON) {
            let pod = Pod(json)
            labels = json["metadata"]?["labels"]
            isBeingDeleted = pod.isBeingDeleted
            isReady = pod.isReady
            isTerminal = pod.isTerminal
            node = pod.nodeName
            addresses = json["status"]?["podIPs"]
            address = json["status"]?["podIP"]?.string
        }
    }
}
