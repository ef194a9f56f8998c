import Basics
import ControlLoops
import Testing

@Suite struct BackoffTests {
    @Test func backoffDoublesUpToItsLimit() {
        var backoff = Backoff(base: .milliseconds(5), limit: .seconds(1_000), jitter: 0.5, random: SplitMix64(seed: 1))
        for failures in 0..<100 {
            let full = failures < 18 ? Duration.milliseconds(5) * (1 << failures) : .seconds(1_000)
            let delay = backoff.delay(afterFailures: failures)
            #expect(delay > min(full, .seconds(1_000)) * 0.49 && delay <= full)
        }
    }
}
