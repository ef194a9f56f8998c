import Basics
import Testing

@testable import Autoscalers

@Suite struct RecommenderTests {
    private static func at(_ seconds: Int) -> Instant { Instant(secondsSince1970: 1_700_000_000 + Int64(seconds)) }

    /// The percentile by its definition: all values kept, sorted, weighed by their age.
    private static func exact(_ values: [(value: Double, weight: Double, at: Int)], _ share: Double) -> Double {
        let last = values.map(\.at).max() ?? 0
        var weighed: [(value: Double, weight: Double)] = []
        for one in values {
            var weight = one.weight
            var age = Double(last - one.at)
            while age >= 86_400 {
                weight /= 2
                age -= 86_400
            }
            // Within a day linear enough for a comparison within some percent.
            weight *= 1 - age / 86_400 / 2
            weighed.append((one.value, weight))
        }
        weighed.sort { $0.value < $1.value }
        let total = weighed.reduce(0) { $0 + $1.weight }
        var sum = 0.0
        for one in weighed {
            sum += one.weight
            if sum >= share * total { return one.value }
        }
        return 0
    }

    @Test(arguments: [1, 2, 3, 4, 5]) func percentilesAreWithinTheRatioOfBuckets(_ seed: Int) {
        var chance = SplitMix64(seed: UInt64(seed))
        var histogram = DecayingHistogram(.processor, halfLife: .seconds(86_400))
        var values: [(value: Double, weight: Double, at: Int)] = []
        for minute in 0..<4_000 {
            let value = Double.random(in: 0.05...4, using: &chance)
            let weight = Double.random(in: 0.1...2, using: &chance)
            histogram.add(value, weight: weight, at: Self.at(minute * 60))
            values.append((value, weight, minute * 60))
        }
        for share in [0.5, 0.9, 0.95] {
            let (got, wanted) = (histogram.percentile(share), Self.exact(values, share))
            #expect(got >= wanted * 0.95 && got <= wanted * 1.12, "\(share): \(got), not \(wanted)")
        }
    }

    @Test func whatIsOldWeighsHalfADayLater() {
        var histogram = DecayingHistogram(.processor, halfLife: .seconds(86_400))
        for _ in 0..<3 { histogram.add(1, weight: 1, at: Self.at(0)) }
        histogram.add(4, weight: 2, at: Self.at(86_400))
        // Three halves against two.
        #expect(histogram.percentile(0.42) < 1.2 && histogram.percentile(0.44) > 3.9)
        // After years nothing of it is left, and nothing has overflowed.
        histogram.add(2, weight: 1, at: Self.at(86_400 * 3_000))
        #expect((2...2.2).contains(histogram.percentile(0.01)) && histogram.total.isFinite)
    }

    @Test func whatIsTakenBackIsGone() {
        var histogram = DecayingHistogram(.memory, halfLife: .seconds(86_400))
        histogram.add(1e9, weight: 1, at: Self.at(10))
        histogram.subtract(1e9, weight: 1, at: Self.at(10))
        #expect(histogram.isEmpty && histogram.percentile(0.9) == 0)
        histogram.add(.nan, weight: 1, at: Self.at(10))
        histogram.add(1e15, weight: 1, at: Self.at(10))
        #expect(histogram.percentile(0.9) >= 9e11)
    }
}
