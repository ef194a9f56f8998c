import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging

/// Writes the node's events: the first of its kind is created, repetitions within an hour count up. Never waits for the
/// server: at most 1,000 events are on their way, more are dropped.
actor EventRecorder {
    static let maximumPending = 1_000
    static let maximumRemembered = 4_096

    private struct Identity: Hashable {
        var uid: String
        var reason: String
        var message: String
        var fieldPath: String
    }
    private let api: any ClusterAPI
    private let clock: any TimeSource
    private let node: String
    private let logger: Logger
    private var written: [Identity: (key: ObjectKey, count: Int)] = [:]
    private var order: [Identity] = []
    private var pending = 0
    private var sequence = 0

    init(api: any ClusterAPI, node: String, clock: any TimeSource, logger: Logger) {
        self.api = api
        self.node = node
        self.clock = clock
        self.logger = logger
    }

    nonisolated func record(_ object: ObjectReference, isWarning: Bool, reason: String, message: String) {
        // The moment is taken here, so that events keep their order whichever task writes first.
        let now = clock.now
        Task { await self.write(object, isWarning: isWarning, reason: reason, message: message, at: now) }
    }

    private func write(
        _ object: ObjectReference, isWarning: Bool, reason: String, message: String, at now: Instant
    ) async {
        guard pending < Self.maximumPending else { return }
        pending += 1
        defer { pending -= 1 }
        let identity = Identity(
            uid: object.uid ?? "", reason: reason, message: message, fieldPath: object.fieldPath ?? "")
        do {
            if let before = written[identity] {
                written[identity]?.count += 1
                let patch: JSON = ["count": JSON(before.count + 1), "lastTimestamp": JSON(now.rfc3339)]
                _ = try await api.patch(Event.resource, before.key, .merge, patch, subresource: nil)
                return
            }
            sequence += 1
            let suffix = String(UInt64(bitPattern: now.nanoseconds &+ Int64(sequence)), radix: 16)
            let namespace = object.namespace ?? ""
            let event = Event { event in
                event.metadata.name = "\(object.name ?? "node").\(suffix)"
                event.metadata.namespace = namespace.isEmpty ? "default" : namespace
                event.involvedObject = object
                event.reason = reason
                event.message = String(message.prefix(1024))
                event.type = isWarning ? "Warning" : "Normal"
                event.firstTimestamp = now.rfc3339
                event.lastTimestamp = now.rfc3339
                event.count = 1
                event.source = EventSource {
                    $0.component = "kubelet"
                    $0.host = node
                }
                event.reportingComponent = "kubelet"
                event.reportingInstance = node
            }
            remember(identity, event.key)
            _ = try await api.create(event)
        } catch {
            written[identity] = nil
            logger.debug("Cannot write an event", metadata: ["reason": "\(reason)", "error": "\(error)"])
        }
    }

    private func remember(_ identity: Identity, _ key: ObjectKey) {
        written[identity] = (key, 1)
        order.append(identity)
        if order.count > Self.maximumRemembered { written[order.removeFirst()] = nil }
    }
}
