import ControlLoops
import Basics
import Synchronization

/// What a node is short of, for whoever tells of it and whoever must know.
final class NodePressures: Sendable {
    private let held = Mutex<Set<NodePressure>>([])
    private let signal = Signal()

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
    /// Returns when they are others than they were, or the task is cancelled.
    func wait() async { await signal.wait() }
}
