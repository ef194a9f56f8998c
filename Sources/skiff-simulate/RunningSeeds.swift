import Glibc

/// Which seeds run now, told if the process dies of one (a trap in the code under test is a finding, too).
enum RunningSeeds {
    private static let limit = 256
    /// Written by jobs, each at its own place, and read by the signal handler, which may not lock or allocate.
    nonisolated(unsafe) private static let seeds: UnsafeMutablePointer<UInt64> = {
        let seeds = UnsafeMutablePointer<UInt64>.allocate(capacity: limit)
        seeds.initialize(repeating: 0, count: limit)
        return seeds
    }()

    static func begin(_ job: Int, _ seed: UInt64) {
        if job < limit { seeds[job] = seed }
    }

    static func reportWhenDying() {
        _ = seeds
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS] {
            signal(number) { number in
                for job in 0..<RunningSeeds.limit where RunningSeeds.seeds[job] != 0 {
                    RunningSeeds.write("the process dies while it runs seed ")
                    RunningSeeds.write(RunningSeeds.seeds[job])
                    RunningSeeds.write("\n")
                }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    private static func write(_ text: StaticString) { _ = Glibc.write(2, text.utf8Start, text.utf8CodeUnitCount) }

    /// In decimal, without allocating.
    private static func write(_ number: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var place = 20
            repeat {
                place -= 1
                digits[place] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            guard let base = digits.baseAddress else { return }
            _ = Glibc.write(2, base + place, 20 - place)
        }
    }
}
