import FoundationEssentials
import Synchronization

/// Files that are looked at again now and then, such as certificates that somebody renews.
public final class FollowedFiles: Sendable {
    public enum Look: Sendable, Equatable {
        case unchanged
        /// The new contents are in use.
        case used
        /// The former contents stay in use. `isNew` if it was another reason, or none, the last time.
        case unusable(reason: String, isNew: Bool)
    }
    private struct State {
        var contents: [[UInt8]]
        var reason: String?
    }
    public let paths: [String]
    private let state: Mutex<State>

    /// Throws if one of them cannot be read.
    public init(_ paths: [String]) throws {
        self.paths = paths
        state = Mutex(State(contents: try Self.read(paths)))
    }

    /// What is in use, in the order of the paths.
    public var contents: [[UInt8]] { state.withLock { $0.contents } }

    /// `use` is given what is there now, if that is something else, and throws when it cannot be used (a half-written
    /// pair, say): then everything stays as it is until the next look. One task looks.
    public func look(_ use: ([[UInt8]]) throws -> Void) -> Look {
        do {
            let contents = try Self.read(paths)
            guard contents != self.contents else {
                state.withLock { $0.reason = nil }
                return .unchanged
            }
            try use(contents)
            state.withLock { $0 = State(contents: contents) }
            return .used
        } catch {
            let reason = "\(error)"
            return state.withLock { state in
                defer { state.reason = reason }
                return .unusable(reason: reason, isNew: state.reason != reason)
            }
        }
    }

    private static func read(_ paths: [String]) throws -> [[UInt8]] {
        try paths.map { [UInt8](try Data(contentsOf: URL(filePath: $0))) }
    }
}
