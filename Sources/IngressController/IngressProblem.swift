import APIMachinery
import ControlLoops
import KubeAPI

/// A part of an Ingress that cannot be served as it is written; the rest of it is. It becomes an event on the Ingress.
struct IngressProblem: Sendable, Hashable {
    enum Reason: String, Sendable {
        case certificate = "InvalidCertificate"
        case backend = "InvalidBackend"
        case path = "InvalidPath"
        case annotation = "InvalidAnnotation"
        case ingressClass = "InvalidClass"
    }
    var ingress: ObjectKey
    var reason: Reason
    var message: String

    init(_ ingress: ObjectKey, _ reason: Reason, _ message: String) {
        self.ingress = ingress
        self.reason = reason
        self.message = message
    }
}

/// Which problems are to be told: each once, for as long as it lasts. One that has gone and comes back is told again.
struct ProblemNews {
    private var told: Set<IngressProblem> = []

    /// The new ones among all that there are now, in an order that does not change.
    mutating func found(_ problems: Set<IngressProblem>) -> [IngressProblem] {
        defer { told = problems }
        return problems.subtracting(told).sorted {
            ($0.ingress, $0.reason.rawValue, $0.message) < ($1.ingress, $1.reason.rawValue, $1.message)
        }
    }
}
