import HTTPMessages
import Basics
import ControlLoops
import FoundationEssentials
import Glibc
import Synchronization

/// A container's log as a stream of bytes.
public final class ContainerLogStream: ByteStream {
    /// One piece is at most about this long.
    static let pieceBytes = 64 << 10
    static let pollInterval = Duration.milliseconds(100)

    private struct State {
        var reader: LogReader
        var renderer: LogRenderer
        var isCancelled = false
    }
    private let state: Mutex<State>
    private let isFollowing: Bool
    private let isRunning: @Sendable () async -> Bool
    private let clock: any TimeSource

    init(
        path: String, options: ContainerLogOptions, clock: any TimeSource,
        isRunning: @escaping @Sendable () async -> Bool
    ) {
        self.clock = clock
        self.isRunning = isRunning
        isFollowing = options.follow
        state = Mutex(
            State(
                reader: LogReader(path: path, tailLines: options.tailLines),
                renderer: LogRenderer(options, now: clock.now)))
    }

    /// The next piece; nil at the end, which for a followed log is the container's.
    public func next() async throws -> [UInt8]? {
        var isLast = !isFollowing
        while true {
            let (piece, isOver) = state.withLock { state -> ([UInt8], Bool) in
                var output: [UInt8] = []
                while output.count < Self.pieceBytes, !state.renderer.isExhausted, !state.isCancelled,
                    let line = state.reader.nextLine()
                { state.renderer.render(line[...], to: &output) }
                return (output, state.renderer.isExhausted || state.isCancelled)
            }
            if !piece.isEmpty { return piece }
            if isOver || isLast { return nil }
            // What was written before the container's end is all there once it is known to have ended.
            isLast = !(await isRunning())
            if !isLast { try await clock.sleep(for: Self.pollInterval) }
        }
    }
    public func cancel() { state.withLock { $0.isCancelled = true } }
}

/// Reads a log file and those it was rotated to, oldest first, and goes on where it stopped.
struct LogReader {
    private let directory: String
    private let name: String
    private var current: LogFileHandle?
    private var buffer: [UInt8] = []
    private var start = 0
    private var isOpened = false
    private let tailLines: Int?

    init(path: String, tailLines: Int?) {
        let slash = path.lastIndex(of: "/")
        directory = slash.map { String(path[..<$0]) } ?? "."
        name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        self.tailLines = tailLines
    }

    /// A whole line without its end, or nil when there is no more for now.
    mutating func nextLine() -> [UInt8]? {
        if !isOpened { open() }
        while true {
            if let newline = buffer[start...].firstIndex(of: 10) {
                let line = Array(buffer[start..<newline])
                start = newline + 1
                return line
            }
            if start > 0 {
                buffer.removeFirst(start)
                start = 0
            }
            guard let handle = current else { return nil }
            let bytes = handle.read()
            if !bytes.isEmpty {
                buffer.append(contentsOf: bytes)
                continue
            }
            // At the end of a file that is no longer the newest: the next one follows.
            guard let next = file(after: handle) else { return nil }
            let rest = handle.read()
            if !rest.isEmpty {
                buffer.append(contentsOf: rest)
                continue
            }
            current = next
        }
    }

    /// All files of the log, oldest first.
    private func files() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasPrefix(name + ".") }.sorted() + (names.contains(name) ? [name] : [])
    }
    private func file(after handle: LogFileHandle) -> LogFileHandle? {
        let handles = files().compactMap { LogFileHandle(directory + "/" + $0) }
        guard let index = handles.firstIndex(where: { $0.inode == handle.inode }) else { return handles.first }
        return index + 1 < handles.count ? handles[index + 1] : nil
    }

    private mutating func open() {
        var handles = files().compactMap { LogFileHandle(directory + "/" + $0) }
        guard !handles.isEmpty else { return }
        isOpened = true
        if var wanted = tailLines {
            while let last = handles.popLast() {
                let found = last.seekToLastLines(wanted)
                current = last
                wanted -= found
                if wanted <= 0 { return }
            }
        } else {
            current = handles.first
        }
    }
}

/// An open log file; closed when nobody holds it.
final class LogFileHandle: Sendable {
    let inode: UInt64
    private let file: Int32

    init?(_ path: String) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        var information = stat()
        fstat(file, &information)
        inode = UInt64(information.st_ino)
        self.file = file
    }
    deinit { close(file) }

    func read() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        return count > 0 ? Array(buffer[..<count]) : []
    }

    /// Stands before the last lines; returns how many there are, at most what was asked for.
    func seekToLastLines(_ wanted: Int) -> Int {
        var position = Int(lseek(file, 0, SEEK_END))
        guard wanted > 0 else { return 0 }
        var found = 0
        let size = position
        while position > 0 {
            let length = min(65_536, position)
            position -= length
            var buffer = [UInt8](repeating: 0, count: length)
            let count = buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(position)) }
            guard count > 0 else { break }
            for index in buffer[..<count].indices.reversed() where buffer[index] == 10 && position + index != size - 1 {
                found += 1
                if found == wanted {
                    lseek(file, off_t(position + index + 1), SEEK_SET)
                    return found
                }
            }
        }
        lseek(file, 0, SEEK_SET)
        return size > 0 ? found + 1 : 0
    }
}

/// Logs on the disk.
enum PodLogs {
    static func remove(_ path: String) { if !path.isEmpty { try? FileManager.default.removeItem(atPath: path) } }

    /// The last 80 lines, at most 2 KiB (terminationMessagePolicy FallbackToLogsOnError).
    static func terminationMessage(_ path: String) -> String {
        var options = ContainerLogOptions()
        options.tailLines = 80
        var reader = LogReader(path: path, tailLines: 80)
        var renderer = LogRenderer(options, now: Instant(nanoseconds: 0))
        var output: [UInt8] = []
        while let line = reader.nextLine() { renderer.render(line[...], to: &output) }
        return String(decoding: output.suffix(2048), as: UTF8.self)
    }
}
