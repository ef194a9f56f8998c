import Basics
import HTTPMessages

/// One route: what it is called, who may call it, and what answers. `Context` is what the site serves from.
public struct Route<Context: Sendable>: Sendable {
    /// Who may call it.
    public enum Access: Sendable {
        case open
        /// Who shows credentials that are good for its path.
        case credentials
        /// Who may read an object that the path names: the route itself asks.
        case object
    }
    public let method: String
    public let path: PathTemplate
    public let access: Access
    /// Whether a call changes something, whatever its method says.
    public let changes: Bool
    /// Throws a `Problem`, or an error that the site makes one of.
    public let handle: @Sendable (Context, Call) async throws -> Answer

    public init(
        _ method: String, _ path: String, _ access: Access = .open, changes: Bool = false,
        _ handle: @escaping @Sendable (Context, Call) async throws -> Answer
    ) {
        self.method = method
        self.path = PathTemplate(path)
        self.access = access
        self.changes = changes
        self.handle = handle
    }
}

/// A request that has found its route.
public struct Call: Sendable {
    public let request: Request
    /// The decoded values of the path's parameters.
    public let parameters: [String: String]
    public let query: Query
}

/// Finds routes.
public struct Router<Context: Sendable>: Sendable {
    public enum Found: Sendable {
        case route(Route<Context>, Call)
        /// The path is there, but not by this method.
        case other(Answer)
    }
    public let routes: [Route<Context>]

    public init(_ routes: [Route<Context>]) { self.routes = routes }

    /// Throws the problem of a path that is not well formed or not there.
    public func find(_ request: Request) throws(Problem) -> Found {
        guard let path = PercentEncoding.segments(ofPath: request.path), let query = Query(request.query) else {
            throw Problem.badRequest("The path or the query is not well formed.")
        }
        let fitting = routes.compactMap { route in route.path.match(path).map { (route, $0) } }
        guard !fitting.isEmpty else { throw Problem.notFound("Nothing is served at this path.") }
        let method = request.method == "HEAD" ? "GET" : request.method
        guard let (route, parameters) = fitting.first(where: { $0.0.method == method }) else {
            return .other(Self.otherMethod(request.method, allowed: fitting.map(\.0.method)))
        }
        return .route(route, Call(request: request, parameters: parameters, query: query))
    }

    private static func otherMethod(_ method: String, allowed: [String]) -> Answer {
        var methods = Set(allowed).union(["OPTIONS"])
        if methods.contains("GET") { methods.insert("HEAD") }
        let allow = methods.sorted().joined(separator: ", ")
        if method == "OPTIONS" { return Answer(status: 204, headers: [("allow", allow)]) }
        return Problem(
            status: 405, title: "Method Not Allowed", detail: "This path knows \(allow).",
            headers: [.init(name: "allow", value: allow)]
        ).answer
    }
}
