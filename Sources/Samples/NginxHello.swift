import ArgumentParser
import Foundation
import HTTPMessages
import HTTPServer
import Listening
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
        let shown = host == "0.0.0.0" ? OwnAddress.first() ?? host : host
        let greeting = Greeting(
            address: "\(shown):\(port)", name: environment["HOSTNAME"] ?? ProcessInfo.processInfo.hostName)
        let drain = Drain(seconds: drainSeconds)
        let logger = Logger(label: "nginx-hello")
        let handler = RequestHandler(isQuick: { !greeting.asksNeighbour($0) }) { request in
            var answer = await greeting.answer(to: request)
            answer.headers.append(("server", "skiff-cafe"))
            if drain.isGoing { answer.headers.append(("connection", "close")) }
            return answer
        }
        let listener = HTTPListener(
            ListenPlace(.tcp, host, port), for: "the greeting", logger: logger, handler: handler)
        try await drain.run(listener, logger: logger)
    }
}
