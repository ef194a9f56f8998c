import Basics
import Synchronization

/// What of a node's volumes the API does not keep: since when each is wanted no more, and what its pods were told.
final class DetachMemory: Sendable {
    private struct Entry: Sendable {
        var unwantedSince: Instant?
        var told: String?
    }
    /// By node and VolumeAttachment; a node's entries go with its attachments.
    private let nodes = Mutex<[String: [String: Entry]]>([:])

    /// The instant from which on nobody has wanted the attachment.
    func unwanted(_ node: String, _ attachment: String, _ now: Instant) -> Instant {
        nodes.withLock { nodes in
            let since = nodes[node]?[attachment]?.unwantedSince ?? now
            nodes[node, default: [:]][attachment, default: Entry()].unwantedSince = since
            return since
        }
    }
    /// The attachment is wanted (again).
    func wanted(_ node: String, _ attachment: String) {
        nodes.withLock { $0[node]?[attachment]?.unwantedSince = nil }
    }
    /// Whether this has not been told last; it counts as told from now on.
    func isNews(_ node: String, _ attachment: String, _ text: String) -> Bool {
        nodes.withLock { nodes in
            if nodes[node]?[attachment]?.told == text { return false }
            nodes[node, default: [:]][attachment, default: Entry()].told = text
            return true
        }
    }
    func forgetTold(_ node: String, _ attachment: String) {
        nodes.withLock { $0[node]?[attachment]?.told = nil }
    }
    /// Keeps what concerns these attachments of a node.
    func keep(_ node: String, _ attachments: Set<String>) {
        nodes.withLock { nodes in
            let rest = nodes[node]?.filter { attachments.contains($0.key) } ?? [:]
            nodes[node] = rest.isEmpty ? nil : rest
        }
    }
    var isEmpty: Bool { nodes.withLock { $0.isEmpty } }
}
