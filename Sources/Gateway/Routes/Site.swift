import APIMachinery
import APIServer
import Foundation
import Logging

/// All that the gateway serves: one function from a request to its answer.
public struct Site: Sendable {
    public typealias API = @Sendable (Request) async -> Answer
    let api: API
    let configuration: GatewayConfiguration
    let authenticator: (any Authenticator)?
    let authorizer: (any Authorizer)?
    let logger: Logger

    /// `api` serves the cluster API's paths; the authenticator and authorizer guard the gateway's own routes and are the
    /// API server's.
    public init(
        _ configuration: GatewayConfiguration, api: @escaping API, authenticator: (any Authenticator)?,
        authorizer: (any Authorizer)?, logger: Logger
    ) {
        self.configuration = configuration
        self.api = api
        self.authenticator = authenticator
        self.authorizer = authorizer
        self.logger = logger
    }

    public func answer(_ request: Request) async -> Answer {
        if let refusal = Gate.refusal(of: request, configuration) { return dressed(refusal, request) }
        if APIPaths.contains(request.path) {
            let answer = EventStream.isWanted(request) ? await EventStream.answer(request, api) : await api(request)
            return dressed(answer, request)
        }
        return dressed(await webAnswer(request), request)
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
            let fitting = WebRoutes.all.compactMap { route in route.path.match(path).map { (route, $0) } }
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
            logger.error(
                "A request failed.", metadata: ["path": .string(request.path), "error": .string("\(error)")])
            return Problem.internalError.answer
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

    /// Who asks, if the route is for them. Throws the 401 or 403 problem.
    private func admitted(_ request: Request, to route: Route) async throws -> UserInfo {
        let anonymous = UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"])
        guard route.access == .credentials else { return anonymous }
        guard let user = try? await authenticator?.authenticate(request) else {
            throw Problem(
                status: 401, title: "Unauthorized", detail: "This path needs a bearer token or a client certificate.",
                headers: [.init(name: "www-authenticate", value: "Bearer")])
        }
        let attributes = RequestAttributes(
            verb: request.method.lowercased(), path: request.path, isResourceRequest: false)
        guard let authorizer else { throw Problem.unavailable("Nothing can say yet who may call this.") }
        let decision = await authorizer.authorize(user, attributes)
        guard decision.allowed else {
            throw Problem(
                status: 403, title: "Forbidden",
                detail: "User \"\(user.name)\" may not call this path. \(decision.reason)")
        }
        return user
    }
}

/// The paths that belong to the cluster API.
enum APIPaths {
    private static let roots = [
        "api", "apis", "openapi", "version", "livez", "readyz", "healthz", "metrics", ".well-known",
    ]
    static func contains(_ path: String) -> Bool {
        let rest = path.utf8.dropFirst()
        let root = rest.prefix { $0 != UInt8(ascii: "/") }
        return roots.contains { $0.utf8.elementsEqual(root) }
    }
}
