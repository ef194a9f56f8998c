import Synchronization

/// A disk in memory that forgets what was not synchronized, in the ways that real ones do: for tests and simulations.
///
/// A write that was not synchronized before a crash may arrive whole, not at all, sector by sector, or cut short.
/// Changes of names arrive in order, but how many of them is open until the directory is synchronized.
public final class SimulatedDisk: Disk {
    public static let sector = 512

    /// What goes wrong, and when.
    public struct Faults: Sendable {
        /// The machine dies in the middle of this change of the disk, counted from 1; every later call throws.
        public var crashAtChange: Int?
        /// This synchronization of a file fails, counted from 1.
        public var failAtSynchronize: Int?
        /// Bytes that all files together may have.
        public var capacity: Int?
        public init(crashAtChange: Int? = nil, failAtSynchronize: Int? = nil, capacity: Int? = nil) {
            self.crashAtChange = crashAtChange
            self.failAtSynchronize = failAtSynchronize
            self.capacity = capacity
        }
    }

    struct Content: Sendable {
        var bytes: [UInt8] = []
        var durable: [UInt8] = []
        /// Writes since the last synchronization, oldest first.
        var unsynchronized: [(offset: Int, bytes: [UInt8])] = []
    }
    enum NameChange: Sendable {
        case create(String, Int)
        case rename(String, String)
        case remove(String)
    }
    struct State: Sendable {
        var faults: Faults
        var files: [Int: Content] = [:]
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        var nameChanges: [NameChange] = []
        var changes = 0
        var synchronizations = 0
        var hasCrashed = false
        var isLocked = false
    }
    let state: Mutex<State>
    public let path = "simulated"

    public init(faults: Faults = Faults()) { state = Mutex(State(faults: faults)) }
    init(_ content: State) { state = Mutex(content) }

    public func setFaults(_ change: (inout Faults) -> Void) { state.withLock { change(&$0.faults) } }

    /// The crash that was asked for has happened.
    public var hasCrashed: Bool { state.withLock { $0.hasCrashed } }
    /// Synchronizations of files so far.
    public var synchronizations: Int { state.withLock { $0.synchronizations } }

    /// Changes of the disk so far.
    public var changes: Int { state.withLock { $0.changes } }

    /// The disk as found after a crash now.
    public func afterCrash(using random: inout some RandomNumberGenerator) -> SimulatedDisk {
        var state = state.withLock { $0 }
        let arrived = Int.random(in: 0...state.nameChanges.count, using: &random)
        for change in state.nameChanges.prefix(arrived) { change.apply(to: &state.durableNames) }
        for id in state.files.keys.sorted() { state.files[id]?.crash(using: &random) }
        let names = state.durableNames
        return SimulatedDisk(State(faults: Faults(), files: state.files, names: names, durableNames: names))
    }

    /// The disk as it is, as another one.
    public func copy() -> SimulatedDisk {
        SimulatedDisk(
            state.withLock { state in
                State(faults: Faults(), files: state.files, names: state.names, durableNames: state.names)
            })
    }

    /// Changes a file's bytes behind everybody's back.
    public func damage(_ name: String, _ change: (inout [UInt8]) -> Void) {
        state.withLock { state in
            guard let id = state.names[name], var content = state.files[id] else { return }
            change(&content.bytes)
            content.durable = content.bytes
            state.files[id] = content
        }
    }

    public func bytes(of name: String) -> [UInt8]? {
        state.withLock { state in state.names[name].flatMap { state.files[$0]?.bytes } }
    }

    // MARK: Disk

    public func names() throws(DiskError) -> [String] { try look { $0.names.keys.sorted() } }

    public func open(_ name: String, creating: Bool) throws(DiskError) -> any DiskFile {
        let id: Int? =
            creating
            ? try change(name) { state in
                let id = (state.files.keys.max() ?? 0) + 1
                state.files[id] = Content()
                state.apply(.create(name, id))
                return id
            } : try look { $0.names[name] }
        guard let id else { throw .failed(operation: "open", file: name, code: 2) }
        return SimulatedFile(name: name, id: id, disk: self)
    }

    public func rename(_ name: String, to newName: String) throws(DiskError) {
        try change(name) { $0.apply(.rename(name, newName)) }
    }

    public func remove(_ name: String) throws(DiskError) { try change(name) { $0.apply(.remove(name)) } }

    public func synchronizeDirectory() throws(DiskError) {
        try change(path) { state in
            state.durableNames = state.names
            state.nameChanges = []
        }
    }

    public func lock() throws(DiskError) -> Bool {
        try look { state in
            defer { state.isLocked = true }
            return !state.isLocked
        }
    }

    public func unlock() { state.withLock { $0.isLocked = false } }

    // MARK: Helpers

    private static let crash = DiskError.failed(operation: "crash", file: "", code: 5)

    func look<T: Sendable>(_ body: (inout State) -> T) throws(DiskError) -> T {
        let result: T? = state.withLock { $0.hasCrashed ? nil : body(&$0) }
        guard let result else { throw Self.crash }
        return result
    }

    /// Does something that the crash may come in the middle of: then it has begun, and nobody hears that it ended.
    @discardableResult
    func change<T: Sendable>(_ name: String, _ body: (inout State) -> T) throws(DiskError) -> T {
        let result: T? = state.withLock { state in
            if state.hasCrashed { return nil }
            state.changes += 1
            guard state.changes == state.faults.crashAtChange else { return body(&state) }
            state.hasCrashed = true
            // A synchronization that was cut off has not happened, everything else has begun.
            return nil
        }
        guard let result else { throw Self.crash }
        return result
    }
}

extension SimulatedDisk.State {
    mutating func apply(_ change: SimulatedDisk.NameChange) {
        change.apply(to: &names)
        nameChanges.append(change)
    }
}

extension SimulatedDisk.NameChange {
    func apply(to names: inout [String: Int]) {
        switch self {
        case .create(let name, let id): names[name] = id
        case .rename(let name, let newName): if let id = names.removeValue(forKey: name) { names[newName] = id }
        case .remove(let name): names[name] = nil
        }
    }
}

extension SimulatedDisk.Content {
    mutating func crash(using random: inout some RandomNumberGenerator) {
        bytes = durable
        for write in unsynchronized {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: break
            case 1: put(write.bytes[...], at: write.offset)
            case 2: put(write.bytes.prefix(Int.random(in: 0...write.bytes.count, using: &random)), at: write.offset)
            default: putSectors(write, using: &random)
            }
        }
        durable = bytes
        unsynchronized = []
    }

    private mutating func putSectors(
        _ write: (offset: Int, bytes: [UInt8]), using random: inout some RandomNumberGenerator
    ) {
        var start = 0
        while start < write.bytes.count {
            let next = ((write.offset + start) / SimulatedDisk.sector + 1) * SimulatedDisk.sector - write.offset
            let end = min(next, write.bytes.count)
            if Bool.random(using: &random) { put(write.bytes[start..<end], at: write.offset + start) }
            start = end
        }
    }

    mutating func put(_ new: ArraySlice<UInt8>, at offset: Int) {
        if new.isEmpty { return }
        if bytes.count < offset + new.count { bytes += [UInt8](repeating: 0, count: offset + new.count - bytes.count) }
        bytes.replaceSubrange(offset..<offset + new.count, with: new)
    }
}

/// An open file of a simulated disk.
final class SimulatedFile: DiskFile {
    let name: String
    private let id: Int
    private let disk: SimulatedDisk

    init(name: String, id: Int, disk: SimulatedDisk) {
        self.name = name
        self.id = id
        self.disk = disk
    }

    func size() throws(DiskError) -> Int { try disk.look { $0.files[id]?.bytes.count ?? 0 } }

    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try disk.look { Array($0.files[id]?.bytes.dropFirst(offset).prefix(count) ?? []) }
    }

    func write(_ new: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        let new = Array(new)
        let grows = try size() < offset + new.count
        if grows { try checkRoom(offset + new.count) }
        // It may arrive although the crash came in the middle of it.
        disk.state.withLock { state in
            guard !state.hasCrashed else { return }
            state.files[id]?.put(new[...], at: offset)
            state.files[id]?.unsynchronized.append((offset, new))
        }
        try disk.change(name) { _ in }
    }

    func allocate(_ size: Int) throws(DiskError) {
        let old = try self.size()
        guard size > old else { return }
        try checkRoom(size)
        try write([UInt8](repeating: 0, count: size - old), at: old)
    }

    private func checkRoom(_ size: Int) throws(DiskError) {
        let isFull = try disk.look { state in
            let others = state.names.values.filter { $0 != id }.reduce(0) { $0 + (state.files[$1]?.bytes.count ?? 0) }
            return others + size > state.faults.capacity ?? .max
        }
        if isFull { throw .noSpace(file: name) }
    }

    func synchronize() throws(DiskError) {
        let isDone = try disk.change(name) { state in
            state.synchronizations += 1
            if state.synchronizations == state.faults.failAtSynchronize { return false }
            guard var content = state.files[id] else { return false }
            content.durable = content.bytes
            content.unsynchronized = []
            state.files[id] = content
            return true
        }
        if !isDone { throw .failed(operation: "synchronize", file: name, code: 5) }
    }

    func close() {}
}
