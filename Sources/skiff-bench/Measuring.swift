import Foundation

/// The mean processor time that one run of `work` takes, in microseconds, after a tenth as many runs to warm up. Other
/// programs on the machine do not count, as they would on a clock.
func microsecondsPerRun(_ runs: Int, _ work: () throws -> Void) rethrows -> Double {
    for _ in 0..<runs / 10 { try work() }
    let start = processorNanoseconds()
    for _ in 0..<runs { try work() }
    return Double(processorNanoseconds() - start) / 1000 / Double(runs)
}

/// What this thread has used of a processor so far.
private func processorNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
}

/// With two digits after the point.
func shown(_ value: Double) -> String { String(Double(Int(value * 100)) / 100) }
