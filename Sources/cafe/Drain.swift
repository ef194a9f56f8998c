import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// How this server stops: SIGTERM begins a time in which all goes on as before, save that clients are asked to close
/// their connections; then the listener closes, requests in flight finish, and the process ends.
final class Drain: Sendable {
    private let seconds: Double
    private let going = Atomic(false)

    init(seconds: Double) { self.seconds = seconds }

    var isGoing: Bool { going.load(ordering: .relaxed) }

    func run(_ application: some ApplicationProtocol) async throws {
        let logger = Logger(label: "nginx-hello")
        // A group without signals of its own: ours come through the gate.
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [application], logger: logger))
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [self] in
                for await _ in signals {
                    going.store(true, ordering: .relaxed)
                    try? await Task.sleep(for: .seconds(seconds))
                    await group.triggerGracefulShutdown()
                    return
                }
            }
            try await group.run()
            tasks.cancelAll()
        }
    }
}

/// Tells clients of a server that is going to close their connections after this answer.
struct ClosingMiddleware<Context: RequestContext>: RouterMiddleware {
    let drain: Drain
    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        var response = try await next(request, context)
        if drain.isGoing { response.headers[.connection] = "close" }
        return response
    }
}
