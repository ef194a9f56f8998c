import Basics
import OutboundHTTP
import Synchronization

/// The drivers that have registered with this node.
final class CSIDrivers: Sendable {
    struct Unknown: Error, CustomStringConvertible {
        var name: String
        var description: String { "driver name \(name) not found in the list of registered CSI drivers" }
    }
    struct Driver: Sendable {
        var calls: CSICalls
        /// The socket that its calls go to.
        var endpoint: String
        var capabilities: Set<CSICalls.Capability>
    }
    private let held = Mutex<[String: Driver]>([:])
    private let http: OutboundClient

    init(http: OutboundClient) { self.http = http }

    func calls(at endpoint: String) -> CSICalls { CSICalls(socket: endpoint, http: http) }

    subscript(_ name: String) -> Driver? { held.withLock { $0[name] } }
    func driver(_ name: String) throws(Unknown) -> Driver {
        guard let driver = self[name] else { throw Unknown(name: name) }
        return driver
    }
    func add(_ name: String, _ driver: Driver) { held.withLock { $0[name] = driver } }
    /// Only the one with this socket: another may have taken the name.
    func remove(_ name: String, endpoint: String) -> Bool {
        held.withLock { held in
            guard held[name]?.endpoint == endpoint else { return false }
            held[name] = nil
            return true
        }
    }
}

/// The volumes that a node must not lose before it says so (`volumesInUse` in its status).
final class VolumesInUse: Sendable {
    private let names: Mutex<Set<String>>
    private let signal = Signal()

    init(_ names: Set<String>) { self.names = Mutex(names) }

    var current: Set<String> { names.withLock { $0 } }
    func add(_ name: String) { if names.withLock({ $0.insert(name).inserted }) { signal.raise() } }
    func remove(_ name: String) { if names.withLock({ $0.remove(name) != nil }) { signal.raise() } }
    /// Returns when they are others than they were, or the task is cancelled.
    func wait() async { await signal.wait() }
}
