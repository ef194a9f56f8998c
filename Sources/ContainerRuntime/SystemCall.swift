import Basics
import CProcess
import Glibc

/// The few system calls this room makes, with errors as `ContainerError.system` and interruptions repeated.
enum SystemCall {
    static func describe(_ number: Int32) -> String { String(cString: strerror(number)) }

    @discardableResult
    static func check(_ call: String, _ body: () -> Int32) throws(ContainerError) -> Int32 {
        while true {
            let result = body()
            if result >= 0 { return result }
            if errno != EINTR { throw .system(call: call, number: errno) }
        }
    }

    static func pipe() throws(ContainerError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try check("pipe2") { cprocess_pipe(&ends) }
        return (ends[0], ends[1])
    }

    /// -1 at the end of what is there now (EAGAIN), 0 at the end for good.
    static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(ContainerError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno == EAGAIN { return -1 }
            // A terminal whose last user is gone says EIO; a reset connection is an end too.
            if errno == EIO || errno == ECONNRESET { return 0 }
            if errno != EINTR { throw .system(call: "read", number: errno) }
        }
    }

    /// How much went out; 0 when the descriptor takes nothing now.
    static func write(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) throws(ContainerError) -> Int {
        while true {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            if errno == EAGAIN { return 0 }
            if errno != EINTR { throw .system(call: "write", number: errno) }
        }
    }

    static func setNonBlocking(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    }

    /// All of a small file; nil when it is not there. At most 16 MiB.
    static func contents(of path: String, at directory: Int32 = AT_FDCWD) -> [UInt8]? {
        KernelFile.contents(of: path, at: directory)
    }

    /// Writes beside and renames, so that a reader sees the old file or the new one.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) throws(ContainerError) {
        let temporary = path + ".new"
        let file = try check("open \(temporary)") {
            open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count: Int
            do { count = try write(file, rest) } catch {
                close(file)
                throw error
            }
            rest = rest.dropFirst(count)
        }
        close(file)
        try check("rename \(path)") { rename(temporary, path) }
    }

    /// Writes to a file that is there already, such as one of /proc/sys.
    static func write(_ text: String, to path: String) throws(ContainerError) {
        let file = try check("open \(path)") { open(path, O_WRONLY | O_CLOEXEC) }
        defer { close(file) }
        _ = try write(file, Array(text.utf8)[...])
    }

    static func makeDirectories(_ path: String, mode: mode_t = 0o755) throws(ContainerError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .system(call: "mkdir \(path)", number: errno)
        }
        try makeDirectories(String(path[..<slash]), mode: mode)
        if mkdir(path, mode) != 0 && errno != EEXIST { throw .system(call: "mkdir \(path)", number: errno) }
    }

    /// What a symbolic link says; nil when there is none at the path.
    static func link(_ path: String, at directory: Int32 = AT_FDCWD) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = buffer.withUnsafeMutableBytes { bytes -> Int in
            guard let target = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return -1 }
            return readlinkat(directory, path, target, bytes.count)
        }
        return length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : nil
    }
    /// Links are followed.
    static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// Names in a directory, without `.` and `..`; empty when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        return names(in: directory)
    }
    /// The same of a directory that is open, which stays so.
    static func names(at descriptor: Int32) -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let directory = fdopendir(copy) else { return [] }
        return names(in: directory)
    }
    private static func names(in directory: OpaquePointer) -> [String] {
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a tree without following links and without leaving its file system.
    static func removeTree(_ path: String) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        removeTree(path, device: information.st_dev)
    }
    private static func removeTree(_ path: String, device: dev_t) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        guard information.st_dev == device else { return }
        for name in names(in: path) { removeTree(path + "/" + name, device: device) }
        rmdir(path)
    }

    /// The start time in ticks and the state letter from /proc/<pid>/stat; nil when there is no such process.
    static func processStart(_ process: Int, proc: Int32? = nil) -> (ticks: UInt64, state: Character)? {
        let path = proc == nil ? "/proc/\(process)/stat" : "\(process)/stat"
        guard let bytes = contents(of: path, at: proc ?? AT_FDCWD), !bytes.isEmpty else { return nil }
        // The second field is the program's name in parentheses, which may hold anything.
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 19, let ticks = UInt64(fields[19]), let state = fields[0].first else { return nil }
        return (ticks, state)
    }

    /// Another after each start of the machine.
    static func bootID() -> String {
        let text = KernelFile.text(of: "/proc/sys/kernel/random/boot_id")
        return text.replacing("\n", with: "")
    }
}
