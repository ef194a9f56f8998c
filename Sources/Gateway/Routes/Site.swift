import APIMachinery
import APIServer
import Basics
import Foundation
import Logging
import MariaDB
import Records

/// All that the gateway serves: one function from a request to its answer.
public struct Site: Sendable {
    public typealias API = @Sendable (Request) async -> Answer

    /// What the routes are served from; what is absent answers 401 or 503.
    public struct Parts: Sendable {
        /// Who guards the gateway's own routes: the API server's authenticators, the first that knows decides.
        public var authenticators: [any Authenticator] = []
        public var authorizer: (any Authorizer)?
        public var users: Users?
        /// The database of the audit events.
        public var database: Database?
        /// Texts in Prometheus' form for `/metrics`.
        public var metrics: [@Sendable () async -> String] = []
        /// Is told of each request outside the cluster API and its answer's status.
        public var onAnswer: (@Sendable (Request, Int) -> Void)?
        public init() {}
    }

    /// Nil for a site that is not a cluster's.
    let api: API?
    let configuration: GatewayConfiguration
    let parts: Parts
    let routes: [Route]
    let logger: Logger

    /// `api` serves the cluster API's paths; nil for a site that is not a cluster's.
    public init(
        _ configuration: GatewayConfiguration, api: API?, parts: Parts, routes: [Route] = WebRoutes.all,
        logger: Logger
    ) {
        self.configuration = configuration
        self.api = api
        self.parts = parts
        self.routes = routes
        self.logger = logger
    }

    public func answer(_ request: Request) async -> Answer {
        if let refusal = Gate.refusal(of: request, configuration) { return dressed(refusal, request) }
        if let api, APIPaths.contains(request.path) {
            let answer = EventStream.isWanted(request) ? await EventStream.answer(request, api) : await api(request)
            return dressed(answer, request)
        }
        let answer = await webAnswer(request)
        parts.onAnswer?(request, answer.status)
        return dressed(answer, request)
    }

    /// Adds what every answer has.
    private func dressed(_ answer: Answer, _ request: Request) -> Answer {
        var answer = answer
        if !answer.headers.contains(where: { $0.name == "audit-id" }) {
            answer.headers.append(("audit-id", UUID().uuidString.lowercased()))
        }
        if let origin = request.header("origin") {
            answer.headers += Gate.corsHeaders(for: origin, request, configuration)
        }
        return answer
    }

    private func webAnswer(_ request: Request) async -> Answer {
        do {
            guard let path = PercentEncoding.segments(ofPath: request.path), let query = Query(request.query) else {
                throw Problem.badRequest("The path or the query is not well formed.")
            }
            let fitting = routes.compactMap { route in route.path.match(path).map { (route, $0) } }
            guard !fitting.isEmpty else { throw Problem.notFound("Nothing is served at this path.") }
            let method = request.method == "HEAD" ? "GET" : request.method
            guard let (route, parameters) = fitting.first(where: { $0.0.method == method }) else {
                return Self.otherMethod(request.method, allowed: fitting.map(\.0.method))
            }
            if route.changes, let refusal = Gate.refusalOfChange(request, configuration) { return refusal }
            let user = try await admitted(request, to: route)
            return try await route.handle(
                self, Call(request: request, parameters: parameters, query: query, user: user))
        } catch let problem as Problem {
            return problem.answer
        } catch let error as StatusError {
            return Problem(status: error.code, title: error.reason.rawValue, detail: error.message).answer
        } catch {
            let problem = Problem(error) ?? .internalError
            logger.log(
                level: problem.status == 503 ? .debug : .error, "A request failed.",
                metadata: ["path": .string(request.path), "error": .string("\(error)")])
            return problem.answer
        }
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

    private func authenticated(_ request: Request) async -> UserInfo? {
        for authenticator in parts.authenticators {
            do {
                if let user = try await authenticator.authenticate(request) { return user }
            } catch {
                return nil  // the credentials are wrong
            }
        }
        return nil
    }

    /// Who asks, if the route is for them. Throws the 401 or 403 problem.
    private func admitted(_ request: Request, to route: Route) async throws -> UserInfo {
        let anonymous = UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"])
        guard route.access == .credentials else { return anonymous }
        guard let user = await authenticated(request) else {
            throw Problem(
                status: 401, title: "Unauthorized", detail: "This path needs a bearer token or a client certificate.",
                headers: [.init(name: "www-authenticate", value: "Bearer")])
        }
        let attributes = RequestAttributes(
            verb: request.method.lowercased(), path: request.path, isResourceRequest: false)
        guard let authorizer = parts.authorizer else {
            throw Problem.unavailable("Nothing can say yet who may call this.")
        }
        let decision = await authorizer.authorize(user, attributes)
        guard decision.allowed else {
            throw Problem(
                status: 403, title: "Forbidden",
                detail: "User \"\(user.name)\" may not call this path. \(decision.reason)")
        }
        return user
    }
}
