import CProcess
import Glibc

/// Why something cannot be mounted, or taken down; a sentence.
public struct MountFailure: Error, CustomStringConvertible {
    public var description: String
    public init(description: String) { self.description = description }
}

/// What is mounted, as this process sees it (proc_pid_mountinfo(5)).
public struct MountTable: Sendable {
    struct Entry: Sendable, Equatable {
        var path: String
        /// What is mounted here later shows where this is bound to, and the other way round.
        var isShared: Bool
    }
    let entries: [Entry]

    /// Such as `36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 - ext3 /dev/root rw`.
    init(_ text: String) {
        entries = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 6 else { return nil }
            return Entry(
                path: Self.plain(fields[4]),
                isShared: fields[6...].prefix { $0 != "-" }.contains { $0.hasPrefix("shared:") })
        }
    }
    public static func read() -> MountTable {
        MountTable(String(decoding: SystemCall.contents(of: "/proc/self/mountinfo") ?? [], as: UTF8.self))
    }

    /// White space and backslashes are written in octal.
    private static func plain(_ field: Substring) -> String {
        guard field.contains("\\") else { return String(field) }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether something is mounted at exactly this path.
    public func isMounted(_ path: String) -> Bool {
        let real = Self.resolved(path)
        return entries.contains { $0.path == real }
    }
    /// What is mounted at a path or below it, the innermost first.
    public func below(_ path: String) -> [String] {
        let real = Self.resolved(path)
        return entries.map(\.path).filter { $0 == real || $0.hasPrefix(real + "/") }.reversed()
    }
    /// Whether what is mounted at a path shows elsewhere too.
    public func isShared(_ path: String) -> Bool {
        let real = Self.resolved(path)
        let around = entries.filter { $0.path == "/" || real == $0.path || real.hasPrefix($0.path + "/") }
        return around.max { $0.path.utf8.count < $1.path.utf8.count }?.isShared ?? false
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    // MARK: Changes

    /// Makes a directory a mount of its own in which what is mounted shows wherever it is bound to.
    public static func share(_ path: String) throws(MountFailure) {
        let table = read()
        if table.isShared(path) { return }
        if !table.isMounted(path), CProcess.mount(path, path, nil, UInt(MS_BIND | MS_REC), nil) != 0 {
            throw MountFailure(description: "failed to bind-mount \(path): \(SystemCall.describe(errno))")
        }
        if CProcess.mount(nil, path, nil, UInt(MS_SHARED | MS_REC), nil) != 0 {
            throw MountFailure(description: "failed to make \(path) rshared: \(SystemCall.describe(errno))")
        }
    }

    /// Opens what is below a directory for its place alone, following no links; nil and errno.
    public static func open(_ path: String, below directory: Int32) -> Int32? {
        let opened = cprocess_open_beneath(directory, path)
        return opened < 0 ? nil : opened
    }

    /// Shows an open file or directory at another path, whatever happens to its own.
    public static func bind(_ descriptor: Int32, at target: String) throws(MountFailure) {
        let source = "/proc/self/fd/\(descriptor)"
        if CProcess.mount(source, target, nil, UInt(MS_BIND), nil) != 0 {
            throw MountFailure(description: SystemCall.describe(errno))
        }
    }

    /// A file system of huge pages of one size.
    public static func mountHugePages(_ path: String, pageSize: String) throws(MountFailure) {
        if read().isMounted(path) { return }
        if CProcess.mount("nodev", path, "hugetlbfs", 0, "pagesize=\(pageSize)") != 0 {
            throw MountFailure(description: "mount \(path): \(SystemCall.describe(errno))")
        }
    }

    /// Takes down what is mounted last at a path, also while it is in use.
    public static func letGo(_ path: String) { umount2(path, Int32(MNT_DETACH)) }
}
