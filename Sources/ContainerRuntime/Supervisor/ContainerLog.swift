import Basics
import Glibc

/// Turns one stream of a container into lines of the CRI log format: `<RFC3339Nano> stdout F text`, and `P` instead of
/// `F` for a piece of a line that goes on.
struct LogLines {
    /// Longer lines are cut into pieces of this many bytes, as containerd does.
    static let maximumLine = 16 << 10

    let stream: String
    private var pending: [UInt8] = []

    init(stream: String) { self.stream = stream }

    mutating func append(_ bytes: ArraySlice<UInt8>, at time: Instant) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes
        while !rest.isEmpty {
            let room = Self.maximumLine - pending.count
            if let newline = rest.prefix(room + 1).firstIndex(of: 10) {
                pending.append(contentsOf: rest[..<newline])
                emit("F", time, &output)
                rest = rest[(newline + 1)...]
            } else {
                pending.append(contentsOf: rest.prefix(room))
                rest = rest.dropFirst(room)
                if pending.count == Self.maximumLine && !rest.isEmpty { emit("P", time, &output) }
            }
        }
        return output
    }
    /// What is left when the stream ends; a line without its end is a piece.
    mutating func finish(at time: Instant) -> [UInt8] {
        var output: [UInt8] = []
        if !pending.isEmpty { emit("P", time, &output) }
        return output
    }
    private mutating func emit(_ tag: String, _ time: Instant, _ output: inout [UInt8]) {
        output.append(contentsOf: "\(time.rfc3339Nano) \(stream) \(tag) ".utf8)
        output.append(contentsOf: pending)
        output.append(10)
        pending.removeAll(keepingCapacity: true)
    }
}

/// A container's log file, rotated. The directory is held open, so that the log goes on when the container's own mounts
/// hide it. Not thread-safe: a supervisor has one thread.
final class LogFile {
    static let maximumBytes = 10 << 20
    static let maximumFiles = 5

    private let directory: Int32
    private let directoryPath: String
    private let name: String
    private var file: Int32 = -1
    private var size = 0
    private let maximumBytes: Int

    init(path: String, maximumBytes: Int = LogFile.maximumBytes) throws(ContainerError) {
        let parts = path.split(separator: "/")
        name = String(parts.last ?? "log")
        directoryPath = "/" + parts.dropLast().joined(separator: "/")
        self.maximumBytes = maximumBytes
        try SystemCall.makeDirectories(directoryPath)
        let path = directoryPath
        directory = try SystemCall.check("open \(path)") { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        try openFile()
    }
    deinit {
        if file >= 0 { close(file) }
        close(directory)
    }

    private func openFile() throws(ContainerError) {
        file = try SystemCall.check("open log") {
            openat(directory, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        }
        var information = stat()
        size = fstat(file, &information) == 0 ? Int(information.st_size) : 0
    }

    /// Writes whole lines; a full disk loses lines, never the container.
    func write(_ lines: [UInt8]) {
        var rest = lines[...]
        while !rest.isEmpty {
            guard let count = try? SystemCall.write(file, rest), count > 0 else { return }
            rest = rest.dropFirst(count)
        }
        size += lines.count
        if size >= maximumBytes { rotate() }
    }

    private func rotate() {
        let rotated = "\(name).\(SystemClock().now.rfc3339Nano)"
        guard renameat(directory, name, directory, rotated) == 0 else { return }
        let previous = file
        do { try openFile() } catch { return }
        close(previous)
        guard let copy = try? SystemCall.check("dup", { fcntl(directory, F_DUPFD_CLOEXEC, 3) }),
            let stream = fdopendir(copy)
        else { return }
        defer { closedir(stream) }
        rewinddir(stream)
        var old: [String] = []
        while let entry = readdir(stream) {
            let entryName = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if entryName.hasPrefix(name + ".") { old.append(entryName) }
        }
        for name in old.sorted().dropLast(Self.maximumFiles - 1) { unlinkat(directory, name, 0) }
    }
}
