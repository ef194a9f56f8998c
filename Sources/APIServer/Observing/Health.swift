import CoreMetrics
import HTTPMessages
import Instruments
import Synchronization

/// One named check behind `/livez`, `/readyz` and `/healthz`.
public struct HealthCheck: Sendable {
    public var name: String
    /// Whether its failure is only shown, and fails nothing.
    public var isInformational: Bool
    /// The pages on which it is asked.
    public var pages: Set<String>
    /// nil when all is well, else a sentence.
    public var fault: @Sendable () async -> String?
    public init(
        _ name: String, isInformational: Bool = false, pages: Set<String> = ["livez", "readyz", "healthz"],
        fault: @escaping @Sendable () async -> String?
    ) {
        self.name = name
        self.isInformational = isInformational
        self.pages = pages
        self.fault = fault
    }
}

/// The health pages, as kube-apiserver writes them.
final class Health: Sendable {
    private let checks = Mutex<[HealthCheck]>([])
    /// A check on a page, as `/metrics/slis` shows what became of it.
    private struct Asked: Hashable {
        var name: String
        var page: String
    }
    private struct Series: Sendable {
        let last: Meter
        let successes: Counter
        let errors: Counter
    }
    private let series: InstrumentTable<Asked, Series>

    init(_ metrics: any MetricsFactory) {
        let last = MetricFamily.gauge(
            "kubernetes_healthcheck", "[STABLE] This metric records the result of a single healthcheck.",
            labels: ["name", "type"])
        let all = MetricFamily.counter(
            "kubernetes_healthchecks_total", "[STABLE] This metric records the results of all healthcheck.",
            labels: ["name", "type", "status"])
        series = InstrumentTable { asked in
            Series(
                last: metrics.gauge(last, asked.name, asked.page),
                successes: metrics.counter(all, asked.name, asked.page, "success"),
                errors: metrics.counter(all, asked.name, asked.page, "error"))
        }
    }

    private func count(_ name: String, on page: String, isGood: Bool) {
        let series = series[Asked(name: name, page: page)]
        let result: Int = isGood ? 1 : 0
        series.last.set(result)
        (isGood ? series.successes : series.errors).increment()
    }

    private static let pages = ["livez", "readyz", "healthz"]

    /// Each page, and each check that it has.
    var paths: [String] {
        let all = checks.withLock { $0 }
        return Self.pages.flatMap { page in
            ["/\(page)"] + all.filter { $0.pages.contains(page) }.map { "/\(page)/\($0.name)" }
        }
    }

    func add(_ check: HealthCheck) { checks.withLock { $0.append(check) } }

    /// `/livez`, `/readyz/etcd`, …; nil when there is no such page or check.
    func answer(path: String, query: Query) async -> Answer? {
        // Names of checks may have slashes.
        let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard let page = parts.first, Self.pages.contains(page) else { return nil }
        let excluded = Set(query.all("exclude"))
        let all = checks.withLock { $0 }.filter { $0.pages.contains(page) }
        if parts.count == 2 {
            guard let check = all.first(where: { $0.name == parts[1] }) else { return nil }
            if let fault = await check.fault() { return Self.text(500, "internal server error: \(fault)\n") }
            return Self.text(200, "ok")
        }
        var lines: [String] = []
        var isFailed = false
        for check in all {
            if excluded.contains(check.name) {
                lines.append("[+]\(check.name) excluded: ok")
                continue
            }
            let fault = await check.fault()
            count(check.name, on: page, isGood: fault == nil)
            if let fault {
                if check.isInformational {
                    lines.append("[-]\(check.name) failed, informational: \(fault)")
                } else {
                    isFailed = true
                    lines.append("[-]\(check.name) failed: \(fault)")
                }
            } else {
                lines.append("[+]\(check.name) ok")
            }
        }
        if isFailed { return Self.text(500, lines.joined(separator: "\n") + "\n\(page) check failed\n") }
        guard query["verbose"] != nil else { return Self.text(200, "ok") }
        return Self.text(200, lines.joined(separator: "\n") + "\n\(page) check passed\n")
    }

    static func text(_ status: Int, _ text: String) -> Answer {
        Answer(
            status: status,
            headers: [
                (name: "content-type", value: "text/plain; charset=utf-8"),
                (name: "x-content-type-options", value: "nosniff"),
            ], body: .bytes(Array(text.utf8)))
    }
}
