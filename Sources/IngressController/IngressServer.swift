import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// The listeners with all that they share; carries plans out.
final class IngressServer: Sendable {
    let site: Site
    private let certificates: Certificates
    private let plain: IngressListener
    private let secure: IngressListener?

    init(
        _ configuration: IngressProxy.Configuration, group: any EventLoopGroup, metrics: IngressMetrics, logger: Logger
    ) async throws {
        let site = try await Site(configuration, group: group, metrics: metrics, logger: logger)
        let certificates = Certificates(logger: logger)
        self.site = site
        self.certificates = certificates
        plain = IngressListener(site: site, tls: nil)
        secure = try configuration.defaultCertificate.map {
            IngressListener(site: site, tls: try certificates.context(chain: $0.chain, key: $0.key))
        }
    }

    /// Listens at both ports; if one cannot be had neither is kept.
    func bind(on group: any EventLoopGroup) async throws -> [any Channel] {
        let configuration = site.configuration
        var channels = [try await plain.bind(configuration.bindAddress, configuration.httpPort, on: group)]
        guard let secure else { return channels }
        do {
            channels.append(try await secure.bind(configuration.bindAddress, configuration.httpsPort, on: group))
        } catch {
            try? await channels[0].close()
            throw error
        }
        return channels
    }

    func carryOut(_ plan: IngressPlan) {
        certificates.replace(plan.certificates)
        // Upstreams before routes: a route never leads to a target that is not known.
        site.upstreamsChanged(to: plan.upstreams)
        site.routesChanged(to: plan.routes)
    }

    /// Stops listening, lets requests in flight finish, and closes everything.
    func stop(_ channels: [any Channel]) async {
        site.drain()
        for channel in channels { try? await channel.close() }
        await plain.drain()
        await secure?.drain()
        site.closePools()
    }
}
