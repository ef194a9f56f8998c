import Basics
import Foundation
import Synchronization

/// A file of audit events, one a line, that is set aside when it has grown (`--audit-log-path`).
public final class AuditLogFile: Sendable {
    public struct Failure: Error, CustomStringConvertible { public let description: String }

    private struct State {
        var file: Int32 = -1
        var bytes = 0
    }
    private let path: String
    private let maximumBytes: Int
    private let maximumBackups: Int
    private let state = Mutex(State())

    /// `-` is standard output. Of files that were set aside the newest `maximumBackups` are kept, all if that is 0.
    public init(path: String, maximumBytes: Int = 100 << 20, maximumBackups: Int = 0) throws {
        self.path = path
        self.maximumBytes = maximumBytes
        self.maximumBackups = maximumBackups
        try state.withLock { try open(&$0) }
    }
    deinit { state.withLock { if $0.file > 2 { close($0.file) } } }

    /// Adds events; throws when they are not all written.
    public func append(_ events: [[UInt8]]) throws {
        var lines: [UInt8] = []
        for event in events {
            lines += event
            lines.append(UInt8(ascii: "\n"))
        }
        try state.withLock { state in
            if state.bytes > 0, state.bytes + lines.count > maximumBytes { try setAside(&state) }
            var rest = lines[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(state.file, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw Self.failure("write", path) }
                rest = rest.dropFirst(count)
            }
            state.bytes += lines.count
        }
    }

    private func open(_ state: inout State) throws {
        if path == "-" {
            state.file = STDOUT_FILENO
            return
        }
        let file = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure("open", path) }
        if state.file > 2 { close(state.file) }
        var information = stat()
        state = State(file: file, bytes: fstat(file, &information) == 0 ? Int(information.st_size) : 0)
    }

    /// Renames the file after the moment, between its name and its extension.
    private func setAside(_ state: inout State) throws {
        guard path != "-" else { return }
        let parts = Self.parts(path)
        let moment = SystemClock().now.rfc3339Micro.replacing(":", with: "-").replacing("Z", with: "")
        guard rename(path, "\(parts.directory)/\(parts.start)\(moment)\(parts.end)") == 0 else {
            throw Self.failure("rename", path)
        }
        try open(&state)
        guard maximumBackups > 0 else { return }
        let old = Self.backups(of: path)
        for name in old.dropLast(maximumBackups) { unlink("\(parts.directory)/\(name)") }
    }

    /// The names of the files that were set aside, the oldest first.
    static func backups(of path: String) -> [String] {
        let parts = parts(path)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parts.directory)) ?? []
        return names.filter { $0.hasPrefix(parts.start) && $0.hasSuffix(parts.end) }.sorted()
    }

    private static func parts(_ path: String) -> (directory: String, start: String, end: String) {
        let url = URL(fileURLWithPath: path)
        let end = url.pathExtension
        return (
            url.deletingLastPathComponent().path, url.deletingPathExtension().lastPathComponent + "-",
            end.isEmpty ? "" : "." + end
        )
    }

    private static func failure(_ call: String, _ path: String) -> Failure {
        Failure(description: "\(call) \(path): \(String(cString: strerror(errno)))")
    }
}
