/// A metric as its readers know it. It is declared beside the code that counts, under the field's own name and help.
public struct MetricFamily: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case counter, gauge
        /// The buckets' upper bounds, rising, without the last one, which has none.
        case histogram(bounds: [Double])
    }

    /// As Prometheus allows it: letters, digits, `_` and `:`.
    public let name: String
    public let kind: Kind
    public let help: String
    /// The names of what tells its series apart, in the order in which their values are given.
    public let labels: [String]

    public static func counter(_ name: String, _ help: String, labels: [String] = []) -> MetricFamily {
        MetricFamily(name: name, kind: .counter, help: help, labels: labels)
    }
    public static func gauge(_ name: String, _ help: String, labels: [String] = []) -> MetricFamily {
        MetricFamily(name: name, kind: .gauge, help: help, labels: labels)
    }
    public static func histogram(
        _ name: String, _ help: String, labels: [String] = [], bounds: [Double]
    ) -> MetricFamily {
        MetricFamily(name: name, kind: .histogram(bounds: bounds), help: help, labels: labels)
    }

    /// `count` bounds of which each is `factor` times the one before, as Prometheus' ExponentialBuckets.
    public static func bounds(from first: Double, times factor: Double, count: Int) -> [Double] {
        var bound = first
        return (0..<count).map { _ in
            defer { bound *= factor }
            return bound
        }
    }
}
