import APIMachinery
import Collections
import KubeAPI
import Synchronization

/// Writes the events of a component beside its work: recording never waits, and nothing fails for want of an event.
public final class EventRecorder: Sendable {
    /// Notes that may wait to be written; more are dropped (and counted).
    public static let waitingLimit = 1_000

    private let api: any ClusterAPI
    private let clock: any LoopClock
    private let metrics: LoopMetrics
    private let source: EventCorrelator.Source
    private let waiting = Mutex<Deque<(note: EventNote, at: Instant)>>([])
    private let hasNews = Signal()

    public convenience init(_ context: LoopContext, component: String) {
        self.init(context.api, component: component, clock: context.clock, metrics: context.metrics)
    }
    /// `host` is the node on which the component is; empty for one of the whole cluster.
    public init(
        _ api: any ClusterAPI, component: String, host: String = "", clock: any LoopClock,
        metrics: LoopMetrics = LoopMetrics()
    ) {
        self.api = api
        self.clock = clock
        self.metrics = metrics
        source = EventCorrelator.Source(component: component, host: host)
    }

    public func record(_ note: EventNote) {
        let now = clock.now
        let isTaken = waiting.withLock { waiting in
            if waiting.count >= Self.waitingLimit { return false }
            waiting.append((note, now))
            return true
        }
        if isTaken { hasNews.raise() } else { metrics.count("events_dropped_total", [("name", source.component)], 1) }
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
            do { try await carryOut(write) } catch {
                metrics.count("events_failed_total", [("name", source.component)], 1)
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
