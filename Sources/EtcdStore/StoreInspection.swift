import KeyValueCore
import Logging
import RaftCore
import Synchronization

/// What a look at a member's directory has found: every record of every file is read and its checksum compared, and
/// nothing is changed. The member must not run meanwhile.
public struct StoreInspection: Sendable {
    /// A snapshot, and what is wrong with it.
    public struct SnapshotFinding: Sendable {
        public var file: String
        public var sizeInBytes = 0
        public var revision: Revision = 0
        /// The last log entry that it includes.
        public var index: UInt64 = 0
        public var keyCount = 0
        public var damage: StoreError?
    }
    /// The log as a whole, and what is wrong with it.
    public struct LogFinding: Sendable {
        public var files = 0
        public var recordCount = 0
        /// The first entry and the last; without entries the last is the one before the first.
        public var firstIndex: UInt64 = 0
        public var lastIndex: UInt64 = 0
        public var term: UInt64 = 0
        /// Bytes of a last record whose write did not finish; nobody was told of it, and the next start removes them.
        public var tornBytes = 0
        public var damage: StoreError?
    }
    public var identity: StoreIdentity?
    /// Newest first.
    public var snapshots: [SnapshotFinding] = []
    public var log = LogFinding()

    /// Whether a start would find everything it needs, and nothing else is damaged either.
    public var isWhole: Bool { log.damage == nil && snapshots.allSatisfy { $0.damage == nil } }

    /// Throws `StoreError.locked` if the member runs.
    public init(directory: String) throws(StoreError) {
        let disk: PosixDisk
        let isLocked: Bool
        do throws(DiskError) {
            disk = try PosixDisk(path: directory)
            isLocked = try disk.lock()
        } catch {
            throw error.storeError
        }
        guard isLocked else { throw .locked(directory: directory) }
        defer { disk.unlock() }
        try self.init(disk)
    }

    /// Looks at any disk.
    init(_ disk: any Disk) throws(StoreError) {
        let quiet = UnchangedDisk(disk)
        try readSnapshots(quiet)
        do throws(StoreError) { try readLog(quiet) } catch { log.damage = error }
        log.tornBytes = quiet.refusedBytes
    }

    private mutating func readSnapshots(_ disk: UnchangedDisk) throws(StoreError) {
        let reader = SnapshotReader(disk: disk)
        let names: [String]
        do throws(DiskError) { names = try reader.names() } catch { throw error.storeError }
        for name in names {
            var finding = SnapshotFinding(file: name)
            do throws(StoreError) {
                let (header, state, bytes) = try reader.restore(name)
                finding.sizeInBytes = bytes
                finding.revision = header.revision
                finding.index = header.position.index
                finding.keyCount = state.table.liveCount
            } catch {
                finding.damage = error
            }
            snapshots.append(finding)
        }
    }

    private mutating func readLog(_ disk: UnchangedDisk) throws(StoreError) {
        var names: [String] = []
        var header: SegmentHeader?
        do throws(DiskError) {
            names = try disk.names().filter { FileName.number($0, "log") != nil }
            log.files = names.count
            guard let name = names.first else { return }
            let file = try disk.open(name, creating: false)
            defer { file.close() }
            header = SegmentHeader(try file.read(at: 0, count: SegmentHeader.size))
        } catch {
            throw error.storeError
        }
        guard let header else {
            throw .corrupt(file: "\(disk.path)/\(names[0])", offset: 0, reason: "the segment's header is damaged")
        }
        let recovery = LogRecovery(disk: disk, limits: StoreLimits(), random: { 1 })
        identity = try recovery.identity()
        log.firstIndex = header.firstIndex
        log.lastIndex = header.firstIndex - 1
        var found = log
        _ = try recovery.recover(after: nil, { _ in }) { record throws(StoreError) in
            found.recordCount += 1
            switch record {
            case .batch(let batch):
                if let last = batch.entries.last { found.lastIndex = last.index }
                found.term = max(found.term, batch.hardState.term)
            case .restart(let restart):
                found.firstIndex = restart.position.index + 1
                found.lastIndex = restart.position.index
                found.term = max(found.term, restart.hardState.term)
            }
        }
        log = found
    }
}

/// A disk on which nothing is changed: writes are counted and forgotten.
private final class UnchangedDisk: Disk {
    private let disk: any Disk
    fileprivate let refused = Atomic<Int>(0)

    var refusedBytes: Int { refused.load(ordering: .relaxed) }

    init(_ disk: any Disk) { self.disk = disk }

    var path: String { disk.path }
    func names() throws(DiskError) -> [String] { try disk.names() }
    func open(_ name: String, creating: Bool) throws(DiskError) -> any DiskFile {
        UnchangedFile(try disk.open(name, creating: false), of: self)
    }
    func rename(_ name: String, to newName: String) throws(DiskError) {}
    func remove(_ name: String) throws(DiskError) {}
    func synchronizeDirectory() throws(DiskError) {}
    func lock() throws(DiskError) -> Bool { true }
    func unlock() {}
}

private final class UnchangedFile: DiskFile {
    private let file: any DiskFile
    private let disk: UnchangedDisk

    init(_ file: any DiskFile, of disk: UnchangedDisk) {
        self.file = file
        self.disk = disk
    }

    var name: String { file.name }
    func size() throws(DiskError) -> Int { try file.size() }
    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] { try file.read(at: offset, count: count) }
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        disk.refused.add(bytes.count, ordering: .relaxed)
    }
    func allocate(_ size: Int) throws(DiskError) {}
    func synchronize() throws(DiskError) {}
    func close() { file.close() }
}
