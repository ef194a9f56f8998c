import APIMachinery
import CoreMetrics
import Instruments
import NIOHTTP1

/// What clients are answered, under ingress-nginx' name.
struct IngressMetrics: Sendable {
    private struct Key: Hashable, Sendable {
        /// nil for a request that no Ingress wants.
        var ingress: ObjectKey?
        var service: String
        var method: String
        var status: UInt
    }
    private static let requests = MetricFamily.counter(
        "nginx_ingress_controller_requests", "The total number of client requests",
        labels: ["namespace", "ingress", "service", "method", "status"])
    private let answers: InstrumentTable<Key, Counter>

    init(_ metrics: any MetricsFactory) {
        answers = InstrumentTable { key in
            metrics.counter(
                Self.requests, key.ingress?.namespace ?? "", key.ingress?.name ?? "", key.service, key.method,
                String(key.status))
        }
    }

    func answered(_ route: IngressRoute?, _ method: HTTPMethod, _ status: HTTPResponseStatus) {
        let key = Key(
            ingress: route?.ingress, service: route?.target.service.name ?? "", method: Self.name(method),
            status: status.code)
        answers[key].increment()
    }

    /// What clients make up is one method.
    private static func name(_ method: HTTPMethod) -> String {
        switch method {
        case .GET, .HEAD, .POST, .PUT, .PATCH, .DELETE, .OPTIONS, .CONNECT, .TRACE: method.rawValue
        default: "OTHER"
        }
    }
}
