import CoreMetrics
import Synchronization

/// One line of a page, or one histogram: what the instruments of a name and a label set record into.
protocol Series: AnyObject, Sendable {
    var family: String { get }
    /// The labels as they are written, without braces.
    var labels: String { get }
    func append(_ name: String, to page: inout Exposition)
}

/// A number that only grows.
final class CounterSeries: Series, CounterHandler, FloatingPointCounterHandler {
    let family: String
    let labels: String
    private let whole = Atomic<Int64>(0)
    private let fraction = AtomicDouble()

    init(_ family: String, _ labels: String) {
        self.family = family
        self.labels = labels
    }
    func increment(by amount: Int64) {
        if amount > 0 { whole.wrappingAdd(amount, ordering: .relaxed) }
    }
    func increment(by amount: Double) {
        if amount > 0, amount.isFinite { fraction.add(amount) }
    }
    func reset() {
        whole.store(0, ordering: .relaxed)
        fraction.value = 0
    }
    func append(_ name: String, to page: inout Exposition) {
        let (whole, fraction) = (whole.load(ordering: .relaxed), fraction.value)
        if fraction == 0 { page.line(name, labels, whole) } else { page.line(name, labels, Double(whole) + fraction) }
    }
}

/// A number that goes up and down.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    let family: String
    let labels: String
    private let number = AtomicDouble()

    init(_ family: String, _ labels: String) {
        self.family = family
        self.labels = labels
    }
    func set(_ value: Int64) { number.value = Double(value) }
    func set(_ value: Double) { number.value = value }
    func increment(by amount: Double) { number.add(amount) }
    func decrement(by amount: Double) { number.add(-amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
    func append(_ name: String, to page: inout Exposition) { page.line(name, labels, number.value) }
}

/// Values counted by buckets.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    private final class Bucket: Sendable { let count = Atomic<Int64>(0) }

    let family: String
    let labels: String
    private let bounds: [Double]
    /// One for each bound and one for what is above them all.
    private let buckets: [Bucket]
    private let sum = AtomicDouble()

    init(_ family: String, _ labels: String, bounds: [Double]) {
        self.family = family
        self.labels = labels
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Bucket() }
    }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        if value.isNaN { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        buckets[index].count.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func append(_ name: String, to page: inout Exposition) {
        var total: Int64 = 0
        // The sum first: a page may miss a value in it that the buckets have, never the other way round for long.
        let sum = sum.value
        let comma = labels.isEmpty ? "" : ","
        for (index, bucket) in buckets.enumerated() {
            total += bucket.count.load(ordering: .relaxed)
            let bound = index < bounds.count ? page.bound(bounds[index]) : "+Inf"
            page.line(name + "_bucket", "\(labels)\(comma)le=\"\(bound)\"", total)
        }
        page.line(name + "_sum", labels, sum)
        page.line(name + "_count", labels, total)
    }
}

/// Takes what may not be a series, and counts it.
final class DiscardedSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    let records: CounterSeries
    init(countedIn records: CounterSeries) { self.records = records }
    private func discard() { records.increment(by: Int64(1)) }
    func increment(by amount: Int64) { discard() }
    func increment(by amount: Double) { discard() }
    func decrement(by amount: Double) { discard() }
    func reset() {}
    func set(_ value: Int64) { discard() }
    func set(_ value: Double) { discard() }
    func record(_ value: Int64) { discard() }
    func record(_ value: Double) { discard() }
    func recordNanoseconds(_ duration: Int64) { discard() }
}

/// A floating-point number that many add to, without a lock.
final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double {
        get { Double(bitPattern: bits.load(ordering: .relaxed)) }
        set { bits.store(newValue.bitPattern, ordering: .relaxed) }
    }
    func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + amount).bitPattern
            let (isExchanged, original) = bits.weakCompareExchange(
                expected: current, desired: next, ordering: .relaxed)
            if isExchanged { return }
            current = original
        }
    }
}
