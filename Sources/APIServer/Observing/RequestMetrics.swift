import KubeAPI
import CoreMetrics
import Instruments

/// Counts, latencies and sizes of requests, under kube-apiserver's names.
final class RequestMetrics: Sendable {
    /// What tells one kind of request from another; nothing of it is a client's to choose freely.
    struct Sort: Hashable, Sendable {
        enum Scope: String, Sendable { case none = "", cluster, namespace, resource }

        /// As kube-apiserver counts: creates and updates by their methods.
        var verb: String
        var isDryRun = false
        var group = ""
        var version = ""
        var resource = ""
        var subresource = ""
        var scope = Scope.none
    }
    private struct Key: Hashable, Sendable {
        var sort: Sort
        var code: Int

        /// Enough to tell nearly all apart; a request is looked up by it.
        func hash(into hasher: inout Hasher) {
            hasher.combine(sort.verb)
            hasher.combine(sort.resource)
            hasher.combine(code)
        }
    }
    private struct Series: Sendable {
        var total: Counter
        var duration: Timer
        /// Only of what reads.
        var size: Recorder?
    }

    private static let place = ["group", "version", "resource", "subresource", "scope", "component"]
    private static let total = MetricFamily.counter(
        "apiserver_request_total",
        "[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, "
            + "component, and HTTP response code.", labels: ["verb", "dry_run"] + place + ["code"])
    private static let duration = MetricFamily.histogram(
        "apiserver_request_duration_seconds",
        "[STABLE] Response latency distribution in seconds for each verb, dry run value, group, version, resource, "
            + "subresource, scope and component.", labels: ["verb", "dry_run"] + place, bounds: latencyBounds)
    private static let sizes = MetricFamily.histogram(
        "apiserver_response_sizes",
        "[STABLE] Response size distribution in bytes for each group, version, verb, resource, subresource, scope and "
            + "component.", labels: ["verb"] + place, bounds: MetricFamily.bounds(from: 1000, times: 10, count: 7))
    private static let longRunning = MetricFamily.gauge(
        "apiserver_longrunning_requests",
        "[STABLE] Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope "
            + "and component. Not all requests are tracked this way.", labels: ["verb"] + place)
    /// Upper bounds in seconds, of requests and of what they ask of the store.
    static let latencyBounds = [
        0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
    ]

    private let series: InstrumentTable<Key, Series>
    private let open: InstrumentTable<Sort, Meter>

    init(_ metrics: any MetricsFactory) {
        let component = "apiserver"
        series = InstrumentTable { key in
            let sort = key.sort
            let dryRun = sort.isDryRun ? "All" : ""
            return Series(
                total: metrics.counter(
                    Self.total, sort.verb, dryRun, sort.group, sort.version, sort.resource, sort.subresource,
                    sort.scope.rawValue, component, String(key.code)),
                duration: metrics.timer(
                    Self.duration, sort.verb, dryRun, sort.group, sort.version, sort.resource, sort.subresource,
                    sort.scope.rawValue, component),
                size: ["GET", "LIST"].contains(sort.verb)
                    ? metrics.histogram(
                        Self.sizes, sort.verb, sort.group, sort.version, sort.resource, sort.subresource,
                        sort.scope.rawValue, component)
                    : nil)
        }
        open = InstrumentTable { sort in
            metrics.gauge(
                Self.longRunning, sort.verb, sort.group, sort.version, sort.resource, sort.subresource,
                sort.scope.rawValue, component)
        }
    }

    /// A request that was answered; `bytes` is the body's length where it is known.
    func record(_ sort: Sort, code: Int, nanoseconds: Int64, bytes: Int?) {
        let series = series[Key(sort: sort, code: code)]
        series.total.increment()
        series.duration.recordNanoseconds(nanoseconds)
        if let bytes { series.size?.record(bytes) }
    }

    /// A watch, a log or a connection counts as open until the returned value is gone.
    func begin(_ sort: Sort) -> LongRequest { LongRequest(open[sort]) }
}

/// A request that is answered for long.
final class LongRequest: Sendable {
    private let open: Meter
    init(_ open: Meter) {
        self.open = open
        open.increment()
    }
    deinit { open.decrement() }
}

extension RequestMetrics.Sort {
    private static let pages: Set<String> = ["/healthz", "/livez", "/readyz", "/version"]

    /// `isServed` says whether the resource, and its subresource, are; others are not told apart.
    init(_ attributes: RequestAttributes, isServed: Bool, isDryRun: Bool, isApply: Bool, isConnection: Bool) {
        let isResource = attributes.isResourceRequest && isServed
        let verb = attributes.verb
        self.init(verb: isConnection ? "CONNECT" : isApply ? "APPLY" : Self.shown(verb), isDryRun: isDryRun)
        if isResource {
            group = attributes.group
            version = attributes.version
            resource = attributes.resource
            subresource = attributes.subresource?.rawValue ?? ""
        } else if Self.pages.contains(attributes.path) {
            subresource = attributes.path
        }
        scope =
            if !attributes.name.isEmpty || attributes.isResourceRequest && verb == .create {
                .resource
            } else if !attributes.namespace.isEmpty {
                .namespace
            } else {
                attributes.isResourceRequest ? .cluster : .none
            }
    }

    private static func shown(_ verb: Verb) -> String {
        switch verb {
        case .create: "POST"
        case .update: "PUT"
        case .get: "GET"
        case .list: "LIST"
        case .watch: "WATCH"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .deleteCollection: "DELETECOLLECTION"
        case .other(let method): ["post", "put", "head", "options"].contains(method) ? method.uppercased() : "OTHER"
        }
    }
}
