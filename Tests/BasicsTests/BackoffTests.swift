import Basics
import Testing

@Suite struct BackoffTests {
    @Test func backoffDoublesUpToItsLimit() {
        let backoff = Backoff(base: .milliseconds(5), limit: .seconds(1_000), jitter: 0.5)
        var random = SplitMix64(seed: 1)
        for failures in 0..<100 {
            let full = failures < 18 ? Duration.milliseconds(5) * (1 << failures) : .seconds(1_000)
            let delay = backoff.delay(afterFailures: failures, using: &random)
            #expect(delay > min(full, .seconds(1_000)) * 0.49 && delay <= full)
        }
        #expect(backoff.longestDelay(afterFailures: 3) == .milliseconds(40))
        #expect(backoff.delay(afterFailures: 3, chance: 1) == .milliseconds(40))
        #expect(backoff.delay(afterFailures: 3, chance: 0) == .milliseconds(20))
        #expect(Backoff.perKey.longestDelay(afterFailures: .max) == .seconds(1_000))
    }
}
