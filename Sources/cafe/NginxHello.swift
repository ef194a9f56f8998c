import ArgumentParser
import Foundation
import Hummingbird
import Logging

/// Answers as the image nginxdemos/nginx-hello:plain-text does: who answered, when, what was asked.
///
/// It listens on POD_IP (all addresses without it) and port 8080. After SIGTERM it goes on accepting for a short while,
/// so that whoever has not yet heard that this pod is going loses nothing, and asks clients to close their connections;
/// then it finishes what is in flight and ends.
struct NginxHello: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nginx-hello", abstract: "Says who answered, in plain text.")

    @Option(help: "The address to listen on; POD_IP, or else all.")
    var address: String?
    @Option(help: "The port to listen on.")
    var port = 8080
    @Option(help: "Seconds in which new connections are still taken after SIGTERM.")
    var drainSeconds = 2.0

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let host = address ?? environment["POD_IP"] ?? "0.0.0.0"
        let greeting = Greeting(
            address: "\(host):\(port)", name: environment["HOSTNAME"] ?? ProcessInfo.processInfo.hostName)
        let drain = Drain(seconds: drainSeconds)
        let router = Router()
        router.add(middleware: ClosingMiddleware(drain: drain))
        router.get("**") { request, _ in await greeting.answer(to: request) }
        router.get("/") { request, _ in await greeting.answer(to: request) }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "skiff-cafe"),
            logger: Logger(label: "nginx-hello"))
        try await drain.run(application)
    }
}
