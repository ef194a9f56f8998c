import APIMachinery
import Basics
import Collections
import KubeAPI
import Synchronization

/// Writes events beside the work: recording never waits, and no loop fails for want of an event.
public final class EventRecorder: Sendable {
    /// Notes that may wait to be written; more are dropped (and counted).
    public static let waitingLimit = 1_000

    private let api: any ClusterAPI
    private let clock: any TimeSource
    private let metrics: LoopMetrics
    private let component: String
    private let waiting = Mutex<Deque<EventNote>>([])
    private let hasNews = Signal()

    public init(_ context: LoopContext, component: String) {
        api = context.api
        clock = context.clock
        metrics = context.metrics
        self.component = component
    }

    public func record(_ note: EventNote) {
        let isTaken = waiting.withLock { waiting in
            if waiting.count >= Self.waitingLimit { return false }
            waiting.append(note)
            return true
        }
        if isTaken { hasNews.raise() } else { metrics.count("events_dropped_total", [("name", component)], 1) }
    }

    /// Writes until the task is cancelled.
    public func run() async {
        var correlator = EventCorrelator(component: component)
        while !Task.isCancelled {
            guard let note = waiting.withLock({ $0.popFirst() }) else {
                await hasNews.wait()
                continue
            }
            guard let write = correlator.write(for: note, clock.now) else { continue }
            do { try await carryOut(write) } catch {
                metrics.count("events_failed_total", [("name", component)], 1)
            }
        }
    }

    private func carryOut(_ write: EventCorrelator.Write) async throws {
        switch write {
        case .create(let event): _ = try await api.create(Event.resource, event)
        case .patch(let key, let patch, let event):
            do {
                _ = try await api.patch(Event.resource, key, .merge, patch, subresource: nil)
            } catch let error as StatusError where error.code == 404 {
                _ = try await api.create(Event.resource, event)
            }
        }
    }
}
