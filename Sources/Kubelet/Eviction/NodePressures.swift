import ControlLoops
import Basics
import Synchronization

/// What a node is short of, for whoever tells of it and whoever must know.
final class NodePressures: Sendable {
    private let held = Mutex<Set<NodePressure>>([])
    private let signal = Signal()
    private let shutsDown = Mutex(false)

    var current: Set<NodePressure> { held.withLock { $0 } }

    /// The conditions that changed.
    func set(_ pressures: Set<NodePressure>) -> Set<NodePressure> {
        let changed = held.withLock { held in
            defer { held = pressures }
            return held.symmetricDifference(pressures)
        }
        if !changed.isEmpty { signal.raise() }
        return changed
    }
    /// The node ends in order, and takes no pods any more.
    var isShuttingDown: Bool { shutsDown.withLock { $0 } }
    func shutDown() {
        shutsDown.withLock { $0 = true }
        signal.raise()
    }
    /// Returns when they are others than they were, or the task is cancelled.
    func wait() async { await signal.wait() }
}
