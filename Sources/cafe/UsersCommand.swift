import ArgumentParser
import Foundation
import Gateway
import Logging
import MariaDB
import Records
import ServiceLifecycle
import UnixSignals

/// The users tutorial's `flask-api` image: the user service on a MySQL server of the cluster. It reads the tutorial's
/// environment and makes neither database nor table; until they are there it answers 503.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "The tutorial's user service on a MySQL server.")

    @Option(help: "Port to listen on.")
    var port = 5000
    @Option(help: "Seconds between SIGTERM and the listener's end, so that nobody is sent here any more.")
    var drainSeconds = 2.0

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let database = Database(Self.databaseURL(environment), logger: Logger(label: "users"))
        let configuration = Self.gateway(environment, port: port)
        var parts = Site.Parts()
        parts.users = Users(database: database)
        parts.onAnswer = { request, status in
            Self.say("\(request.sourceAddress) \"\(request.method) \(request.path)\" \(status)")
        }
        let server = GatewayServer(
            configuration,
            site: Site(
                configuration, api: nil, parts: parts, routes: UserRoutes.all, logger: Logger(label: "users")),
            logger: Logger(label: "users")
        ) { listening in
            Self.say("Listening on \(configuration.plain?.host ?? ""):\(listening.plainPort ?? 0)")
        }
        try await serve(server)
        await database.shutdown()
    }

    /// A line of the pod's log, written at once.
    private static func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8)) }

    /// Serves until SIGTERM or SIGINT and the drain after it.
    private func serve(_ server: GatewayServer) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [server], logger: Logger(label: "users")))
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await _ in signals {
                    try? await Task.sleep(for: .seconds(drainSeconds))
                    await group.triggerGracefulShutdown()
                    return
                }
            }
            try await group.run()
            tasks.cancelAll()
        }
    }

    /// `MYSQL_SERVICE_HOST` and `MYSQL_SERVICE_PORT` are the service links of the tutorial's Service `mysql`; a pod that
    /// was there before the Service finds it by name.
    static func databaseURL(_ environment: [String: String]) -> DatabaseURL {
        DatabaseURL(
            user: "root", password: environment["db_root_password"] ?? "",
            host: environment["MYSQL_SERVICE_HOST"] ?? "mysql",
            port: environment["MYSQL_SERVICE_PORT"].flatMap { Int($0) } ?? 3306,
            name: environment["db_name"] ?? "flaskapi")
    }

    static func gateway(_ environment: [String: String], port: Int) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            plain: .init(host: environment["POD_IP"] ?? "0.0.0.0", port: port))
        configuration.allowedHosts = ["*"]
        return configuration
    }
}
