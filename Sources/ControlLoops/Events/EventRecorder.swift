import APIMachinery
import Basics
import Collections
import CoreMetrics
import Instruments
import KubeAPI
import Synchronization

/// Writes events beside the work: recording never waits, and no loop fails for want of an event.
public final class EventRecorder: Sendable {
    /// Notes that may wait to be written; more are dropped (and counted).
    public static let waitingLimit = 1_000

    private static let droppedNotes = MetricFamily.counter(
        "skiff_events_dropped_total", "Events that were not written because too many waited.", labels: ["name"])
    private static let failedWrites = MetricFamily.counter(
        "skiff_events_failed_total", "Events whose writing failed.", labels: ["name"])

    private let api: any ClusterAPI
    private let clock: any TimeSource
    private let component: String
    private let dropped: Counter
    private let failed: Counter
    private let waiting = Mutex<Deque<EventNote>>([])
    private let hasNews = Signal()

    public init(_ context: LoopContext, component: String) {
        api = context.api
        clock = context.clock
        self.component = component
        dropped = context.metrics.counter(Self.droppedNotes, component)
        failed = context.metrics.counter(Self.failedWrites, component)
    }

    public func record(_ note: EventNote) {
        let isTaken = waiting.withLock { waiting in
            if waiting.count >= Self.waitingLimit { return false }
            waiting.append(note)
            return true
        }
        if isTaken { hasNews.raise() } else { dropped.increment() }
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
            do { try await carryOut(write) } catch { failed.increment() }
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
