import Basics
import CoreMetrics
import Instruments

/// What a work queue counts, as client-go's queues do: `name` is the loop's.
struct QueueMetrics: Sendable {
    private static let bounds = MetricFamily.bounds(from: 10e-7, times: 10, count: 10)

    let adds: Counter
    let retries: Counter
    /// Turns that wanted changes of which none had effect: ours, client-go's queues do not know them.
    let fruitless: Counter
    /// From being added to being handed out.
    let waited: Timer
    /// From being handed out to being finished.
    let worked: Timer
    private let depth: Meter
    private let unfinished: Meter
    private let longest: Meter

    init(_ metrics: any MetricsFactory, name: String) {
        adds = metrics.counter(
            .counter("workqueue_adds_total", "[BETA] Total number of adds handled by workqueue", labels: ["name"]),
            name)
        retries = metrics.counter(
            .counter(
                "workqueue_retries_total", "[BETA] Total number of retries handled by workqueue", labels: ["name"]),
            name)
        fruitless = metrics.counter(
            .counter(
                "workqueue_fruitless_turns_total",
                "Total number of looks at an item that wanted changes of which none had effect", labels: ["name"]), name
        )
        waited = metrics.timer(
            .histogram(
                "workqueue_queue_duration_seconds",
                "[BETA] How long in seconds an item stays in workqueue before being requested.", labels: ["name"],
                bounds: Self.bounds), name)
        worked = metrics.timer(
            .histogram(
                "workqueue_work_duration_seconds",
                "[BETA] How long in seconds processing an item from workqueue takes.", labels: ["name"],
                bounds: Self.bounds), name)
        depth = metrics.gauge(
            .gauge("workqueue_depth", "[BETA] Current depth of workqueue", labels: ["name"]), name)
        unfinished = metrics.gauge(
            .gauge(
                "workqueue_unfinished_work_seconds",
                "[BETA] How many seconds of work has done that is in progress and hasn't been observed by "
                    + "work_duration. Large values indicate stuck threads. One can deduce the number of stuck threads "
                    + "by observing the rate at which this increases.", labels: ["name"]), name)
        longest = metrics.gauge(
            .gauge(
                "workqueue_longest_running_processor_seconds",
                "[BETA] How many seconds has the longest running processor for workqueue been running.",
                labels: ["name"]), name)
    }

    /// Shows what waits and what is being worked on for how long.
    func show(depth: Int, working: [Duration]) {
        self.depth.set(depth)
        unfinished.set(working.reduce(.zero, +) / .seconds(1))
        longest.set((working.max() ?? .zero) / .seconds(1))
    }
}

/// Since when keys wait and are worked on, as a value.
struct KeyTimes<Key: Hashable & Sendable>: Sendable {
    private var waiting: [Key: Instant] = [:]
    private var working: [Key: Instant] = [:]

    /// Whether the key did not wait before.
    mutating func added(_ key: Key, _ now: Instant) -> Bool {
        if waiting[key] != nil { return false }
        waiting[key] = now
        return true
    }
    /// How long the key has waited; nil for one that became due by itself.
    mutating func taken(_ key: Key, _ now: Instant) -> Duration? {
        working[key] = now
        return waiting.removeValue(forKey: key).map { now - $0 }
    }
    /// How long the key was worked on.
    mutating func finished(_ key: Key, _ now: Instant) -> Duration? {
        working.removeValue(forKey: key).map { now - $0 }
    }
    func durations(_ now: Instant) -> [Duration] { working.values.map { now - $0 } }
}
