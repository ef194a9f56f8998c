import APIMachinery
import CoreMetrics
import Instruments
import KubeAPI

/// What the server counts besides its requests, under kube-apiserver's names.
final class ServerMetrics: Sendable {
    struct StoreCall: Hashable, Sendable {
        enum Operation: String, Sendable { case create, update, delete }
        var operation: Operation
        var resource: GroupResource
    }
    private struct StoreSeries: Sendable {
        var total: Counter
        var errors: Counter
        var duration: Timer
    }
    private struct LocalAnswer: Hashable, Sendable {
        var verb: Verb
        var code: Int
    }

    let requests: RequestMetrics
    let watches: WatchMetrics
    let gauges: ServerGauges
    /// Where gauges are registered with who reads them.
    let factory: any MetricsFactory
    private let store: InstrumentTable<StoreCall, StoreSeries>
    private let localAnswers: InstrumentTable<LocalAnswer, Counter>
    private let auditEvents: Counter
    private let auditErrors: Counter
    private let auditLevels: InstrumentTable<AuditPolicy.Level, Counter>

    init(_ metrics: any MetricsFactory, _ version: VersionInfo) {
        factory = metrics
        requests = RequestMetrics(metrics)
        watches = WatchMetrics(metrics)
        gauges = ServerGauges(metrics, version)
        let call = ["operation", "group", "resource"]
        let duration = MetricFamily.histogram(
            "etcd_request_duration_seconds",
            "[ALPHA] Etcd request latency in seconds for each operation and object type.", labels: call,
            bounds: RequestMetrics.latencyBounds)
        let total = MetricFamily.counter(
            "etcd_requests_total", "[ALPHA] Etcd request counts for each operation and object type.", labels: call)
        let errors = MetricFamily.counter(
            "etcd_request_errors_total",
            "[ALPHA] Etcd failed request counts for each operation and object type.", labels: call)
        store = InstrumentTable { call in
            let (operation, group, resource) = (call.operation.rawValue, call.resource.group, call.resource.resource)
            return StoreSeries(
                total: metrics.counter(total, operation, group, resource),
                errors: metrics.counter(errors, operation, group, resource),
                duration: metrics.timer(duration, operation, group, resource))
        }
        let clientRequests = MetricFamily.counter(
            "rest_client_requests_total",
            "[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.",
            labels: ["code", "method", "host"])
        localAnswers = InstrumentTable { answer in
            metrics.counter(clientRequests, String(answer.code), Self.method(answer.verb), "in-process")
        }
        auditEvents = metrics.counter(
            .counter(
                "apiserver_audit_event_total",
                "[ALPHA] Counter of audit events generated and sent to the audit backend."))
        auditErrors = metrics.counter(
            .counter(
                "apiserver_audit_error_total",
                "[ALPHA] Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected "
                    + "by the error.", labels: ["plugin"]), "spool")
        let levels = MetricFamily.counter(
            "apiserver_audit_level_total", "[ALPHA] Counter of policy levels for audit events (1 per request).",
            labels: ["level"])
        auditLevels = InstrumentTable { metrics.counter(levels, $0.rawValue) }
    }

    func recordStoreCall(_ call: StoreCall, nanoseconds: Int64, isFailure: Bool) {
        let series = store[call]
        series.total.increment()
        series.duration.recordNanoseconds(nanoseconds)
        if isFailure { series.errors.increment() }
    }

    /// A call of a loop in this process, which is its client, too.
    func recordLocalCall(_ verb: Verb, code: Int) {
        localAnswers[LocalAnswer(verb: verb, code: code)].increment()
    }

    func recordAudit(_ level: AuditPolicy.Level) { auditLevels[level].increment() }
    func recordAuditEvent() { auditEvents.increment() }
    func recordAuditError() { auditErrors.increment() }

    private static func method(_ verb: Verb) -> String {
        switch verb {
        case .create: "POST"
        case .update: "PUT"
        case .patch: "PATCH"
        case .delete, .deleteCollection: "DELETE"
        default: "GET"
        }
    }
}
