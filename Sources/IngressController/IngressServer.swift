import Basics
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// The listeners with all that they share; carries plans out.
final class IngressServer: Sendable {
    let state: IngressState
    private let certificates: Certificates
    private let plain: IngressListener
    private let secure: IngressListener?

    init(
        _ configuration: IngressProxy.Configuration, group: any EventLoopGroup, metrics: IngressMetrics, logger: Logger
    ) async throws {
        let state = try await IngressState(configuration, group: group, metrics: metrics, logger: logger)
        let certificates = Certificates()
        self.state = state
        self.certificates = certificates
        plain = IngressListener(state: state, tls: nil)
        secure = try configuration.defaultCertificate.map {
            IngressListener(state: state, tls: try certificates.context($0))
        }
    }

    /// Listens at both ports and returns them; if one cannot be had neither is kept. Throws `ListenFailure`.
    func listen(on group: any EventLoopGroup) async throws -> (http: Int, https: Int?) {
        let configuration = state.configuration
        do {
            let http = try await plain.listen(configuration.bindAddress, configuration.httpPort, on: group)
            let https = try await secure?.listen(configuration.bindAddress, configuration.httpsPort, on: group)
            return (http, https)
        } catch {
            await stop()
            throw error
        }
    }

    /// Returns what cannot be served as it is written.
    @discardableResult
    func carryOut(_ plan: IngressPlan, now: Instant = SystemClock().now) -> Set<IngressProblem> {
        let problems = certificates.replace(plan.certificates, now: now)
        // Upstreams before routes: a route never leads to a target that is not known.
        state.upstreamsChanged(to: plan.upstreams)
        state.routesChanged(to: plan.routes)
        return Set(plan.problems + problems)
    }

    /// Stops listening, lets requests in flight finish, and closes everything.
    func stop() async {
        state.drain()
        async let plainEnd: Void = plain.drain()
        await secure?.drain()
        await plainEnd
        state.closePools()
    }
}
