/// What a request to a kubelet asks for: a value of its method and path.
enum KubeletRoute: Equatable, Sendable {
    /// A pod by its names, and its uid if the path has one.
    struct PodPlace: Equatable, Sendable {
        var namespace: String
        var name: String
        var uid: String?
    }
    case health(String?)
    case pods, runningPods, configuration, summary
    case metrics(Metrics)
    case containerLogs(PodPlace, container: String)
    case exec(PodPlace, container: String)
    case attach(PodPlace, container: String)
    case run(PodPlace, container: String)
    case portForward(PodPlace)
    case checkpoint(PodPlace, container: String)
    /// Names below the machine's log directory; none is the directory.
    case nodeLogs([String])
    case notFound
    /// The path is there, but not by this method.
    case otherMethod

    enum Metrics: String, Sendable { case all = "", cadvisor, resource, probes }

    /// `segments` are the path's, decoded.
    init(method: String, _ segments: [String]) {
        let rest = Array(segments.dropFirst())
        let isRead = method == "GET" || method == "HEAD"
        let isSession = method == "GET" || method == "POST"
        func route(_ route: KubeletRoute?, if isAllowed: Bool) -> KubeletRoute {
            route.map { isAllowed ? $0 : .otherMethod } ?? .notFound
        }
        switch segments.first {
        // These answer to any method.
        case "healthz":
            self = rest.isEmpty ? .health(nil) : rest.count == 1 ? .health(rest[0]) : .notFound
        case "metrics":
            self = rest.count > 1 ? .notFound : Metrics(rawValue: rest.first ?? "").map { .metrics($0) } ?? .notFound
        case "pods": self = route(rest.isEmpty ? .pods : nil, if: isRead)
        case "runningpods": self = route(rest.isEmpty ? .runningPods : nil, if: isRead)
        case "configz": self = rest.isEmpty ? .configuration : .notFound
        case "stats": self = route(rest == ["summary"] ? .summary : nil, if: isRead)
        case "logs": self = route(.nodeLogs(rest), if: isRead)
        case "containerLogs":
            self = route(
                rest.count == 3 ? Self.container(rest).map { .containerLogs($0, container: $1) } : nil, if: isRead)
        case "exec": self = route(Self.container(rest).map { .exec($0, container: $1) }, if: isSession)
        case "attach": self = route(Self.container(rest).map { .attach($0, container: $1) }, if: isSession)
        case "run": self = route(Self.container(rest).map { .run($0, container: $1) }, if: method == "POST")
        case "checkpoint":
            self = route(
                rest.count == 3 ? Self.container(rest).map { .checkpoint($0, container: $1) } : nil,
                if: method == "POST")
        case "portForward":
            let place: PodPlace? =
                (2...3).contains(rest.count) && !rest.contains("")
                ? PodPlace(namespace: rest[0], name: rest[1], uid: rest.count == 3 ? rest[2] : nil) : nil
            self = route(place.map { .portForward($0) }, if: isSession)
        default: self = .notFound
        }
    }

    /// Namespace, name, perhaps uid, container.
    private static func container(_ rest: [String]) -> (PodPlace, String)? {
        guard (3...4).contains(rest.count), !rest.contains("") else { return nil }
        return (PodPlace(namespace: rest[0], name: rest[1], uid: rest.count == 4 ? rest[2] : nil), rest[rest.count - 1])
    }
}
