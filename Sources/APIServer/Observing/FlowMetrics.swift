import CoreMetrics
import Instruments

/// What is counted of priority and fairness, under kube-apiserver's names.
final class FlowMetrics: Sendable {
    enum Refusal: String, Sendable {
        /// No queue, or a full one.
        case full = "queue-full"
        case late = "time-out"
    }
    private struct Limits: Sendable {
        var nominal: Meter
        var least: Meter
        var most: Meter
        var executing: Meter
        var waiting: Meter
    }
    private struct Place: Hashable, Sendable {
        var level: String
        var schema: String
        var refusal: Refusal?
    }
    private let limits: InstrumentTable<String, Limits>
    private let outcomes: InstrumentTable<Place, Counter>

    /// Levels and schemas are objects that administrators make; their names are the only labels.
    init(_ metrics: any MetricsFactory) {
        func gauge(_ name: String, _ help: String) -> MetricFamily {
            .gauge("apiserver_flowcontrol_\(name)", help, labels: ["priority_level"])
        }
        let nominal = gauge(
            "nominal_limit_seats",
            "[BETA] Nominal number of execution seats configured for each priority level")
        let least = gauge(
            "lower_limit_seats",
            "[ALPHA] Configured lower bound on number of execution seats available to each priority level")
        let most = gauge(
            "upper_limit_seats",
            "[ALPHA] Configured upper bound on number of execution seats available to each priority level")
        let executing = gauge(
            "current_executing_seats",
            "[BETA] Concurrency (number of seats) occupied by the currently executing requests in the API Priority and "
                + "Fairness subsystem")
        let waiting = gauge(
            "current_inqueue_requests",
            "[BETA] Number of requests currently pending in queues of the API Priority and Fairness subsystem")
        limits = InstrumentTable { level in
            Limits(
                nominal: metrics.gauge(nominal, level), least: metrics.gauge(least, level),
                most: metrics.gauge(most, level), executing: metrics.gauge(executing, level),
                waiting: metrics.gauge(waiting, level))
        }
        let dispatched = MetricFamily.counter(
            "apiserver_flowcontrol_dispatched_requests_total",
            "[BETA] Number of requests executed by API Priority and Fairness subsystem",
            labels: ["priority_level", "flow_schema"])
        let rejected = MetricFamily.counter(
            "apiserver_flowcontrol_rejected_requests_total",
            "[BETA] Number of requests rejected by API Priority and Fairness subsystem",
            labels: ["priority_level", "flow_schema", "reason"])
        outcomes = InstrumentTable { place in
            place.refusal.map { metrics.counter(rejected, place.level, place.schema, $0.rawValue) }
                ?? metrics.counter(dispatched, place.level, place.schema)
        }
    }

    func recordDispatch(_ place: FlowControl.Place) {
        outcomes[Place(level: place.level, schema: place.assignment.schema)].increment()
    }
    func record(_ refusal: Refusal, of place: FlowControl.Place) {
        outcomes[Place(level: place.level, schema: place.assignment.schema, refusal: refusal)].increment()
    }
    func show(_ figures: [FlowLevels.Figures]) {
        for level in figures {
            let meters = limits[level.level]
            meters.nominal.set(level.limits.nominal)
            meters.least.set(level.limits.least)
            meters.most.set(level.limits.most)
            meters.executing.set(level.seatsInUse)
            meters.waiting.set(level.waiting)
        }
    }
}
