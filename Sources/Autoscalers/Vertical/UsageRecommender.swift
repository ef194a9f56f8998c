import Basics
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What one container should ask for, from what it has used; a value (VerticalPodAutoscaler's recommender, with its standard
/// figures).
public struct UsageRecommender: Sendable, Equatable {
    public struct Amounts: Sendable, Equatable {
        /// Cores.
        public var processor: Double
        /// Bytes.
        public var memory: Double
    }
    public struct Recommendation: Sendable, Equatable {
        public var lower: Amounts
        public var target: Amounts
        public var upper: Amounts
    }
    private struct Peak: Sendable, Equatable {
        var bytes: Double
        var end: Instant
    }
    static let halfLife = Duration.seconds(86_400)
    /// Of memory the greatest use within this counts.
    static let peakInterval = Duration.seconds(86_400)
    /// What a processor's sample weighs at least.
    static let smallestWeight = 0.1
    static let margin = 0.15
    static let leastProcessor = 0.025
    static let leastMemory = 250.0 * 1024 * 1024
    /// An end for want of memory asks for so much more.
    static let bumpRatio = 1.2
    static let bumpBytes = 100.0 * 1024 * 1024

    private var processor = DecayingHistogram(.processor, halfLife: halfLife)
    private var memory = DecayingHistogram(.memory, halfLife: halfLife)
    private var peak: Peak?
    private var first: Instant?
    private var last: Instant?
    public private(set) var sampleCount = 0

    public init() {}

    /// Cores that were used; it weighs what was asked for.
    public mutating func used(cores: Double, asked: Double, at time: Instant) {
        guard cores >= 0, cores.isFinite else { return }
        processor.add(cores, weight: max(asked, Self.smallestWeight), at: time)
        first = first.map { min($0, time) } ?? time
        last = last.map { max($0, time) } ?? time
        sampleCount += 1
    }

    /// Bytes that were used.
    public mutating func used(bytes: Double, at time: Instant) {
        guard bytes >= 0, bytes.isFinite else { return }
        if var current = peak, time < current.end {
            guard bytes > current.bytes else { return }
            // The interval counts once, by its greatest use.
            memory.subtract(current.bytes, weight: 1, at: current.end)
            memory.add(bytes, weight: 1, at: current.end)
            current.bytes = bytes
            peak = current
            return
        }
        var end = peak?.end ?? time
        while end <= time {
            // A long silence is passed over at once.
            let steps = Int((time - end) / Self.peakInterval)
            end = end + Self.peakInterval * (steps + 1)
        }
        memory.add(bytes, weight: 1, at: end)
        peak = Peak(bytes: bytes, end: end)
    }

    /// It was ended for want of memory when it had so much, or asked for so much.
    public mutating func ranOutOfMemory(bytes: Double, asked: Double, at time: Instant) {
        let had = max(bytes, asked)
        used(bytes: max(had * Self.bumpRatio, had + Self.bumpBytes), at: time)
    }

    /// Days that the history is good for: as old as it is, and as full.
    var confidence: Double {
        guard let first, let last else { return 0 }
        return min((last - first) / .seconds(86_400), Double(sampleCount) / (60 * 24))
    }

    /// nil until something was used. `containers` of the pod share the least that a pod may have.
    public func recommendation(containers: Int = 1) -> Recommendation? {
        if processor.isEmpty && memory.isEmpty { return nil }
        let share = Double(max(1, containers))
        func amounts(_ percentile: Double, _ scale: Double) -> Amounts {
            Amounts(
                processor: max(
                    processor.percentile(percentile) * (1 + Self.margin) * scale, Self.leastProcessor / share),
                memory: max(memory.percentile(percentile) * (1 + Self.margin) * scale, Self.leastMemory / share))
        }
        let confidence = confidence
        // The younger the history, the wider the bounds.
        let upperScale = confidence > 0 ? 1 + 1 / confidence : 1e6
        let lowerScale = confidence > 0 ? pow(1 + 0.001 / confidence, -2) : 0
        return Recommendation(
            lower: amounts(0.5, lowerScale), target: amounts(0.9, 1), upper: amounts(0.95, upperScale))
    }
}
