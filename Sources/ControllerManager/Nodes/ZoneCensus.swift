import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// How many nodes of each zone are ready, and how fast those that are not may lose their pods: all of a sudden is rather a
/// network's fault than theirs (Kubernetes' zone states and figures).
final class ZoneCensus: Sendable {
    /// One node every ten seconds.
    static let pace = Duration.seconds(10)
    /// The same in a large zone of which much is not ready; a small one waits.
    static let slowPace = Duration.seconds(100)
    static let largeZone = 50
    static let unhealthyShare = 0.55

    enum Leave: Equatable {
        case granted
        case later(Duration)
        /// Not while things are as they are.
        case refused
    }
    private struct Zone {
        var ready = 0
        var silent = 0
        /// When the next node may lose its pods.
        var next = Instant.distantPast
    }
    private struct State {
        var nodes: [String: (zone: String, isReady: Bool)] = [:]
        var zones: [String: Zone] = [:]
        var granted: Set<String> = []
        /// Nodes that ask not to be counted.
        var uncounted: Set<String> = []

        mutating func set(_ name: String, _ entry: (zone: String, isReady: Bool)?) {
            if let old = nodes.removeValue(forKey: name) { count(old, -1) }
            if let entry {
                nodes[name] = entry
                count(entry, 1)
            }
            if entry?.isReady ?? true { granted.remove(name) }
        }
        mutating func note(_ name: String, _ entry: (zone: String, isReady: Bool)?) {
            set(name, entry)
            if entry == nil { uncounted.insert(name) } else { uncounted.remove(name) }
        }
        private mutating func count(_ entry: (zone: String, isReady: Bool), _ number: Int) {
            if entry.isReady {
                zones[entry.zone, default: Zone()].ready += number
            } else {
                zones[entry.zone, default: Zone()].silent += number
            }
        }
    }
    private let state = Mutex(State())

    /// nil for nodes that ask not to be counted.
    private static func entry(_ node: Node) -> (zone: String, isReady: Bool)? {
        if node.labels["node.kubernetes.io/exclude-disruption"] != nil { return nil }
        return (zone(node), NodeHealth.ready(node) == "True")
    }

    static func zone(_ node: Node) -> String {
        let labels = node.labels
        return "\(labels["topology.kubernetes.io/region"] ?? ""):\(labels["topology.kubernetes.io/zone"] ?? "")"
    }

    func forget(_ name: String) {
        state.withLock { state in
            state.set(name, nil)
            state.uncounted.remove(name)
        }
    }

    /// How a node is now; the others are counted as they were when they were looked at, and all at first.
    func note(_ node: Node, among others: @autoclosure () -> [Node], count: Int) {
        let isWhole = state.withLock { state in
            state.note(node.name, Self.entry(node))
            return state.nodes.count + state.uncounted.count >= count
        }
        if isWhole { return }
        let all = others()
        state.withLock { state in
            for other in all where state.nodes[other.name] == nil {
                state.note(other.name, Self.entry(other))
            }
        }
    }

    /// Whether this node, which is not ready, may lose its pods now.
    func leave(for node: Node, _ now: Instant) -> Leave {
        state.withLock { state in
            if state.zones.values.allSatisfy({ $0.ready == 0 }) {
                state.granted = []
                return .refused
            }
            if state.granted.contains(node.name) { return .granted }
            let name = Self.zone(node)
            var zone = state.zones[name] ?? Zone()
            let size = zone.ready + zone.silent
            let isSick =
                zone.ready > 0 && zone.silent > 2 && Double(zone.silent) / Double(size) >= Self.unhealthyShare
            if isSick, size <= Self.largeZone { return .refused }
            if now < zone.next { return .later(zone.next - now) }
            zone.next = now + (isSick ? Self.slowPace : Self.pace)
            state.zones[name] = zone
            state.granted.insert(node.name)
            return .granted
        }
    }
}
