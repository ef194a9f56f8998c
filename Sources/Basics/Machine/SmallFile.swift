import Glibc

/// Small files, read whole.
///
/// Those below /proc (proc(5)) tell 0 as their size and give a page at a time, so Foundation's `contents(atPath:)` has
/// their first 4 KiB only; here a file is read until nothing more comes.
public enum SmallFile {
    /// At most so many bytes are read.
    public static let longestBytes = 16 << 20

    /// All that it holds now; nil when it is not there or may not be read. A relative path starts at `directory`, a
    /// descriptor.
    public static func bytes(_ path: String, at directory: Int32 = AT_FDCWD) -> [UInt8]? {
        let file = openat(directory, path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < longestBytes {
            let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }

    /// The same as text; empty when it cannot be read.
    public static func text(_ path: String) -> String { String(decoding: bytes(path) ?? [], as: UTF8.self) }
}
