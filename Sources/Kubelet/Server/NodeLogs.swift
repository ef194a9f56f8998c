import Basics
import Glibc
import HTTPMessages
import Synchronization

extension KubeletServer {
    /// `/logs/`: the machine's log files, and its directories as pages of links.
    func nodeLogs(_ names: [String], path: String) -> Answer {
        let file = ([logDirectory] + names).joined(separator: "/")
        var status = stat()
        guard stat(file, &status) == 0 else {
            return errno == EACCES ? KubeletText.answer(403, "403 Forbidden\n") : KubeletText.notFound
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            // Links of a page are below it only if its own path ends so.
            guard path.hasSuffix("/") else {
                return Answer(status: 301, headers: [("location", (names.last ?? "logs") + "/")])
            }
            return directory(file)
        case S_IFREG:
            guard let pieces = FilePieces(file) else { return KubeletText.answer(403, "403 Forbidden\n") }
            return Answer(
                status: 200, headers: [("content-type", "text/plain; charset=utf-8")], body: .stream(pieces))
        // Devices, sockets and pipes are no logs.
        default: return KubeletText.notFound
        }
    }

    private func directory(_ path: String) -> Answer {
        guard let stream = opendir(path) else { return KubeletText.answer(403, "403 Forbidden\n") }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream), names.count < Self.mostNames {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            var status = stat()
            let isDirectory = stat("\(path)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            names.append(isDirectory ? name + "/" : name)
        }
        let links = names.sorted().map { name in
            let target = name.split(separator: "/", omittingEmptySubsequences: false).map {
                PercentEncoding.encode(String($0))
            }
            return "<a href=\"\(target.joined(separator: "/"))\">\(Self.escaped(name))</a>\n"
        }
        return Answer(
            status: 200, headers: [("content-type", "text/html; charset=utf-8")],
            body: .bytes(
                Array(
                    "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n\(links.joined())</pre>\n"
                        .utf8)))
    }

    /// Of a directory no more are shown.
    private static let mostNames = 10_000

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&#34;").replacing("'", with: "&#39;")
    }
}

/// A file as an answer's body.
private final class FilePieces: ByteStream {
    private static let pieceBytes = 64 << 10
    /// nil once it is closed.
    private let descriptor: Mutex<Int32?>

    init?(_ path: String) {
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { return nil }
        descriptor = Mutex(opened)
    }
    deinit { cancel() }

    func next() async throws -> [UInt8]? {
        descriptor.withLock { descriptor in
            guard let file = descriptor else { return nil }
            var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
            let count = piece.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            guard count > 0 else { return nil }
            return Array(piece.prefix(count))
        }
    }
    func cancel() {
        descriptor.withLock { descriptor in
            if let file = descriptor { close(file) }
            descriptor = nil
        }
    }
}
