import APIServer
import Synchronization

/// Keeps `/readyz` from saying ok before everything is there that a user is told to use: the kubeconfig, and the objects
/// that every cluster has.
final class StartCheck: Sendable {
    private let isOver = Atomic(false)

    /// All is there.
    func finish() { isOver.store(true, ordering: .releasing) }

    var health: HealthCheck {
        HealthCheck("start", pages: ["readyz"]) { [self] in
            isOver.load(ordering: .acquiring) ? nil : "what every cluster has is being made"
        }
    }
}
