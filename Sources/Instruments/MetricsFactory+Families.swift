import CoreMetrics

/// A factory that shows families as they are declared. Others know the names and labels only.
public protocol FamilyMetricsFactory: MetricsFactory {
    /// Says what a name means, before its first instrument is made.
    func declare(_ family: MetricFamily)
    /// Has `sample` called whenever the metrics are about to be read, for gauges of what is there now, until the returned
    /// value is ended or gone.
    func sampled(_ sample: @escaping @Sendable () async -> Void) -> Sampling
}

/// Keeps samples being taken for as long as it is held.
public final class Sampling: Sendable {
    private let stop: @Sendable () -> Void
    public init(_ stop: @escaping @Sendable () -> Void) { self.stop = stop }
    /// No more samples begin after this.
    public func end() { stop() }
    deinit { stop() }
}

/// The instruments of one series, with the values of the family's labels in their order. Making one costs strings and a
/// lock: keep it, or keep an `InstrumentTable`.
extension MetricsFactory {
    public func counter(_ family: MetricFamily, _ values: String...) -> Counter {
        Counter(label: family.name, dimensions: dimensions(family, values), factory: self)
    }
    public func gauge(_ family: MetricFamily, _ values: String...) -> Meter {
        Meter(label: family.name, dimensions: dimensions(family, values), factory: self)
    }
    /// Of values in the family's unit.
    public func histogram(_ family: MetricFamily, _ values: String...) -> Recorder {
        Recorder(label: family.name, dimensions: dimensions(family, values), factory: self)
    }
    /// Of durations; the family's unit is the second.
    public func timer(_ family: MetricFamily, _ values: String...) -> Timer {
        Timer(label: family.name, dimensions: dimensions(family, values), factory: self)
    }

    /// Does nothing for a factory that is read by nobody.
    public func sampled(_ sample: @escaping @Sendable () async -> Void) -> Sampling {
        (self as? any FamilyMetricsFactory)?.sampled(sample) ?? Sampling {}
    }

    private func dimensions(_ family: MetricFamily, _ values: [String]) -> [(String, String)] {
        (self as? any FamilyMetricsFactory)?.declare(family)
        return Array(zip(family.labels, values))
    }
}

extension Timer {
    public func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
