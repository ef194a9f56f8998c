import APIMachinery
import Basics

/// What the server takes from outside itself: time and chance.
public struct Surroundings: Sendable {
    public var clock: any TimeSource
    public var random: @Sendable () -> UInt64

    public init(
        clock: any TimeSource = SystemClock(),
        random: @escaping @Sendable () -> UInt64 = Surroundings.chance.next
    ) {
        self.clock = clock
        self.random = random
    }

    /// The machine's own clock and generator.
    public static let real = Surroundings()
    /// The machine's generator.
    public static let chance = SystemChance()

    /// Unix time in nanoseconds.
    func now() -> Int64 { clock.now.nanoseconds }
    /// Nanoseconds since some moment, never set back: for waits and latencies.
    func uptime() -> Int64 { clock.uptime }
    /// Waits; throws `CancellationError` when the task is cancelled.
    func sleep(_ duration: Duration) async throws { try await clock.sleep(for: duration) }

    var time: Instant { clock.now }
    /// The present second as RFC 3339, as in `creationTimestamp`.
    var timestamp: String { time.rfc3339 }
    /// The present microsecond as RFC 3339 (metav1.MicroTime).
    var microTimestamp: String { time.rfc3339Micro }

    /// A random UUID in lower case.
    func uuid() -> String {
        var chance = Chance(source: random)
        return UUIDv4.text(using: &chance)
    }

    private struct Chance: RandomNumberGenerator {
        let source: @Sendable () -> UInt64
        func next() -> UInt64 { source() }
    }

    private static let letters = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

    /// `count` letters and digits from which no words can be made, as Kubernetes' generated names end.
    func nameSuffix(count: Int = 5) -> String {
        String(unsafeUninitializedCapacity: count) { output in
            for index in 0..<count { output[index] = Self.letters[Int(random() % UInt64(Self.letters.count))] }
            return count
        }
    }
}
