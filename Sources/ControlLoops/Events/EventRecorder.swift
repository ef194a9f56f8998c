import APIMachinery
import Basics
import Collections
import CoreMetrics
import Instruments
import KubeAPI
import Synchronization

/// Writes the events of a component beside its work: recording never waits, and nothing fails for want of an event.
public final class EventRecorder: Sendable {
    /// Notes that may wait to be written; more are dropped (and counted).
    public static let waitingLimit = 1_000

    private static let droppedNotes = MetricFamily.counter(
        "skiff_events_dropped_total", "Events that were not written because too many waited.", labels: ["name"])
    private static let failedWrites = MetricFamily.counter(
        "skiff_events_failed_total", "Events whose writing failed.", labels: ["name"])

    private let api: any ClusterAPI
    private let clock: any TimeSource
    private let source: EventCorrelator.Source
    private let dropped: Counter
    private let failed: Counter
    private let waiting = Mutex<Deque<(note: EventNote, at: Instant)>>([])
    private let hasNews = Signal()

    public convenience init(_ context: LoopContext, component: String) {
        self.init(context.api, component: component, clock: context.clock, metrics: context.metrics)
    }
    /// `host` is the node on which the component is; empty for one of the whole cluster.
    public init(
        _ api: any ClusterAPI, component: String, host: String = "", clock: any TimeSource,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.api = api
        self.clock = clock
        dropped = metrics.counter(Self.droppedNotes, component)
        failed = metrics.counter(Self.failedWrites, component)
        source = EventCorrelator.Source(component: component, host: host)
    }

    public func record(_ note: EventNote) {
        let now = clock.now
        let isTaken = waiting.withLock { waiting in
            if waiting.count >= Self.waitingLimit { return false }
            waiting.append((note, now))
            return true
        }
        if isTaken { hasNews.raise() } else { dropped.increment() }
    }

    /// Writes until the task is cancelled.
    public func run() async {
        var correlator = EventCorrelator(source)
        while !Task.isCancelled {
            guard let (note, moment) = waiting.withLock({ $0.popFirst() }) else {
                await hasNews.wait()
                continue
            }
            guard let write = correlator.write(for: note, moment) else { continue }
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
