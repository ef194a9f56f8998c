import APIMachinery
import Basics
import KubeAPI
import Kubelet

@testable import SimulatedNodes

/// A fleet with a cluster that a test plays: what is ordered is done at once, and noted.
struct FleetScript {
    var fleet: Fleet
    var now = Instant(rfc3339: "2026-01-01T00:00:00Z") ?? Instant(nanoseconds: 0)
    private(set) var pods: [ObjectKey: Pod] = [:]
    private(set) var nodes: [String: Node] = [:]
    private(set) var log: [String] = []
    private var revision: Int64 = 1
    /// Of writes of pods' statuses: what is answered instead of doing them, the first to the first.
    var refusals: [Refusal] = []
    enum Refusal { case outdated, unreachable }

    init(_ stages: SimulationStages = SimulationStages(), nodes count: Int = 1, spares: [String] = []) {
        fleet = Fleet(
            NodeSimulator.names(count) + spares, stages, network: NodeSimulator.network, unwanted: Set(spares))
        perform(fleet.started())
    }

    mutating func takeLog() -> [String] {
        defer { log = [] }
        return log
    }
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let next = fleet.nextDeadline, next <= end {
            now = max(now, next)
            perform(fleet.timePassed(at: now))
        }
        now = end
    }

    // MARK: What others do

    mutating func want(_ name: String) { perform(fleet.wanted(fleet.index(ofNode: name) ?? -1)) }
    mutating func dismiss(_ name: String) { perform(fleet.unwanted(fleet.index(ofNode: name) ?? -1)) }

    mutating func bind(_ name: String, to node: String = "node-1", _ change: (inout Pod) -> Void = { _ in }) {
        var pod = Pod { pod in
            pod.metadata.name = name
            pod.metadata.namespace = "default"
            pod.metadata.uid = "uid-\(name)"
            pod.metadata.generation = 1
            pod.spec.nodeName = node
            pod.spec.containers = [
                Container {
                    $0.name = "main"
                    $0.image = "pause:3.10"
                }
            ]
        }
        change(&pod)
        put(pod)
    }
    mutating func edit(_ name: String, _ change: (inout Pod) -> Void) {
        guard var pod = pods[key(name)] else { return }
        change(&pod)
        put(pod)
    }
    mutating func delete(_ name: String, grace: Int = 30) {
        edit(name) {
            $0.metadata.deletionTimestamp = "2026-01-01T00:01:00Z"
            $0.metadata.deletionGracePeriodSeconds = grace
        }
    }
    mutating func forget(_ name: String) {
        pods[key(name)] = nil
        perform(fleet.podChanged(key(name), nil, at: now))
    }
    mutating func annotate(node name: String, _ annotations: [String: String]) {
        guard var node = nodes[name] else { return }
        node.metadata.annotations = annotations
        revision += 1
        node.metadata.resourceVersion = String(revision)
        nodes[name] = node
        perform(fleet.nodeChanged(name, node, at: now))
    }
    mutating func deleteNode(_ name: String) {
        nodes[name] = nil
        perform(fleet.nodeChanged(name, nil, at: now))
    }
    func pod(_ name: String) -> Pod? { pods[key(name)] }
    func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

    private mutating func put(_ pod: Pod) {
        let new = stamped(pod)
        pods[new.key] = new
        perform(fleet.podChanged(new.key, new, at: now))
    }
    private mutating func stamped(_ pod: Pod) -> Pod {
        var pod = pod
        revision += 1
        pod.metadata.resourceVersion = String(revision)
        return pod
    }

    // MARK: What the fleet orders

    private mutating func perform(_ orders: [FleetOrder]) {
        for order in orders { perform(order) }
    }
    private mutating func perform(_ order: FleetOrder) {
        switch order {
        case .register(let index):
            let name = fleet.nodes[index].name
            log.append("register \(name)")
            revision += 1
            let node = Node {
                $0.metadata.name = name
                $0.metadata.resourceVersion = String(revision)
                $0.status.allocatable = fleet.stages.nodes.capacity
            }
            nodes[name] = node
            perform(fleet.registered(index, node, at: now))
        case .unregister(let index):
            log.append("unregister \(fleet.nodes[index].name)")
            nodes[fleet.nodes[index].name] = nil
        case .renewLease(let index, _):
            log.append("renew \(fleet.nodes[index].name)")
            fleet.renewed(index, Lease { $0.metadata.name = fleet.nodes[index].name })
        case .writeNodeStatus(let index, let node):
            log.append("node \(fleet.nodes[index].name)")
            fleet.statusOfNodeWritten(index, node)
        case .writeStatus(let place, _, let pod): write(pod, place)
        case .readPod(let place, _, let key):
            log.append("read \(key.name)")
            perform(fleet.podRead(place, pods[key], at: now))
        case .deletePod(let place, _, let key, _):
            log.append("delete \(key.name)")
            perform(fleet.happened(place, .objectDeleted, at: now))
            // What was seen before the deletion is.
            perform(fleet.podChanged(key, pods[key], at: now))
            pods[key] = nil
            perform(fleet.podChanged(key, nil, at: now))
        case .event(_, let object, _, let reason, _): log.append("event \(object.name ?? "") \(reason)")
        case .look(let key): perform(fleet.podChanged(key, pods[key], at: now))
        }
    }
    private mutating func write(_ pod: Pod, _ place: PodPlace) {
        if !refusals.isEmpty {
            switch refusals.removeFirst() {
            case .outdated: perform(fleet.statusOutdated(place, at: now))
            case .unreachable: perform(fleet.statusNotWritten(place, at: now))
            }
            return
        }
        let written = stamped(pod)
        pods[written.key] = written
        log.append("\(pod.name) \(Self.told(pod))")
        perform(fleet.statusWritten(place, written, at: now))
        perform(fleet.podChanged(written.key, pods[written.key], at: now))
    }

    /// Phase, readiness, and each container with its restarts and state.
    static func told(_ pod: Pod) -> String {
        var words = [pod.phase + (pod.isReady ? " ready" : "")]
        for status in pod.status.initContainerStatuses + pod.status.containerStatuses {
            let state = status.state
            let what =
                if state?.running != nil {
                    "running"
                } else if let end = state?.terminated {
                    "ended \(end.exitCode ?? 0)"
                } else {
                    state?.waiting?.reason ?? ""
                }
            words.append("\(status.name ?? "")[\(status.restartCount ?? 0)] \(what)")
        }
        return words.joined(separator: ", ")
    }
}
