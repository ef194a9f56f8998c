import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// One look at a DaemonSet: on which nodes a pod is made, and which pods go. An update replaces pods within the limits of
/// maxUnavailable, or makes new ones beside the old within those of maxSurge.
struct DaemonPlan {
    /// The pods of one node; those on the way out count for nothing.
    struct Place {
        var node: Node
        var shouldRun: Bool
        var mayStay: Bool
        var pods: [Pod] = []
        var isLeaving = false
    }
    private(set) var places: [Place]
    /// Nodes that get a pod.
    private(set) var created: [String] = []
    private(set) var deleted: [Pod] = []
    /// Pods that have ended, of those that are deleted.
    private(set) var failed: [Pod] = []
    private(set) var succeeded: [Pod] = []
    /// When a pod becomes available by time alone.
    private(set) var wait: Duration?

    private let set: DaemonSet
    private let hash: String
    private let now: Instant

    /// `mayReplace` says whether a failed pod of a node may be replaced now.
    init(
        _ set: DaemonSet, _ nodes: [Node], _ pods: [Pod], hash: String, mayReplace: (Pod) -> Bool, _ now: Instant
    ) {
        self.set = set
        self.hash = hash
        self.now = now
        let placement = DaemonPlacement(set)
        var byNode: [String: [Pod]] = [:]
        for pod in pods { if let node = pod.targetNode { byNode[node, default: []].append(pod) } }
        places = nodes.sorted { $0.name < $1.name }.map { node in
            let (shouldRun, mayStay) = placement.decide(node)
            let all = byNode[node.name] ?? []
            return Place(
                node: node, shouldRun: shouldRun, mayStay: mayStay,
                pods: all.filter { !$0.isBeingDeleted }.sorted(by: Self.isOlder),
                isLeaving: all.contains(where: \.isBeingDeleted))
        }
        let due = pods.compactMap { $0.availableAt(minReadySeconds: set.minReadySeconds) }.filter { $0 > now }.min()
        wait = due.map { $0 - now }
        for index in places.indices { places[index] = keep(places[index], mayReplace) }
        if set.spec.updateStrategy?.type == "RollingUpdate" {
            if maxSurge > 0 { surge() } else { replace() }
        }
    }

    var desired: Int { places.count(where: \.shouldRun) }
    private var maxSurge: Int { self.set.maxSurge(of: desired) }
    func isAvailable(_ pod: Pod) -> Bool { pod.isAvailable(self.set.minReadySeconds, now) }
    func isNew(_ pod: Pod) -> Bool { pod.revisionHash == hash }

    /// Pods on a node come first, then older ones.
    private static func isOlder(_ left: Pod, _ right: Pod) -> Bool {
        if left.nodeName.isEmpty != right.nodeName.isEmpty { return !left.nodeName.isEmpty }
        let (first, second) = (left.created ?? .distantFuture, right.created ?? .distantFuture)
        return first == second ? left.name < right.name : first < second
    }

    // MARK: A pod on each node

    /// The place with the pods that stay there.
    private mutating func keep(_ place: Place, _ mayReplace: (Pod) -> Bool) -> Place {
        var place = place
        guard place.mayStay else {
            deleted += place.pods
            place.pods = []
            return place
        }
        var running: [Pod] = []
        for pod in place.pods {
            if pod.phase == "Failed" {
                if mayReplace(pod) {
                    failed.append(pod)
                    deleted.append(pod)
                }
            } else if pod.phase == "Succeeded" {
                succeeded.append(pod)
                deleted.append(pod)
            } else {
                running.append(pod)
            }
        }
        let hasEnded = running.count < place.pods.count
        place.pods = maxSurge > 0 ? keepTwo(running) : keepOldest(running)
        // What has just been deleted is made anew when it is gone.
        let isFree = maxSurge > 0 || !place.isLeaving
        if place.shouldRun, place.pods.isEmpty, !hasEnded, isFree { created.append(place.node.name) }
        return place
    }

    private mutating func keepOldest(_ running: [Pod]) -> [Pod] {
        deleted += running.dropFirst()
        return Array(running.prefix(1))
    }

    /// With a surge a node may have an old pod that is ready beside a new one that is not available yet.
    private mutating func keepTwo(_ running: [Pod]) -> [Pod] {
        let new = running.first(where: isNew)
        let old = running.first { !isNew($0) }
        for pod in running where pod.uid != new?.uid && pod.uid != old?.uid { deleted.append(pod) }
        guard let new, let old else { return [new, old].compactMap { $0 } }
        if !old.isReady || isAvailable(new) {
            deleted.append(old)
            return [new]
        }
        return [old, new]
    }

    // MARK: Updates

    /// Deletes old pods: those that are not available at once, of the others as many as may be missing.
    private mutating func replace() {
        var unavailable = 0
        var candidates: [Pod] = []
        for place in places where place.mayStay {
            guard let pod = place.pods.first else {
                // A pod that goes or is made does not serve; a node that should have none is not missed.
                if place.shouldRun { unavailable += 1 }
                continue
            }
            if isNew(pod) {
                if !isAvailable(pod) { unavailable += 1 }
            } else if !isAvailable(pod) {
                deleted.append(pod)
                unavailable += 1
            } else {
                candidates.append(pod)
            }
        }
        deleted += candidates.prefix(max(0, set.maxUnavailable(of: desired) - unavailable))
    }

    /// Old pods where none should be any more, but may stay: those that are not available go at once, the others as soon as
    /// enough are available elsewhere.
    private mutating func leaveNodes() {
        var spare = places.count { place in
            (place.pods.first { !isNew($0) } ?? place.pods.first).map(isAvailable) ?? false
        }
        spare -= desired
        for place in places where !place.shouldRun && place.pods.count == 1 {
            guard let old = place.pods.first, !isNew(old) else { continue }
            if !isAvailable(old) {
                deleted.append(old)
            } else if spare > 0 {
                spare -= 1
                deleted.append(old)
            }
        }
    }

    /// Makes new pods beside old ones: where the old is not available at once, of the others as many as may be doubled.
    private mutating func surge() {
        leaveNodes()
        var surging = places.count { $0.pods.count > 1 }
        for place in places where place.shouldRun && place.pods.count == 1 {
            guard let old = place.pods.first, !isNew(old) else { continue }
            if !isAvailable(old) {
                created.append(place.node.name)
            } else if surging < maxSurge {
                surging += 1
                created.append(place.node.name)
            }
        }
    }
}
