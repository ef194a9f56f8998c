import APIMachinery
import Basics

/// What the containers of one name have used in all pods of a target, and what follows from it; a value
/// (VerticalPodAutoscaler's recommender).
struct ContainerAggregate: Sendable, Equatable {
    /// Thousandths of a processor, or bytes.
    struct Bounds: Sendable, Equatable {
        var lower: Int
        var target: Int
        var upper: Int
    }
    struct Recommendation: Sendable, Equatable {
        var processor: Bounds
        var memory: Bounds
    }
    static let halfLife = Duration.seconds(86_400)
    static let sampleWeight = 0.1
    /// The form of checkpoints.
    static let checkpointVersion = "v3"

    private var processor = DecayingHistogram(.processor, halfLife: halfLife)
    private var memory = DecayingHistogram(.memory, halfLife: halfLife)
    private(set) var first: Instant?
    private(set) var last: Instant?
    private(set) var sampleCount = 0
    private let created: Instant

    init(_ now: Instant) { created = now }

    mutating func used(cores: Double, at time: Instant) {
        processor.add(cores, weight: Self.sampleWeight, at: time)
        first = min(first ?? time, time)
        last = max(last ?? time, time)
        sampleCount += 1
    }
    /// The greatest use of memory within an interval, by its end.
    mutating func add(peak bytes: Double, until end: Instant) { memory.add(bytes, weight: 1, at: end) }
    mutating func takeBack(peak bytes: Double, until end: Instant) { memory.subtract(bytes, weight: 1, at: end) }

    func isExpired(_ now: Instant, _ settings: VerticalSettings) -> Bool {
        now - (last ?? created) >= settings.memoryWindow
    }

    /// Days that the history is good for: as old as it is, and as full.
    func confidence(_ settings: VerticalSettings) -> Double {
        guard let first, let last else { return 0 }
        let interval = settings.confidenceInterval
        return min((last - first) / interval, Double(sampleCount) / (interval / .seconds(60)))
    }

    /// The younger the history, the wider the bounds. `containers` of the pod share the least that a pod asks for.
    func recommendation(_ settings: VerticalSettings, containers: Int) -> Recommendation {
        let confidence = confidence(settings)
        let share = 1 / Double(max(1, containers))
        let narrowing = 1 + 0.001 / confidence
        let (lowerScale, upperScale) = (1 / (narrowing * narrowing), 1 + 1 / confidence)
        func bounds(_ histogram: DecayingHistogram, _ unit: Double, _ least: Int) -> Bounds {
            let floor = Self.amount(Double(least) * share)
            func bound(_ percentile: Double, _ scale: Double) -> Int {
                let base = Self.amount(histogram.percentile(percentile) * unit)
                let padded = base + Self.amount(Double(base) * settings.margin)
                return max(Self.amount(Double(padded) * scale), floor)
            }
            return Bounds(
                lower: bound(settings.lowerPercentile, lowerScale), target: bound(settings.targetPercentile, 1),
                upper: bound(settings.upperPercentile, upperScale))
        }
        return Recommendation(
            processor: bounds(processor, 1000, settings.leastMilliProcessors),
            memory: bounds(memory, 1, settings.leastMemoryBytes))
    }

    private static let greatest = 1e14
    private static func amount(_ value: Double) -> Int { value > 0 ? Int(min(value, greatest)) : 0 }

    // MARK: Checkpoints

    /// As the status of a VerticalPodAutoscalerCheckpoint.
    func checkpoint(_ now: Instant) -> JSON {
        [
            "lastUpdateTime": now.json, "version": JSON(Self.checkpointVersion), "cpuHistogram": processor.checkpoint,
            "memoryHistogram": memory.checkpoint, "firstSampleStart": first?.json ?? .null,
            "lastSampleStart": last?.json ?? .null, "totalSamplesCount": JSON(sampleCount),
        ]
    }

    /// What a checkpoint remembers. One of the future, from before the clock was set back, counts as of now.
    init(checkpoint: JSON, _ now: Instant) throws(CheckpointError) {
        created = now
        let version = checkpoint["version"]?.string ?? ""
        guard version == Self.checkpointVersion else {
            throw CheckpointError(description: "unsupported checkpoint version \(version)")
        }
        let newest = Instant(checkpoint["lastSampleStart"])
        let shift = newest.map { $0 > now ? now - $0 : .zero } ?? .zero
        first = Instant(checkpoint["firstSampleStart"]).map { $0 + shift }
        last = newest.map { $0 + shift }
        sampleCount = max(0, checkpoint["totalSamplesCount"]?.int ?? 0)
        processor = try DecayingHistogram(
            .processor, halfLife: Self.halfLife, checkpoint: checkpoint["cpuHistogram"] ?? .object, shift: shift)
        memory = try DecayingHistogram(
            .memory, halfLife: Self.halfLife, checkpoint: checkpoint["memoryHistogram"] ?? .object, shift: shift)
    }
}

/// One container of one pod: what of it was counted already.
struct ContainerTrack: Sendable, Equatable {
    /// The time, by its node, of the last use that was counted.
    private var counted: Instant?
    private var memoryPeak = 0.0
    private var outOfMemoryPeak = 0.0
    /// Of the interval that runs.
    private(set) var windowEnd: Instant?
    /// The last end for want of memory that was counted.
    private var death: String?

    var peak: Double { max(memoryPeak, outOfMemoryPeak) }

    /// What a node measured at `measured`; the same measurement counts once. `now` is by a clock that nobody sets.
    mutating func used(
        cores: Double, bytes: Double, measured: Instant, _ now: Instant, _ aggregate: inout ContainerAggregate,
        _ settings: VerticalSettings
    ) {
        guard measured != counted, cores >= 0, cores.isFinite, bytes >= 0, bytes.isFinite else { return }
        counted = measured
        aggregate.used(cores: cores, at: now)
        used(bytes: bytes, now, isOutOfMemory: false, &aggregate, settings)
    }

    /// It ended for want of memory when it had asked for so much; `death` names this end, which counts once.
    mutating func ranOutOfMemory(
        _ death: String, asked: Double, _ now: Instant, _ aggregate: inout ContainerAggregate,
        _ settings: VerticalSettings
    ) {
        guard death != self.death else { return }
        self.death = death
        let had = max(asked, memoryPeak)
        let needed = max(had + Double(settings.outOfMemoryBytes), had * settings.outOfMemoryRatio)
        used(bytes: needed, now, isOutOfMemory: true, &aggregate, settings)
    }
    /// An end that was counted by somebody else.
    mutating func skip(death: String) { self.death = death }

    private mutating func used(
        bytes: Double, _ now: Instant, isOutOfMemory: Bool, _ aggregate: inout ContainerAggregate,
        _ settings: VerticalSettings
    ) {
        let end = windowEnd ?? now
        if now < end {
            guard bytes > peak else { return }
            // The interval counts once, by its greatest use.
            if peak > 0 { aggregate.takeBack(peak: peak, until: end) }
            aggregate.add(peak: bytes, until: end)
        } else {
            // A long silence is passed over at once.
            let next = end + settings.peakInterval * (Int((now - end) / settings.peakInterval) + 1)
            windowEnd = next
            (memoryPeak, outOfMemoryPeak) = (0, 0)
            aggregate.add(peak: bytes, until: next)
        }
        if isOutOfMemory { outOfMemoryPeak = bytes } else { memoryPeak = bytes }
    }
}
