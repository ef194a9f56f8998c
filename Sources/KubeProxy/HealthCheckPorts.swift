import APIMachinery
import HTTPMessages
import HTTPServer
import KubeAPI
import Listening
import Logging
import Synchronization

/// What a load balancer outside is told of one Service: whether this place has pods of it.
struct ServiceHealth: Sendable, Equatable {
    var service: ObjectKey
    var port: Int
    /// Ready ones that are here.
    var endpoints: Int

    /// As kube-proxy answers.
    var answer: Answer {
        let text =
            "{\n\t\"service\": {\n\t\t\"namespace\": \"\(service.namespace)\",\n\t\t\"name\": \"\(service.name)\"\n\t},\n"
            + "\t\"localEndpoints\": \(endpoints),\n\t\"serviceProxyHealthy\": true\n}"
        return Answer(
            status: endpoints > 0 ? 200 : 503,
            headers: [
                ("content-type", "application/json"), ("x-content-type-options", "nosniff"),
                ("x-load-balancing-endpoint-weight", String(endpoints)),
            ], body: .bytes(Array(text.utf8)))
    }
}

/// Answers at the health check node ports of Services with `externalTrafficPolicy: Local`.
actor HealthCheckPorts {
    private final class Told: Sendable {
        let health: Mutex<ServiceHealth>
        init(_ health: ServiceHealth) { self.health = Mutex(health) }
    }
    private struct Open {
        var told: Told
        var listeners: [Task<Void, Never>]
    }
    private let addresses: [String]
    private let logger: Logger
    private var open: [ObjectKey: Open] = [:]

    init(addresses: [String], logger: Logger) {
        self.addresses = addresses
        self.logger = logger
    }

    /// `health` is nil for a Service that is gone or has no such port.
    func serviceChanged(_ key: ObjectKey, to health: ServiceHealth?) {
        if let present = open[key] {
            let before = present.told.health.withLock { $0 }
            if let health, health.port == before.port { return present.told.health.withLock { $0 = health } }
            for listener in present.listeners { listener.cancel() }
            open[key] = nil
        }
        guard let health else { return }
        guard open.count < Limits.healthChecks else {
            logger.error("Too many health checks, one is left out", metadata: ["service": "\(key)"])
            return
        }
        let told = Told(health)
        open[key] = Open(
            told: told,
            listeners: addresses.map { address in
                let place = ListenPlace(.tcp, address, health.port)
                return Task { [logger] in await Self.serve(told, at: place, of: key, logger) }
            })
    }

    func closeAll() async {
        let listeners = open.values.flatMap(\.listeners)
        open = [:]
        for listener in listeners { listener.cancel() }
        for listener in listeners { await listener.value }
    }

    /// Until the task is cancelled; an address that cannot be had is tried again, and said once.
    private static func serve(_ told: Told, at place: ListenPlace, of key: ObjectKey, _ logger: Logger) async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await HTTPListener(
                    place, for: "the health check of service \(key)", logger: logger,
                    handler: RequestHandler { _ in told.health.withLock { $0 }.answer }
                ).run()
                return
            } catch {
                if failures == 0 {
                    logger.warning("A health check is not served, will try again", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: Limits.rebinding.delay(afterFailures: failures))
            failures += 1
        }
    }
}
