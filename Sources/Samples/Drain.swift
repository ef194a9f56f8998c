import HTTPServer
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// How a server of the cafe stops: SIGTERM begins a time in which all goes on as before, save that `isGoing` says so;
/// then the listener closes, requests in flight finish, and the process ends.
final class Drain: Sendable {
    private let seconds: Double
    private let going = Atomic(false)

    init(seconds: Double) { self.seconds = seconds }

    var isGoing: Bool { going.load(ordering: .relaxed) }

    /// Serves until SIGTERM or SIGINT and the time after it.
    func run(_ listener: HTTPListener, logger: Logger) async throws {
        // A group without signals of its own: ours come through the gate.
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [listener], logger: logger))
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
