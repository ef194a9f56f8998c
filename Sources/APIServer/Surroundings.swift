#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the server takes from outside itself: time and chance.
public struct Surroundings: Sendable {
    /// Unix time in nanoseconds.
    public var now: @Sendable () -> Int64
    /// Nanoseconds since some moment, never set back: for waits and latencies.
    public var uptime: @Sendable () -> Int64
    public var random: @Sendable () -> UInt64
    /// Waits; throws `CancellationError` when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void

    public init(
        now: @escaping @Sendable () -> Int64, uptime: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> UInt64, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.uptime = uptime
        self.random = random
        self.sleep = sleep
    }

    /// The machine's own clock and generator.
    public static let real = Surroundings(
        now: { read(CLOCK_REALTIME) }, uptime: { read(CLOCK_MONOTONIC) },
        random: { UInt64.random(in: .min ... .max) },
        sleep: { try await Task.sleep(for: $0) })

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The present second as RFC 3339, as in `creationTimestamp`.
    var timestamp: String { Timestamp.text(seconds: now() / 1_000_000_000) }
    /// The present microsecond as RFC 3339 (metav1.MicroTime).
    var microTimestamp: String { Timestamp.microText(nanoseconds: now()) }

    /// A random UUID (RFC 9562, version 4) in lower case.
    func uuid() -> String {
        let high = random() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var index = 0
            for (word, marks) in [(high, [8, 12]), (low, [4])] {
                for digit in 0..<16 {
                    if marks.contains(digit) || (digit == 0 && index > 0) {
                        buffer[index] = UInt8(ascii: "-")
                        index += 1
                    }
                    let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit) & 15)
                    buffer[index] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
                    index += 1
                }
            }
            return index
        }
    }

    /// `count` letters and digits from which no words can be made, as Kubernetes' generated names end.
    func nameSuffix(count: Int = 5) -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<count).map { _ in letters[Int(random() % UInt64(letters.count))] })
    }
}
