import APIMachinery

/// A point in wall-clock time, in nanoseconds since 1970-01-01 UTC.
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    public init(seconds: Int64) {
        self.nanoseconds = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue
    }

    public static let distantFuture = Instant(nanoseconds: .max)

    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
    /// Saturates at the ends of the range.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, hasOverflowed) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Instant(nanoseconds: hasOverflowed ? (duration < .zero ? .min : .max) : sum)
    }
    public static func - (instant: Instant, duration: Duration) -> Instant {
        let (difference, hasOverflowed) = instant.nanoseconds.subtractingReportingOverflow(duration.wholeNanoseconds)
        return Instant(nanoseconds: hasOverflowed ? (duration < .zero ? .max : .min) : difference)
    }
    public static func - (left: Instant, right: Instant) -> Duration {
        let (difference, hasOverflowed) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return .nanoseconds(hasOverflowed ? (left < right ? .min : .max) : difference)
    }
}

extension Duration {
    /// In nanoseconds, held to what fits in 64 bits.
    var wholeNanoseconds: Int64 {
        let parts = components
        let (seconds, hasOverflowed) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if hasOverflowed { return parts.seconds < 0 ? .min : .max }
        let (sum, alsoOverflowed) = seconds.addingReportingOverflow(parts.attoseconds / 1_000_000_000)
        return alsoOverflowed ? (seconds < 0 ? .min : .max) : sum
    }
}

// MARK: - As Kubernetes writes time

extension Instant {
    /// RFC 3339 in UTC with whole seconds, as metav1.Time: "2026-01-02T03:04:05Z".
    public var rfc3339: String { timestamp.text }
    /// RFC 3339 in UTC with microseconds, as metav1.MicroTime: "2026-01-02T03:04:05.000006Z".
    public var rfc3339Micro: String { timestamp.microText }

    /// Reads RFC 3339 with an optional fraction and any offset; nil for anything else. 64 bits of nanoseconds reach from
    /// 1678 to 2262; what lies outside is held to the ends.
    public init?(rfc3339 text: String) {
        guard let timestamp = Timestamp(text) else { return nil }
        let (scaled, hasOverflowed) = timestamp.secondsSince1970.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, alsoOverflowed) = scaled.addingReportingOverflow(Int64(timestamp.nanoseconds))
        self.init(
            nanoseconds: hasOverflowed || alsoOverflowed ? (timestamp.secondsSince1970 < 0 ? .min : .max) : sum)
    }

    public var timestamp: Timestamp {
        let rest = nanoseconds % 1_000_000_000
        return Timestamp(
            secondsSince1970: nanoseconds / 1_000_000_000 - (rest < 0 ? 1 : 0),
            nanoseconds: Int32(rest < 0 ? rest + 1_000_000_000 : rest))
    }
}
