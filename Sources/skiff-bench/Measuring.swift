import Foundation

/// The mean time that one run of `work` takes, in microseconds, after a tenth as many runs to warm up.
func microsecondsPerRun(_ runs: Int, _ work: () throws -> Void) rethrows -> Double {
    for _ in 0..<runs / 10 { try work() }
    let clock = ContinuousClock()
    let start = clock.now
    for _ in 0..<runs { try work() }
    return (clock.now - start) / .microseconds(1) / Double(runs)
}

/// With two digits after the point.
func shown(_ value: Double) -> String { String(Double(Int(value * 100)) / 100) }

/// The process's resident memory (proc(5), statm) in bytes, or 0 where there is no such file.
func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
}
