import KeyValueCore
import RaftCore
import Synchronization

/// Decides when a snapshot is due, has it written by another thread, and removes what is not needed after it: of the
/// snapshots the two newest stay, and the log from the older one on.
struct SnapshotKeeper {
    /// Runs work on another thread, and brings its result to the engine.
    typealias Spawn = @Sendable (@escaping @Sendable () -> Result<SnapshotFile?, StoreError>) -> Bool

    private let environment: StoreEnvironment
    private let spawn: Spawn
    /// Oldest first.
    private var files: [SnapshotFile]
    private(set) var isRunning = false
    private var bytesWrittenBefore = 0
    private let cancelled = CancelFlag()
    /// The leader's snapshot, of which Raft has not said yet whether it is wanted. Exits: `takeArrived`,
    /// `discardArrived`.
    private var arrived: ReceivedSnapshot?
    /// Members that need a snapshot with at least this entry.
    private var wanted: [Member: Index] = [:]

    init(_ files: [SnapshotFile], environment: StoreEnvironment, spawn: @escaping Spawn) {
        self.files = files
        self.environment = environment
        self.spawn = spawn
    }

    var bytes: Int { files.reduce(0) { $0 + $1.bytes } }
    var newest: SnapshotFile? { files.last }

    /// Begins a snapshot if the log has grown enough.
    mutating func consider(_ shared: SharedState, _ log: SegmentedLog, _ applied: LogPosition) {
        let due = max(environment.limits.logBytesPerSnapshot, (files.last?.bytes ?? 0) / 2)
        guard !isRunning, applied.index > files.last?.position ?? 0 else { return }
        let isDue = log.bytesWritten - bytesWrittenBefore >= due
        if isDue || wanted.values.contains(where: { $0 <= applied.index }) { begin(shared, log) }
    }

    private mutating func begin(_ shared: SharedState, _ log: SegmentedLog) {
        bytesWrittenBefore = log.bytesWritten
        let identity = log.identity
        let (header, table) = shared.withContent { content in
            (SnapshotHeader(content.applied, identity: identity), content.state.table)
        }
        let flag = cancelled
        let writer = SnapshotWriter(disk: environment.disk, salt: environment.random(), isCancelled: { flag.isSet })
        isRunning = spawn {
            do throws(StoreError) { return .success(try writer.write(header, table)) } catch { return .failure(error) }
        }
    }

    /// A failed snapshot has changed nothing; the next one is due when the log has grown again.
    mutating func finished(_ result: Result<SnapshotFile?, StoreError>, _ log: inout SegmentedLog) throws {
        isRunning = false
        guard let file = try result.get() else { return }
        // A snapshot of the leader's may have come in between, which is newer.
        if let newest, newest.position >= file.position {
            if newest.position > file.position { try environment.disk.remove(file.name) }
            return
        }
        files = files.suffix(1) + [file]
        try removeOthers()
        if files.count == 2 { try log.removeSegments(upTo: files[0].position) }
    }

    /// A snapshot that came from elsewhere, after which the log has begun anew, makes all others useless.
    mutating func installed(_ file: SnapshotFile, _ log: inout SegmentedLog) throws {
        files = [file]
        bytesWrittenBefore = log.bytesWritten
        try removeOthers()
        try log.removeAllButLast()
    }

    /// Others are older, or were found damaged at the start.
    private func removeOthers() throws {
        let kept = Set(files.map(\.name))
        for name in try SnapshotReader(disk: environment.disk).names() where !kept.contains(name) {
            try environment.disk.remove(name)
        }
    }

    // MARK: From a leader

    mutating func arrived(_ received: ReceivedSnapshot) { arrived = received }

    /// The snapshot with this last entry, to be installed; nil if it is not here.
    mutating func takeArrived(at position: LogPosition) -> ReceivedSnapshot? {
        guard let received = arrived, received.header.position == position else { return nil }
        arrived = nil
        return received
    }

    mutating func discardArrived() {
        arrived?.discard()
        arrived = nil
    }

    // MARK: For others

    mutating func want(for peer: Member, atLeast index: Index) { wanted[peer] = index }

    /// Members that the newest snapshot will do for; they are not waited for any more.
    mutating func takeReady() -> [Member] {
        // A bootstrap snapshot is only for the member that begins with it.
        guard let newest, newest.position > StoreBootstrap.firstPosition.index else { return [] }
        let ready = wanted.filter { $0.value <= newest.position }.keys.sorted()
        for peer in ready { wanted[peer] = nil }
        return ready
    }

    /// Nobody waits any more; returns who did.
    mutating func giveUp() -> [Member] {
        defer { wanted = [:] }
        return wanted.keys.sorted()
    }

    func cancel() { cancelled.set() }
}

/// Says to another thread that its work is not wanted any more.
final class CancelFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}
