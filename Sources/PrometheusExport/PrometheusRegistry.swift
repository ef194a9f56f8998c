import CoreMetrics
import Instruments
import Synchronization

/// Every series of a process. Instruments of the same name and labels record into the same series; making one takes a
/// lock, recording takes none.
public final class PrometheusRegistry: FamilyMetricsFactory {
    /// Series that one family may have; instruments of more record into nothing.
    public static let seriesLimit = 5_000
    public static let familyLimit = 1_000
    /// What counts the records that went into nothing.
    static let dropped = MetricFamily.counter(
        "skiff_metrics_dropped_records_total",
        "Records of series that a metric may not have: too many, or of another type than the first.",
        labels: ["metric"])
    /// Prometheus' default buckets, for histograms that nobody declared.
    static let defaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct Family {
        var kind: MetricFamily.Kind
        var help = ""
        var isDeclared = false
        /// By their labels.
        var series: [String: any Series] = [:]
        /// Takes what may not be recorded.
        var discarded: DiscardedSeries?
    }
    private struct State {
        var families: [String: Family] = [:]
        var samples: [Int: @Sendable () async -> Void] = [:]
        var nextSample = 0
    }
    private let state = Mutex(State())
    private let beyondFamilies = DiscardedSeries(
        countedIn: CounterSeries(PrometheusRegistry.dropped.name, "metric=\"\""))

    public init() {}

    // MARK: Families and samples

    public func declare(_ family: MetricFamily) {
        state.withLock { state in
            if let known = state.families[family.name], known.isDeclared || !known.series.isEmpty { return }
            guard state.families.count < Self.familyLimit else { return }
            state.families[family.name] = Family(kind: family.kind, help: family.help, isDeclared: true)
        }
    }

    public func sampled(_ sample: @escaping @Sendable () async -> Void) -> Sampling {
        let number = state.withLock { state in
            state.nextSample += 1
            state.samples[state.nextSample] = sample
            return state.nextSample
        }
        return Sampling { [weak self] in _ = self?.state.withLock { $0.samples.removeValue(forKey: number) } }
    }

    // MARK: Instruments

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        switch counter(label, dimensions) {
        case .made(let series): series
        case .refused(let discarded): discarded
        }
    }
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        switch counter(label, dimensions) {
        case .made(let series): series
        case .refused(let discarded): discarded
        }
    }
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        switch gauge(label, dimensions) {
        case .made(let series): series
        case .refused(let discarded): discarded
        }
    }
    /// A recorder that aggregates is a histogram, one that does not is a gauge.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions) }
        switch gauge(label, dimensions) {
        case .made(let series): return series
        case .refused(let discarded): return discarded
        }
    }
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private enum Making<Made: Sendable>: Sendable {
        case made(Made)
        case refused(DiscardedSeries)
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> Making<CounterSeries> {
        series(label, dimensions, .counter) { name, labels, _ in CounterSeries(name, labels) }
    }
    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> Making<GaugeSeries> {
        series(label, dimensions, .gauge) { name, labels, _ in GaugeSeries(name, labels) }
    }
    private func histogram(
        _ label: String, _ dimensions: [(String, String)]
    ) -> any RecorderHandler & TimerHandler {
        let making: Making<HistogramSeries> = series(
            label, dimensions, .histogram(bounds: Self.defaultBounds)
        ) { name, labels, kind in
            guard case .histogram(let bounds) = kind else { return nil }
            return HistogramSeries(name, labels, bounds: bounds)
        }
        switch making {
        case .made(let series): return series
        case .refused(let discarded): return discarded
        }
    }

    /// The series that is there, or a new one if the family is of this kind and has room. A family that is declared a
    /// counter may have a gauge's series: its number is read somewhere, and set.
    private func series<Made: Series>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind,
        _ make: (_ name: String, _ labels: String, _ kind: MetricFamily.Kind) -> Made?
    ) -> Making<Made> {
        let name = Exposition.name(label)
        let labels = Exposition.labels(dimensions)
        return state.withLock { state in
            guard state.families[name] != nil || state.families.count < Self.familyLimit else {
                return .refused(beyondFamilies)
            }
            var family = state.families[name] ?? Family(kind: kind)
            defer { state.families[name] = family }
            if let known = family.series[labels] as? Made { return .made(known) }
            let isSameKind =
                family.kind == kind || family.kind.isHistogram && kind.isHistogram
                || family.kind == .counter && kind == .gauge && family.isDeclared
            if isSameKind, family.series[labels] == nil, family.series.count < Self.seriesLimit,
                let made = make(name, labels, family.kind)
            {
                family.series[labels] = made
                return .made(made)
            }
            let discarded =
                family.discarded
                ?? DiscardedSeries(countedIn: CounterSeries(Self.dropped.name, Exposition.labels([("metric", name)])))
            family.discarded = discarded
            return .refused(discarded)
        }
    }

    private func remove(_ handler: AnyObject) {
        guard let series = handler as? any Series else { return }
        state.withLock { _ = $0.families[series.family]?.series.removeValue(forKey: series.labels) }
    }

    // MARK: The page

    /// Takes the samples, then writes every family that has series, by name, and each one's series by their labels.
    public func page(_ format: Exposition.Format = .text) async -> String {
        for sample in state.withLock({ Array($0.samples.values) }) { await sample() }
        var families = state.withLock { $0.families }
        addDropped(to: &families)
        var page = Exposition(format)
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            page.head(name, family.kind, family.help)
            for (_, series) in family.series.sorted(by: { $0.key < $1.key }) { series.append(name, to: &page) }
        }
        page.finish()
        return page.text
    }

    private func addDropped(to families: inout [String: Family]) {
        let counts = (families.values.compactMap(\.discarded) + [beyondFamilies]).map(\.records)
        var family = Family(kind: Self.dropped.kind, help: Self.dropped.help)
        for series in counts { family.series[series.labels] = series }
        families[Self.dropped.name] = family
    }
}

extension MetricFamily.Kind {
    fileprivate var isHistogram: Bool {
        if case .histogram = self { true } else { false }
    }
}
