import APIMachinery
import Basics
import KubeAPI

/// The series of all pods as they were last read, and how fast counters grow; a value.
struct SeriesTable: Sendable {
    struct Entry: Sendable {
        var series: ExposedSeries
        /// Growth a second since the reading before; nil until there were two.
        var rate: Double?
        var window: Duration
    }
    struct Page: Sendable {
        var entries: [Entry]
        /// When it was read.
        var time: Instant
        var heard: Int64
    }
    private struct Identity: Hashable {
        var name: String
        var labels: [String: String]
    }
    /// Of all pods together; what comes later is left out.
    static let seriesLimit = 200_000
    /// Readings further apart say nothing of a rate.
    static let longestWindow = Duration.seconds(600)

    private(set) var pages: [ObjectKey: Page] = [:]
    private(set) var seriesCount = 0

    /// Whether there was room for it.
    mutating func read(_ series: [ExposedSeries], of pod: ObjectKey, _ now: Instant, _ uptime: Int64) -> Bool {
        let before = pages[pod]
        let others = seriesCount - (before?.entries.count ?? 0)
        guard others + series.count <= Self.seriesLimit else {
            forget(pod)
            return false
        }
        var earlier: [Identity: Double] = [:]
        for entry in before?.entries ?? [] where entry.series.isCounter {
            earlier[Identity(name: entry.series.name, labels: entry.series.labels)] = entry.series.value
        }
        let window = before.map { Duration.nanoseconds(uptime - $0.heard) } ?? .zero
        let isUsable = window > .zero && window <= Self.longestWindow
        let entries = series.map { one -> Entry in
            guard one.isCounter, isUsable, let old = earlier[Identity(name: one.name, labels: one.labels)] else {
                return Entry(series: one, window: .zero)
            }
            // A counter that went back began anew.
            let growth = one.value >= old ? one.value - old : one.value
            return Entry(series: one, rate: growth / (window / .seconds(1)), window: window)
        }
        pages[pod] = Page(entries: entries, time: now, heard: uptime)
        seriesCount = others + entries.count
        return true
    }

    mutating func forget(_ pod: ObjectKey) {
        seriesCount -= pages.removeValue(forKey: pod)?.entries.count ?? 0
    }
    /// Forgets pods that are gone, or were not read for so long.
    mutating func keep(only pods: Set<ObjectKey>, heardSince uptime: Int64) {
        for (pod, page) in pages where !pods.contains(pod) || page.heard < uptime { forget(pod) }
    }
}

/// What came of adding up the series of one metric.
struct SummedSeries: Sendable, Equatable {
    var value: Double
    var time: Instant
    /// Zero for what is no rate.
    var window: Duration

    mutating func add(_ other: SummedSeries) {
        value += other.value
        time = min(time, other.time)
        window = max(window, other.window)
    }
    /// In thousandths, rounded up; nil for what is no number.
    var milli: Int? {
        if value.isNaN { return nil }
        let scaled = (value * 1000).rounded(.up)
        return scaled >= Double(Int.max) ? .max : scaled <= Double(Int.min) ? .min : Int(scaled)
    }
}

extension SeriesTable.Page {
    /// The value of a series by a rule; nil where there is none yet.
    private func value(_ entry: SeriesTable.Entry, _ rule: MetricRules.Rule) -> SummedSeries? {
        switch rule.form(entry.series) {
        case .value:
            return entry.series.value.isNaN ? nil : SummedSeries(value: entry.series.value, time: time, window: .zero)
        case .rate:
            guard let rate = entry.rate, !rate.isNaN else { return nil }
            return SummedSeries(value: rate, time: time, window: entry.window)
        }
    }

    /// The series that a metric is made of, each with its value. Of several rules the first that covers a series is its.
    func series(
        _ metric: String, _ rules: [MetricRules.Rule], where fits: (ExposedSeries, MetricRules.Rule) -> Bool
    ) -> [(series: ExposedSeries, value: SummedSeries)] {
        entries.compactMap { entry in
            guard let rule = rules.first(where: { $0.covers(entry.series) }), rule.metric(entry.series) == metric,
                fits(entry.series, rule), let value = value(entry, rule)
            else { return nil }
            return (entry.series, value)
        }
    }
}
