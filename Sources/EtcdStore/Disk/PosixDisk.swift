import Glibc
import Synchronization

/// A directory of the operating system's.
public final class PosixDisk: Disk {
    public let path: String
    private let lockFile = Mutex<Int32>(-1)

    /// Makes the directory (mode 0700) and those above it where missing.
    public init(path: String) throws(DiskError) {
        self.path = path
        var partial = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            partial += partial.isEmpty && path.first != "/" ? String(part) : "/\(part)"
            if mkdir(partial, 0o700) != 0, errno != EEXIST, errno != EISDIR {
                throw Self.error("create directory", partial)
            }
        }
    }

    static func error(_ operation: String, _ file: String) -> DiskError {
        errno == ENOSPC || errno == EDQUOT
            ? .noSpace(file: file) : .failed(operation: operation, file: file, code: errno)
    }

    public func names() throws(DiskError) -> [String] {
        guard let directory = opendir(path) else { throw Self.error("list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func open(_ name: String, creating: Bool) throws(DiskError) -> any DiskFile {
        let flags = O_RDWR | O_CLOEXEC | (creating ? O_CREAT | O_TRUNC : 0)
        let descriptor = Glibc.open("\(path)/\(name)", flags, 0o600)
        guard descriptor >= 0 else { throw Self.error("open", "\(path)/\(name)") }
        return PosixFile(name: "\(path)/\(name)", descriptor: descriptor)
    }

    public func rename(_ name: String, to newName: String) throws(DiskError) {
        guard Glibc.rename("\(path)/\(name)", "\(path)/\(newName)") == 0 else {
            throw Self.error("rename", "\(path)/\(name)")
        }
    }

    public func remove(_ name: String) throws(DiskError) {
        guard unlink("\(path)/\(name)") == 0 else { throw Self.error("remove", "\(path)/\(name)") }
    }

    public func synchronizeDirectory() throws(DiskError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.error("open", path) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.error("synchronize", path) }
    }

    public func lock() throws(DiskError) -> Bool {
        let descriptor = Glibc.open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error("open", "\(path)/lock") }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let isTaken = errno == EWOULDBLOCK
            let failure = Self.error("lock", "\(path)/lock")
            Glibc.close(descriptor)
            if isTaken { return false }
            throw failure
        }
        lockFile.withLock { $0 = descriptor }
        return true
    }

    public func unlock() {
        lockFile.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    deinit { unlock() }
}

/// An open file of the operating system's.
final class PosixFile: DiskFile {
    let name: String
    private let descriptor: Int32

    init(name: String, descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }

    func size() throws(DiskError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw PosixDisk.error("stat", name) }
        return Int(status.st_size)
    }

    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { return }
                filled += got
            }
        }
        if failed { throw PosixDisk.error("read", name) }
        return bytes
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        var written = 0
        while written < bytes.count, let base = bytes.baseAddress {
            let count = pwrite(descriptor, base + written, bytes.count - written, off_t(offset + written))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw PosixDisk.error("write", name) }
            written += count
        }
    }

    func allocate(_ size: Int) throws(DiskError) {
        let code = posix_fallocate(descriptor, 0, off_t(size))
        guard code == 0 else {
            errno = code
            throw PosixDisk.error("allocate", name)
        }
    }

    func synchronize() throws(DiskError) {
        guard fdatasync(descriptor) == 0 else { throw PosixDisk.error("synchronize", name) }
    }

    func close() { Glibc.close(descriptor) }
}
