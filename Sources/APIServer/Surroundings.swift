import APIMachinery

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

    var time: Timestamp {
        let nanoseconds = now()
        return Timestamp(
            secondsSince1970: nanoseconds / 1_000_000_000, nanoseconds: Int32(nanoseconds % 1_000_000_000))
    }
    /// The present second as RFC 3339, as in `creationTimestamp`.
    var timestamp: String { time.text }
    /// The present microsecond as RFC 3339 (metav1.MicroTime).
    var microTimestamp: String { time.microText }

    /// A random UUID in lower case.
    func uuid() -> String {
        var chance = Chance(source: random)
        return UUIDv4.text(using: &chance)
    }

    private struct Chance: RandomNumberGenerator {
        let source: @Sendable () -> UInt64
        func next() -> UInt64 { source() }
    }

    /// `count` letters and digits from which no words can be made, as Kubernetes' generated names end.
    func nameSuffix(count: Int = 5) -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<count).map { _ in letters[Int(random() % UInt64(letters.count))] })
    }
}
