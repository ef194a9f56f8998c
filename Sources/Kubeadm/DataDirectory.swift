import Foundation

/// Where one `skiff` process keeps everything, and who may be in it.
public struct DataDirectory: Sendable {
    /// Why the directory cannot be used.
    public enum Failure: Error, CustomStringConvertible, Equatable {
        case cannotCreate(path: String, reason: String)
        case inUse(path: String)
        case cannotWrite(path: String, reason: String)

        public var description: String {
            switch self {
            case .cannotCreate(let path, let reason): "the data directory \(path) cannot be made: \(reason)"
            case .inUse(let path): "another skiff runs in \(path); stop it first, or name another --data-dir"
            case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)"
            }
        }
    }

    public let path: String
    /// Whether what is written must outlive the machine; without, nothing waits for the disk.
    public let isDurable: Bool
    /// Held for the life of the process; the kernel lets go of it when the process ends, however it ends.
    private let lockDescriptor: Int32

    /// Makes the directory if it is not there (mode 0700) and takes its lock.
    public init(path: String, isDurable: Bool = true) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure.cannotCreate(path: path, reason: error.localizedDescription)
        }
        let descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure.cannotWrite(path: "\(path)/lock", reason: errorText()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Failure.inUse(path: path)
        }
        self.path = path
        self.isDurable = isDurable
        lockDescriptor = descriptor
    }

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// `/var/lib/skiff` for root, else `$XDG_STATE_HOME/skiff` (`~/.local/state/skiff` where that is not set).
    public static func defaultPath(isRoot: Bool, environment: [String: String]) -> String {
        if isRoot { return "/var/lib/skiff" }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/skiff" }
        return "\(environment["HOME"] ?? "/tmp")/.local/state/skiff"
    }

    /// Writes a file of this directory, named by its whole path.
    public func write(_ content: String, to path: String) throws {
        try Self.write(content, to: path, isDurable: isDurable)
    }

    /// Writes a file that only its owner may read, so that it is there whole or not at all.
    public static func write(_ content: String, to path: String, isDurable: Bool = true) throws {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure.cannotWrite(path: path, reason: errorText()) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(content.utf8))
            if isDurable { try handle.synchronize() }
            try handle.close()
        } catch {
            throw Failure.cannotWrite(path: path, reason: error.localizedDescription)
        }
        guard rename(temporary, path) == 0 else { throw Failure.cannotWrite(path: path, reason: errorText()) }
    }
}

private func errorText() -> String { String(cString: strerror(errno)) }
