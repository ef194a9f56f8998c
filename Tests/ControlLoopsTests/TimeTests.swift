import ControlLoops
import LoopTestKit
import Testing

@Suite struct TimeTests {
    @Test(arguments: [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
        ("2024-02-29T23:59:59.123456789+02:00", "2024-02-29T21:59:59.123456Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z"),
        ("2000-02-29T00:00:00-00:30", "2000-02-29T00:30:00.000000Z"),
    ])
    func readsAndWritesRFC3339(text: String, micro: String) {
        #expect(Instant(rfc3339: text)?.rfc3339Micro == micro)
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-13-02T03:04:05Z", "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z",
        "x026-01-02T03:04:05Z",
    ])
    func refusesWhatIsNotATime(text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test func everyDayComesBack() {
        for day in Int64(-60_000)..<60_000 {
            let instant = Instant(seconds: day * 86_400 + 12_345)
            #expect(Instant(rfc3339: instant.rfc3339) == instant)
        }
    }

    @Test func backoffDoublesUpToItsLimit() {
        var backoff = Backoff(base: .milliseconds(5), limit: .seconds(1_000), jitter: 0.5, dice: Dice(seed: 1))
        for failures in 0..<100 {
            let full = failures < 18 ? Duration.milliseconds(5) * (1 << failures) : .seconds(1_000)
            let delay = backoff.delay(afterFailures: failures)
            #expect(delay > min(full, .seconds(1_000)) * 0.49 && delay <= full)
        }
    }

    @Test func aSignalRaisedBeforeIsKept() async {
        let signal = Signal()
        signal.raise()
        signal.raise()
        await signal.wait()
        let clock = ManualClock()
        let waiting = Task { await signal.wait(until: clock.now + .seconds(5), clock) }
        while clock.nextDeadline == nil { await Task.yield() }
        clock.advance(by: .seconds(5))
        await waiting.value
    }
}
