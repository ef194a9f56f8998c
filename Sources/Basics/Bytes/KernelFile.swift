import Glibc

/// Files that the kernel makes up while they are read (proc(5), sysfs(5)). They have no size beforehand and come in pieces;
/// Foundation takes the first piece, of 4 KiB, for all of it.
public enum KernelFile {
    /// Nothing beyond is read.
    public static let mostBytes = 16 << 20

    /// All of a file; nil when it is not there or not ours to read. `path` is relative to the open `directory`, if there is one.
    public static func contents(of path: String, at directory: Int32 = AT_FDCWD) -> [UInt8]? {
        let file = openat(directory, path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < mostBytes {
            let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }

    /// The same as text; empty when there is none.
    public static func text(of path: String) -> String {
        contents(of: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
