import APIMachinery
import APIServer
import Basics
import Foundation
import HTTPMessages
import HTTPServer
import KubeAPI
import Logging
import MariaDB
import PrometheusExport
import Records
import UserService

/// All that the gateway serves: one function from a request to its answer.
public struct Site: Sendable {
    public typealias API = @Sendable (Request) async -> Answer

    /// What the routes are served from; what is absent answers 401 or 503.
    public struct Parts: Sendable {
        /// Who guards the gateway's own routes: whoever guards the cluster API.
        public var access: AccessControl?
        public var users: Users?
        /// The database of the audit events.
        public var database: Database?
        /// Which browsers have logged in.
        public var sessions = Sessions()
        /// What `/metrics` shows.
        public var metrics: PrometheusRegistry?
        /// What `/metrics/slis` shows: what became of the health pages' checks.
        public var slis: PrometheusRegistry?
        /// What the scheduler thinks of a pod.
        public var explainScheduling: (@Sendable (ObjectKey) async throws -> JSON)?
        /// What the autoscaler thinks of its targets.
        public var explainScaling: ScalingQuestions?
        /// Is told of each request outside the cluster API and its answer's status.
        public var onAnswer: (@Sendable (Request, Int) -> Void)?
        public init() {}
    }

    /// Nil for a site that is not a cluster's.
    let api: API?
    let configuration: GatewayConfiguration
    let parts: Parts
    let router: Router<Site>
    let browserGuard: BrowserGuard
    let logger: Logger

    /// `api` serves the cluster API's paths; nil for a site that is not a cluster's.
    public init(
        _ configuration: GatewayConfiguration, api: API?, parts: Parts, routes: [Route<Site>] = WebRoutes.all,
        logger: Logger
    ) {
        self.configuration = configuration
        self.api = api
        self.parts = parts
        router = Router(routes)
        browserGuard = configuration.browserGuard
        self.logger = logger
    }

    public func answer(_ asked: Request) async -> Answer {
        switch browserGuard.verdict(on: asked) {
        case .refused(let problem): return dressed(problem.answer(for: asked.path), asked)
        case .preflight: return dressed(Answer(status: 204), asked)
        case .passed: break
        }
        let request: Request
        do throws(Problem) {
            // Only the login's own routes see its cookie.
            request = try LoginRoutes.paths.contains(asked.path) ? asked : parts.sessions.resolved(asked)
        } catch {
            return dressed(error.answer(for: asked.path), asked)
        }
        if let api, APIPaths.contains(request.path) || APIPaths.isIndex(request) {
            if let refusal = APIPaths.refusal(ofMethod: request) { return dressed(refusal, request) }
            return dressed(await apiAnswer(request, api), request)
        }
        let answer = await webAnswer(request)
        parts.onAnswer?(request, answer.status)
        return dressed(answer, request)
    }

    /// The answer to what is no request.
    func refusal(_ problem: Problem, target: String) -> Answer {
        var answer = problem.answer(for: target)
        answer.headers.append(("audit-id", UUID().uuidString.lowercased()))
        return answer
    }

    private func apiAnswer(_ request: Request, _ api: API) async -> Answer {
        if EventStream.isWanted(request) { return await EventStream.answer(request, api) }
        if let content = WebSocketAnswer.content(of: request) {
            return await WebSocketAnswer.answer(request, content, api)
        }
        return await api(request)
    }

    /// Adds what every answer has.
    private func dressed(_ answer: Answer, _ request: Request) -> Answer {
        var answer = answer
        if !answer.headers.contains(where: { $0.name == "audit-id" }) {
            answer.headers.append(("audit-id", UUID().uuidString.lowercased()))
        }
        if let origin = request.header("origin") {
            answer.headers += browserGuard.corsHeaders(for: origin, request)
        }
        return answer
    }

    private func webAnswer(_ request: Request) async -> Answer {
        do {
            switch try router.find(request) {
            case .other(let answer): return answer
            case .route(let route, let call):
                if route.changes, let refusal = browserGuard.refusalOfChange(request) { throw refusal }
                try await admit(request, to: route)
                return try await route.handle(self, call)
            }
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

    /// Throws the 401 or 403 problem when the route is not for whoever asks.
    private func admit(_ request: Request, to route: Route<Site>) async throws {
        guard route.access == .credentials else { return }
        let (user, authorizer) = try await identified(request)
        let attributes = RequestAttributes(
            verb: Verb(rawValue: request.method.lowercased()), path: request.path, isResourceRequest: false)
        let decision = await authorizer.authorize(user, attributes)
        guard decision.isAllowed else {
            throw Problem(
                status: 403, title: "Forbidden",
                detail: "User \"\(user.name)\" may not call this path. \(decision.reason)")
        }
    }

    /// Throws the 401 or 403 problem when who asks may not do this to the object; an empty name is all of a namespace.
    func admit(_ request: Request, _ verb: Verb, _ resource: GroupResource, _ key: ObjectKey) async throws {
        let (user, authorizer) = try await identified(request)
        let attributes = RequestAttributes(
            verb: verb, group: resource.group, version: "", resource: resource.resource, namespace: key.namespace,
            name: key.name, path: request.path, isResourceRequest: true)
        let decision = await authorizer.authorize(user, attributes)
        guard decision.isAllowed else {
            let call = Permission(verb, resource, name: key.name.isEmpty ? nil : key.name)
            throw StatusError.forbidden(user.name, to: call, namespace: key.namespace, reason: decision.reason)
        }
    }

    /// Who asks, and who judges what he may; throws the 401 problem.
    private func identified(_ request: Request) async throws -> (UserInfo, any Authorizer) {
        // Wrong credentials are refused as none are.
        guard let access = parts.access, let user = try? await access.identify(request), !user.isAnonymous else {
            throw Problem(
                status: 401, title: "Unauthorized", detail: "This path needs a bearer token or a client certificate.",
                headers: [.init(name: "www-authenticate", value: "Bearer")])
        }
        return (user, access.authorizer)
    }
}
