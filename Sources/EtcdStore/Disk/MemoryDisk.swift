import Synchronization

/// A disk in memory, for a store that ends with its process: nothing waits for a device, and nothing is left of it.
public final class MemoryDisk: Disk {
    private struct State {
        var files: [String: MemoryFile] = [:]
        var isLocked = false
    }
    public let path = "memory"
    private let state = Mutex(State())

    public init() {}

    public func names() throws(DiskError) -> [String] { state.withLock { $0.files.keys.sorted() } }

    /// As on other disks, whoever has the file of that name open keeps what it was.
    public func open(_ name: String, creating: Bool) throws(DiskError) -> any DiskFile {
        let file = state.withLock { state in
            if creating { state.files[name] = MemoryFile(name: name) }
            return state.files[name]
        }
        guard let file else { throw .failed(operation: "open", file: name, code: Self.noSuchFile) }
        return file
    }

    public func rename(_ name: String, to newName: String) throws(DiskError) {
        let isThere = state.withLock { state in
            guard let file = state.files.removeValue(forKey: name) else { return false }
            state.files[newName] = file
            return true
        }
        if !isThere { throw .failed(operation: "rename", file: name, code: Self.noSuchFile) }
    }

    public func remove(_ name: String) throws(DiskError) {
        let isThere = state.withLock { $0.files.removeValue(forKey: name) != nil }
        if !isThere { throw .failed(operation: "remove", file: name, code: Self.noSuchFile) }
    }

    public func synchronizeDirectory() throws(DiskError) {}

    public func lock() throws(DiskError) -> Bool {
        state.withLock { state in
            defer { state.isLocked = true }
            return !state.isLocked
        }
    }

    public func unlock() { state.withLock { $0.isLocked = false } }

    /// ENOENT.
    private static let noSuchFile: Int32 = 2
}

/// A file of a `MemoryDisk`. Room that is reserved costs nothing until it is written to.
final class MemoryFile: DiskFile {
    private struct Content {
        /// What was written; zeros follow up to `size`.
        var bytes: [UInt8] = []
        var size = 0
    }
    let name: String
    private let content = Mutex(Content())

    init(name: String) { self.name = name }

    func size() throws(DiskError) -> Int { content.withLock { $0.size } }

    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        content.withLock { content in
            let end = min(offset + count, content.size)
            guard offset < end else { return [] }
            let written = content.bytes[min(offset, content.bytes.count)..<min(end, content.bytes.count)]
            return written + [UInt8](repeating: 0, count: end - offset - written.count)
        }
    }

    func write(_ new: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        // A copy, which alone may cross into the lock's region.
        let new = Array(new)
        content.withLock { content in
            let end = offset + new.count
            if content.bytes.count < offset {
                content.bytes += [UInt8](repeating: 0, count: offset - content.bytes.count)
            }
            content.bytes.replaceSubrange(offset..<min(end, max(offset, content.bytes.count)), with: new)
            content.size = max(content.size, end)
        }
    }

    func allocate(_ size: Int) throws(DiskError) { content.withLock { $0.size = max($0.size, size) } }
    func synchronize() throws(DiskError) {}
    func close() {}
}
