import ArgumentParser
import Foundation
import HTTPMessages
import HTTPServer
import Listening
import Logging
import MariaDB
import Records
import UserService

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
        let logger = Logger(label: "users")
        let database = Database(Self.databaseURL(environment), logger: logger)
        let site = UsersSite(users: Users(database: database), logger: logger)
        let host = environment["POD_IP"] ?? "0.0.0.0"
        let handler = RequestHandler { request in
            let answer = await site.answer(request)
            Self.say("\(request.sourceAddress) \"\(request.method) \(request.path)\" \(answer.status)")
            return answer
        }
        let listener = HTTPListener(
            ListenPlace(.tcp, host, port), for: "the user service", logger: logger, handler: handler
        ) { port in
            Self.say("Listening on \(host):\(port)")
        }
        try await Drain(seconds: drainSeconds).run(listener, logger: logger)
        await database.shutdown()
    }

    /// A line of the pod's log, written at once.
    private static func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8)) }

    /// `MYSQL_SERVICE_HOST` and `MYSQL_SERVICE_PORT` are the service links of the tutorial's Service `mysql`; a pod that
    /// was there before the Service finds it by name.
    static func databaseURL(_ environment: [String: String]) -> DatabaseURL {
        DatabaseURL(
            user: "root", password: environment["db_root_password"] ?? "",
            host: environment["MYSQL_SERVICE_HOST"] ?? "mysql",
            port: environment["MYSQL_SERVICE_PORT"].flatMap { Int($0) } ?? 3306,
            name: environment["db_name"] ?? "flaskapi")
    }
}

/// The tutorial's routes, under whatever host name the pod is called by.
struct UsersSite: Sendable {
    private let users: Users
    private let logger: Logger
    private let browserGuard = BrowserGuard(allowedHosts: ["*"])
    private let router = Router<Users>(UserRoutes.all { $0 })

    init(users: Users, logger: Logger) {
        self.users = users
        self.logger = logger
    }

    func answer(_ request: Request) async -> Answer {
        do {
            switch browserGuard.verdict(on: request) {
            case .refused(let problem): throw problem
            case .preflight: return Answer(status: 204)
            case .passed: break
            }
            switch try router.find(request) {
            case .other(let answer): return answer
            case .route(let route, let call):
                if route.changes, let refusal = browserGuard.refusalOfChange(request) { throw refusal }
                return try await route.handle(users, call)
            }
        } catch let problem as Problem {
            return problem.answer
        } catch {
            let problem = Problem(error) ?? .internalError
            if problem.status != 503 { logger.error("A request failed.", metadata: ["error": "\(error)"]) }
            return problem.answer
        }
    }
}
