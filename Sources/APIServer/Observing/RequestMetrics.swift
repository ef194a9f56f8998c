import Synchronization

/// Counts and latencies of requests, in Prometheus' text form and under kube-apiserver's names.
final class RequestMetrics: Sendable {
    /// Upper bounds of the latency buckets in seconds.
    static let bounds: [Double] = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 4, 5, 10, 20, 30, 60]
    /// So many different label sets are told apart; what is beyond counts as one.
    static let seriesLimit = 5_000

    private struct Series: Hashable {
        var verb: String
        var group: String
        var version: String
        var resource: String
        var subresource: String
        var code: Int
    }
    private struct Count {
        var total = 0
        var seconds = 0.0
        var buckets = [Int](repeating: 0, count: RequestMetrics.bounds.count)
    }
    private let counts = Mutex<[Series: Count]>([:])

    func record(_ attributes: RequestAttributes, code: Int, seconds: Double) {
        var series =
            attributes.isResourceRequest
            ? Series(
                verb: attributes.verb.rawValue, group: attributes.group, version: attributes.version,
                resource: attributes.resource, subresource: attributes.subresource?.rawValue ?? "", code: code)
            : Series(
                verb: attributes.verb.rawValue, group: "", version: "", resource: "", subresource: "", code: code)
        counts.withLock { counts in
            if counts.count >= Self.seriesLimit, counts[series] == nil {
                series = Series(verb: "other", group: "", version: "", resource: "", subresource: "", code: code)
            }
            counts[series, default: Count()].total += 1
            counts[series]?.seconds += seconds
            if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { counts[series]?.buckets[bucket] += 1 }
        }
    }

    /// The whole page.
    func text() -> String {
        let all = counts.withLock { $0 }.sorted { "\($0.key)" < "\($1.key)" }
        var lines = [
            "# HELP apiserver_request_total Counter of apiserver requests broken out for each verb, group, version, "
                + "resource, scope, component, and HTTP response code.",
            "# TYPE apiserver_request_total counter",
        ]
        for (series, count) in all {
            lines.append("apiserver_request_total{\(Self.labels(series)),code=\"\(series.code)\"} \(count.total)")
        }
        lines.append(
            "# HELP apiserver_request_duration_seconds Response latency distribution in seconds for each verb, group, "
                + "version, resource, subresource.")
        lines.append("# TYPE apiserver_request_duration_seconds histogram")
        var merged: [String: Count] = [:]
        for (series, count) in all {
            var sum = merged[Self.labels(series)] ?? Count()
            sum.total += count.total
            sum.seconds += count.seconds
            for (index, value) in count.buckets.enumerated() { sum.buckets[index] += value }
            merged[Self.labels(series)] = sum
        }
        for (labels, count) in merged.sorted(by: { $0.key < $1.key }) {
            var total = 0
            for (index, bound) in Self.bounds.enumerated() {
                total += count.buckets[index]
                lines.append("apiserver_request_duration_seconds_bucket{\(labels),le=\"\(bound)\"} \(total)")
            }
            lines.append("apiserver_request_duration_seconds_bucket{\(labels),le=\"+Inf\"} \(count.total)")
            lines.append("apiserver_request_duration_seconds_sum{\(labels)} \(count.seconds)")
            lines.append("apiserver_request_duration_seconds_count{\(labels)} \(count.total)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// kube-apiserver counts creates and updates by their methods.
    private static func shown(_ verb: String) -> String {
        switch verb {
        case "create": "POST"
        case "update": "PUT"
        default: verb.uppercased()
        }
    }

    private static func labels(_ series: Series) -> String {
        func quote(_ text: String) -> String {
            text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        }
        return
            "verb=\"\(quote(shown(series.verb)))\",group=\"\(quote(series.group))\",version=\"\(quote(series.version))\","
            + "resource=\"\(quote(series.resource))\",subresource=\"\(quote(series.subresource))\""
    }
}
