import Foundation
import Synchronization

/// Says which input it was when the process dies of one, or does not come back from it.
package enum FuzzWatch {
    /// The input that is at work; 0: none.
    static let seed = Atomic<UInt64>(0)
    private static let patienceSeconds = 60

    package static func start() {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS] {
            signal(number) { number in
                FuzzWatch.write("the process dies of seed ")
                FuzzWatch.write(FuzzWatch.seed.load(ordering: .relaxed))
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        Thread.detachNewThread {
            while true {
                let before = seed.load(ordering: .relaxed)
                sleep(UInt32(patienceSeconds))
                if before != 0, seed.load(ordering: .relaxed) == before {
                    write("the process hangs in seed ")
                    write(before)
                    exit(1)
                }
            }
        }
    }

    private static func write(_ text: StaticString) { _ = Foundation.write(2, text.utf8Start, text.utf8CodeUnitCount) }

    /// In decimal and with a line's end, without allocating: in a signal's handler.
    private static func write(_ number: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 21) { digits in
            var rest = number
            var place = 20
            digits[20] = 10
            repeat {
                place -= 1
                digits[place] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            guard let base = digits.baseAddress else { return }
            _ = Foundation.write(2, base + place, 21 - place)
        }
    }
}
