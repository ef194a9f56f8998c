import Basics
import Testing

@testable import Kubelet

@Suite struct StatsSamplerTests {
    private static func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test func ratesAreOverAWindowThatIsLongEnough() {
        var history = UsageHistory()
        func rate(_ milliseconds: Int64, _ used: Int) -> ResourceStats.Rate? {
            history.usage(of: "a", Self.at(milliseconds), processorNanoseconds: used, workingSetBytes: 1).rate
        }
        #expect(rate(0, 0) == nil)
        #expect(rate(2_000, 1_000_000_000) == nil)
        // A quarter of a processor over eight seconds.
        #expect(rate(8_000, 2_000_000_000) == .init(nanocores: 250_000_000, window: .seconds(8)))
        // Too soon after: the last rate stays.
        #expect(rate(9_000, 9_000_000_000) == .init(nanocores: 250_000_000, window: .seconds(8)))
        #expect(rate(18_000, 12_000_000_000) == .init(nanocores: 1_000_000_000, window: .seconds(10)))
        // A counter that went back is another's.
        #expect(rate(30_000, 5) == nil)
    }

    @Test func whatIsNotCountedAgainIsForgotten() {
        var history = UsageHistory()
        for (time, ids) in [(Int64(0), ["a", "b"]), (10_000, ["a"]), (20_000, ["a", "b"])] {
            history.begin()
            let rates = ids.map {
                history.usage(of: $0, Self.at(time), processorNanoseconds: 0, workingSetBytes: 0).rate != nil
            }
            history.end()
            #expect(rates == (time == 0 ? [false, false] : time == 10_000 ? [true] : [true, false]))
        }
    }

    @Test func readsWhatTheKernelCounts() {
        let usage = MachineUsage(
            stat: "cpu  100 1 50 9999 77 2 3 4 60 0\ncpu0 100 1 50 9999 77 2 3 4 60 0\nbtime 1700000000\n",
            memory: "MemTotal:  1000 kB\nMemFree:  200 kB\nMemAvailable:  600 kB\n",
            load: "0.20 0.18 0.12 1/80 11206\n",
            limit: "32768\n", ticksPerSecond: 100)
        #expect(usage.processorNanoseconds == 1_600_000_000)
        #expect(usage.startedAt == Instant(secondsSince1970: 1_700_000_000))
        #expect(usage.workingSetBytes == 400 * 1024 && usage.usedBytes == 800 * 1024)
        #expect(usage.processes == 80 && usage.maximumProcesses == 32768)
        #expect(
            MachineUsage(stat: "", memory: "x", load: "", limit: "", ticksPerSecond: 100)
                == MachineUsage(stat: "cpu", memory: "", load: "a b", limit: "z", ticksPerSecond: 100))
    }
}
