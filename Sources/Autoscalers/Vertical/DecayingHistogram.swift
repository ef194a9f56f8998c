#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import APIMachinery
import Basics

/// How values are put into buckets that grow by a ratio, so that each is known to that precision.
public struct BucketScheme: Sendable, Equatable {
    /// Where the second bucket begins; the first begins at zero.
    public let first: Double
    public let ratio: Double
    public let count: Int

    /// Up to `most`; what is more is in the last bucket.
    public init(most: Double, first: Double, ratio: Double) {
        self.first = first
        self.ratio = ratio
        // The n-th bucket begins at first · (ratioⁿ - 1) / (ratio - 1).
        count = Int((log(most * (ratio - 1) / first + 1) / log(ratio)).rounded(.up)) + 1
    }

    /// Cores: to 1,000, from hundredths of one.
    public static let processor = BucketScheme(most: 1_000, first: 0.01, ratio: 1.05)
    /// Bytes: to a terabyte, from ten million.
    public static let memory = BucketScheme(most: 1e12, first: 1e7, ratio: 1.05)

    func bucket(of value: Double) -> Int {
        if value < first { return 0 }
        let index = Int(log(value * (ratio - 1) / first + 1) / log(ratio))
        return min(index, count - 1)
    }
    func start(of bucket: Int) -> Double {
        bucket == 0 ? 0 : first * (pow(ratio, Double(bucket)) - 1) / (ratio - 1)
    }
}

/// How much weight values have had, the older the less: half after each half-life. Weights grow with their time instead of
/// shrinking, so that nothing that is there must be touched (VerticalPodAutoscaler's recommender).
public struct DecayingHistogram: Sendable, Equatable {
    /// Less is nothing.
    static let smallest = 0.0001
    /// Weights are brought back to the ground before they grow by more halvings than this.
    static let longestSpan = 100.0

    public let scheme: BucketScheme
    public let halfLife: Duration
    fileprivate var weights: [Double]
    public fileprivate(set) var total = 0.0
    /// When a weight of one counts as one.
    fileprivate var reference: Instant

    public init(_ scheme: BucketScheme, halfLife: Duration) {
        self.scheme = scheme
        self.halfLife = halfLife
        weights = Array(repeating: 0, count: scheme.count)
        reference = Instant(secondsSince1970: 0)
    }

    public var isEmpty: Bool { total < Self.smallest }

    public mutating func add(_ value: Double, weight: Double, at time: Instant) {
        guard value.isFinite, weight > 0 else { return }
        change(scheme.bucket(of: max(value, 0)), by: weight * factor(time))
    }
    /// Takes back what was added with the same value, weight and time.
    public mutating func subtract(_ value: Double, weight: Double, at time: Instant) {
        guard value.isFinite, weight > 0 else { return }
        change(scheme.bucket(of: max(value, 0)), by: -weight * factor(time))
    }

    private mutating func change(_ bucket: Int, by weight: Double) {
        weights[bucket] = max(0, weights[bucket] + weight)
        total = max(0, total + weight)
    }

    private mutating func factor(_ time: Instant) -> Double {
        var span = (time - reference) / halfLife
        if span > Self.longestSpan {
            // By whole halvings, which lose nothing.
            let shift = span.rounded()
            let scale = exp2(-shift)
            for index in weights.indices {
                weights[index] *= scale
                if weights[index] < Self.smallest * Self.smallest { weights[index] = 0 }
            }
            total = weights.reduce(0, +)
            reference = reference + halfLife * Int(shift)
            span = (time - reference) / halfLife
        }
        return exp2(span)
    }

    /// The end of the bucket in which this share of all weight is reached (of the last: its start); zero without weight.
    public func percentile(_ share: Double) -> Double {
        if isEmpty { return 0 }
        let wanted = share * total
        var sum = 0.0
        var last = weights.startIndex
        for (index, weight) in weights.enumerated() where weight > 0 {
            sum += weight
            last = index
            if sum >= wanted { break }
        }
        return scheme.start(of: last + 1 < scheme.count ? last + 1 : last)
    }
}

/// Why a checkpoint cannot be used.
struct CheckpointError: Error, CustomStringConvertible { var description: String }

extension DecayingHistogram {
    /// What the greatest bucket weighs in a checkpoint.
    static let checkpointWeight = 10_000.0

    /// As autoscaling.k8s.io/v1 HistogramCheckpoint: buckets that weigh next to nothing are left out.
    var checkpoint: JSON {
        var buckets = JSON.object
        let greatest = weights.max() ?? 0
        if greatest > 0 {
            for (index, weight) in weights.enumerated() {
                let share = Int((weight / greatest * Self.checkpointWeight).rounded())
                if share > 0 { buckets[String(index)] = JSON(share) }
            }
        }
        return ["referenceTimestamp": reference.json, "bucketWeights": buckets, "totalWeight": JSON(total)]
    }

    /// With what a checkpoint remembers; `shift` moves it in time.
    init(_ scheme: BucketScheme, halfLife: Duration, checkpoint: JSON, shift: Duration) throws(CheckpointError) {
        self.init(scheme, halfLife: halfLife)
        let total = checkpoint["totalWeight"]?.double ?? 0
        guard total >= 0, total.isFinite else {
            throw CheckpointError(description: "cannot load checkpoint with negative weight \(total)")
        }
        var shares: [Int: Double] = [:]
        for member in checkpoint["bucketWeights"]?.members ?? [] {
            guard let bucket = Int(member.name), weights.indices.contains(bucket) else {
                throw CheckpointError(
                    description: "checkpoint has bucket \(member.name) and there are \(weights.count)")
            }
            shares[bucket] = Double(max(0, member.value.int ?? 0))
        }
        let sum = shares.values.reduce(0, +)
        guard sum > 0 else { return }
        for (bucket, share) in shares { weights[bucket] = share / sum * total }
        self.total = total
        if let time = Instant(checkpoint["referenceTimestamp"]) { reference = time + shift }
    }
}
