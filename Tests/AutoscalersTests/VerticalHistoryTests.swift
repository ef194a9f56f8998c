import APIMachinery
import Basics
import KubeAPI
import Testing

@testable import Autoscalers

/// What is remembered of containers' use, and what follows from it.
@Suite struct VerticalHistoryTests {
    private let settings = VerticalSettings()
    private let policy = VerticalPolicy(.object)
    private static let day = 86_400
    private static func at(_ seconds: Int) -> Instant { Instant(secondsSince1970: 1_700_000_000 + Int64(seconds)) }

    private static func use(_ cores: Double, _ bytes: Int, _ seconds: Int, container: String = "c")
        -> UsageTable.PodRates
    {
        UsageTable.PodRates(containers: [
            (
                container,
                UsageRate(
                    time: at(seconds), window: .seconds(60), nanocores: Int((cores * 1e9).rounded()), bytes: bytes)
            )
        ])
    }

    private func history(days: Int, _ use: (Int) -> (cores: Double, bytes: Int)) -> VerticalHistory {
        var history = VerticalHistory(target: nil)
        for minute in 0..<days * 1_440 {
            let (cores, bytes) = use(minute)
            history.used("pod", Self.use(cores, bytes, minute * 60), Self.at(minute * 60), settings)
        }
        return history
    }
    private func recommended(_ history: VerticalHistory) throws -> ContainerAggregate.Recommendation {
        try #require(history.recommendations(policy, settings).first).amounts
    }

    /// A week's trace, minute by minute: the processor by its percentiles weighed by age, memory by its daily peaks.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8]) func aTracesPercentilesAreMet(_ seed: Int) throws {
        var chance = SplitMix64(seed: UInt64(seed))
        let days = 1 + seed % 7
        var trace: [(cores: Double, bytes: Int)] = []
        let busy = Double.random(in: 0.2...3, using: &chance)
        for minute in 0..<days * 1_440 {
            // A day's tide with noise and rare bursts.
            let tide = Double(abs(minute % 1_440 - 720)) / 720
            let burst = Int.random(in: 0..<50, using: &chance) == 0 ? 2.5 : 1
            let cores = (0.1 + busy * tide) * Double.random(in: 0.8...1.2, using: &chance) * burst
            trace.append((cores, Int(Double.random(in: 0.8...1, using: &chance) * (3e8 + 2e9 * tide))))
        }
        let history = history(days: days) { trace[$0] }
        let amounts = try recommended(history)

        // The definition: each sample weighs half for every day of its age.
        func percentile(_ values: [(value: Double, age: Double)], _ share: Double) -> Double {
            let weighed = values.map { (value: $0.value, weight: halved($0.age)) }.sorted { $0.value < $1.value }
            let total = weighed.reduce(0) { $0 + $1.weight }
            var sum = 0.0
            for one in weighed {
                sum += one.weight
                if sum >= share * total { return one.value }
            }
            return 0
        }
        func halved(_ days: Double) -> Double {
            // exp(-days · ln 2), by its series: this test has no mathematics of its own.
            var (term, sum) = (1.0, 1.0)
            for n in 1...60 {
                term *= -days * 0.693_147_180_559_945_3 / Double(n)
                sum += term
            }
            return sum
        }
        let processor = trace.enumerated().map { index, use in
            (value: use.cores, age: Double(trace.count - 1 - index) / 1_440)
        }
        let peaks = (0..<days).map { day in
            (
                value: Double(trace[day * 1_440..<(day + 1) * 1_440].map(\.bytes).max() ?? 0),
                age: Double(days - 1 - day)
            )
        }
        let confidence = Double(days) - 1.0 / 1_440
        let (lower, upper) = (1 / (1 + 0.001 / confidence) / (1 + 0.001 / confidence), 1 + 1 / confidence)
        for (bounds, values, unit, least) in [
            (amounts.processor, processor, 1000.0, 25.0), (amounts.memory, peaks, 1.0, 250.0 * 1024 * 1024),
        ] {
            for (got, share, scale) in [
                (bounds.lower, 0.5, lower), (bounds.target, 0.9, 1), (bounds.upper, 0.95, upper),
            ] {
                let wanted = max(percentile(values, share) * unit * 1.15 * scale, least)
                // A bucket is 5 % wide, and its end is what is told.
                #expect(
                    Double(got) >= wanted * 0.99 && Double(got) <= wanted * 1.06 + unit * 0.0115,
                    "\(share): \(got), not \(wanted)")
            }
        }
    }

    /// Nine of ten use a fifth of a core; of memory the day's peak counts. An end for want of memory raises the target.
    @Test func boundsNarrowWithAgeAndAnEndRaisesMemory() throws {
        var widths: [Double] = []
        var history = VerticalHistory(target: nil)
        for day in 0..<8 {
            for minute in 0..<1_440 {
                let second = day * Self.day + minute * 60
                history.used(
                    "pod", Self.use(minute % 10 == 0 ? 1 : 0.2, 600_000_000 + minute % 7 * 10_000_000, second),
                    Self.at(second), settings)
            }
            let now = try recommended(history)
            widths.append(Double(now.processor.upper) / Double(now.processor.lower))
            #expect(now.processor.lower <= now.processor.target && now.processor.target <= now.processor.upper)
        }
        #expect(zip(widths, widths.dropFirst()).allSatisfy { $0 > $1 })
        let before = try recommended(history)
        #expect((220...270).contains(before.processor.target))
        #expect((759_000_000...805_000_000).contains(before.memory.target))
        let pod = Self.pod(memory: "1G", died: Self.at(8 * Self.day))
        history.look(at: pod, Self.at(8 * Self.day), settings)
        let after = try recommended(history)
        #expect(after.memory.target > 1_200_000_000 * 115 / 100)
        // The same end is not another one, and what it asks for now is not its fault.
        history.look(at: Self.pod(memory: "2G", died: Self.at(8 * Self.day)), Self.at(8 * Self.day + 60), settings)
        #expect(try recommended(history) == after)
        history.look(
            at: Self.pod(memory: "2G", died: Self.at(8 * Self.day + 90)), Self.at(8 * Self.day + 120), settings)
        #expect(try recommended(history).memory.target > after.memory.target)
    }

    private static func pod(memory: String, died: Instant) -> JSON {
        [
            "metadata": ["name": "p", "namespace": "default", "uid": "pod"],
            "spec": [
                "containers": [["name": "c", "resources": ["requests": ["memory": JSON(memory)]]]]
            ],
            "status": [
                "containerStatuses": [
                    [
                        "name": "c", "restartCount": 1,
                        "lastState": [
                            "terminated": [
                                "reason": "OOMKilled", "finishedAt": died.json, "startedAt": (died - .seconds(60)).json,
                            ]
                        ],
                    ]
                ]
            ],
        ]
    }

    @Test func littleIsNeverTooLittle() throws {
        var history = VerticalHistory(target: nil)
        history.used("pod", Self.use(0.0001, 1, 0), Self.at(0), settings)
        history.used("pod", Self.use(0.0001, 1, 0, container: "d"), Self.at(0), settings)
        let two = try recommended(history)
        #expect(two.processor.target == 12 && two.memory.target == 125 * 1024 * 1024)
        // Of one sample nothing is sure.
        #expect(two.processor.upper == 100_000_000_000_000 && two.processor.lower == 12)
        let report = VerticalReport(
            policy: policy, recommendations: history.recommendations(policy, settings), confidence: 0, podCount: 1)
        let status = report.status(of: ["metadata": ["generation": 3]], Self.at(0))
        let first = status["recommendation", "containerRecommendations"]?[0]
        #expect(first?["upperBound"]?.text == #"{"cpu":"100G","memory":"97656250000Ki"}"#, "\(status.text)")
        #expect(first?["target"]?.text == #"{"cpu":"12m","memory":"125Mi"}"#)
        #expect(status["observedGeneration"]?.int == 3)
        let conditions = status["conditions"]?.elements.map {
            "\($0["type"]?.string ?? "") \($0["status"]?.string ?? "")"
        }
        #expect(conditions == ["LowConfidence True", "RecommendationProvided True"])
        // With the one left alone the other has the least for itself.
        let alone = VerticalPolicy([
            "spec": ["resourcePolicy": ["containerPolicies": [["containerName": "d", "mode": "Off"]]]]
        ])
        let left = history.recommendations(alone, settings)
        #expect(left.map(\.name) == ["c"] && left.first?.amounts.processor.target == 25)
    }

    // MARK: Restarts

    private func checkpoint(_ history: VerticalHistory, _ now: Int) throws -> JSON {
        ["spec": ["containerName": "c"], "status": try #require(history.checkpoints(Self.at(now))["c"])]
    }

    @Test func whatWasRememberedIsAlmostTheSame() throws {
        let history = history(days: 3) { (Double($0 % 97) / 40, 400_000_000 + $0 % 1_440 * 500_000) }
        let (end, before) = (3 * Self.day, try recommended(history))
        var after = VerticalHistory(target: nil)
        try after.load(try checkpoint(history, end), Self.at(end))
        // The interval that ran is not in it: it will be measured again.
        after.used("pod", Self.use(0.5, 1_119_500_000, end), Self.at(end), settings)
        let now = try recommended(after)
        for (one, other) in [
            (now.processor.target, before.processor.target), (now.processor.lower, before.processor.lower),
            (now.memory.target, before.memory.target), (now.memory.upper, before.memory.upper),
        ] {
            #expect(abs(Double(one) / Double(other) - 1) < 0.051, "\(one), not \(other)")
        }
        // What had ended before it was written is not counted again, what ended after is.
        after.look(at: Self.pod(memory: "8G", died: Self.at(end - 60)), Self.at(end + 60), settings)
        #expect(try recommended(after).memory.target == now.memory.target)
        after.look(at: Self.pod(memory: "8G", died: Self.at(end + 30)), Self.at(end + 60), settings)
        #expect(try recommended(after).memory.target > 9_000_000_000)
    }

    /// A clock that was set back, and so what was written seems to be of the future: it counts as of now.
    @Test func aCheckpointOfTheFutureIsOfNow() throws {
        let history = history(days: 2) { _ in (0.5, 500_000_000) }
        var after = VerticalHistory(target: nil)
        let now = -400 * Self.day
        try after.load(try checkpoint(history, 2 * Self.day), Self.at(now))
        for minute in 0..<2_880 {
            let second = now + minute * 60
            after.used("pod", Self.use(2, 500_000_000, second), Self.at(second), settings)
        }
        // Two days later the new use is four fifths of all.
        let target = try recommended(after).processor.target
        #expect((2_200...2_500).contains(target), "\(target)")
    }

    @Test func badCheckpointsAreRefusedAndChangeNothing() throws {
        let good = try checkpoint(history(days: 1) { _ in (0.5, 500_000_000) }, Self.day)
        func load(_ change: (inout JSON) -> Void) throws -> VerticalHistory {
            var checkpoint = good
            change(&checkpoint)
            var history = VerticalHistory(target: nil)
            try history.load(checkpoint, Self.at(Self.day))
            return history
        }
        #expect(try load { _ in }.aggregates.count == 1)
        #expect(throws: CheckpointError.self) { _ = try load { $0["status", "version"] = "v2" } }
        #expect(throws: CheckpointError.self) { _ = try load { $0["status"] = nil } }
        #expect(throws: CheckpointError.self) { _ = try load { $0["status", "cpuHistogram", "totalWeight"] = -1 } }
        for bucket in ["-1", "1000000", "x"] {
            #expect(throws: CheckpointError.self) {
                _ = try load { $0["status", "memoryHistogram", "bucketWeights"] = [bucket: 1] }
            }
        }
        #expect(throws: Never.self) { _ = try load { $0["status", "cpuHistogram"] = [:] } }
    }

    // MARK: Broken measurements

    @Test func whatIsToldTwiceCountsOnceAndLongSilenceForgets() throws {
        var history = VerticalHistory(target: nil)
        for _ in 0..<5 { history.used("pod", Self.use(1, 1_000_000_000, 0), Self.at(0), settings) }
        #expect(history.aggregates["c"]?.sampleCount == 1)
        // A node whose clock went back is measured as well.
        history.used("pod", Self.use(1, 1_000_000_000, -7_200), Self.at(60), settings)
        #expect(history.aggregates["c"]?.sampleCount == 2)
        history.keep(only: [], Self.at(7 * Self.day), settings)
        #expect(history.aggregates.count == 1)
        history.keep(only: [], Self.at(8 * Self.day + 60), settings)
        #expect(history.aggregates.isEmpty && history.recommendations(policy, settings).isEmpty)
    }
}
