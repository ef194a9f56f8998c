import KeyValueCore
import Logging
import RaftCore

/// The outside world of a store, handed in.
struct StoreEnvironment: Sendable {
    var disk: any Disk
    var limits: StoreLimits
    var random: @Sendable () -> UInt64
    var logger: Logger
}

/// What was found on the disk: the newest snapshot and the committed part of the log are in `state` already.
struct RecoveredStore {
    var log: SegmentedLog
    var state: KeyValueState
    var applied: LogPosition
    var hardState: HardState
    /// Entries of which nobody knows yet whether they are committed.
    var tail: [Entry]
    /// Oldest first.
    var snapshots: [SnapshotFile]
}

/// Brings a member back from its directory, or begins a new one in an empty directory.
struct StoreRecovery {
    let environment: StoreEnvironment
    private var disk: any Disk { environment.disk }

    init(_ environment: StoreEnvironment) { self.environment = environment }

    func run() throws(StoreError) -> RecoveredStore {
        try removeUnfinished()
        let (header, state, snapshots) = try newestSnapshot()
        var replay = Replay(state: state ?? KeyValueState(), applied: header?.position ?? LogPosition())
        let recovery = LogRecovery(disk: disk, limits: environment.limits, random: environment.random)
        let log = try recovery.recover(after: replay.applied) { batch throws(StoreError) in
            try replay.add(batch, path: disk.path)
        }
        if let header, log?.identity != header.identity {
            throw .corrupt(file: disk.path, offset: 0, reason: "snapshot and log are of different members")
        }
        while replay.state.freeCompacted(limit: 1 << 20) {}
        let opened: SegmentedLog
        if let log { opened = log } else { opened = try begin() }
        return RecoveredStore(
            log: opened, state: replay.state, applied: replay.applied, hardState: replay.hardState,
            tail: replay.tail, snapshots: snapshots)
    }

    private func removeUnfinished() throws(StoreError) {
        do throws(DiskError) {
            for name in try disk.names() where name.hasSuffix("." + FileName.unfinished) { try disk.remove(name) }
        } catch {
            throw error.storeError
        }
    }

    private func begin() throws(StoreError) -> SegmentedLog {
        let identity = StoreIdentity(cluster: environment.random(), member: max(1, environment.random()))
        do throws(DiskError) {
            return try SegmentedLog(
                creatingOn: disk, segmentBytes: environment.limits.segmentBytes, random: environment.random,
                identity: identity)
        } catch {
            throw error.storeError
        }
    }

    /// The newest snapshot that is whole. A damaged one costs only time if the one before is whole, because the log
    /// is kept from there on; recovering the log finds out.
    private func newestSnapshot() throws(StoreError) -> (SnapshotHeader?, KeyValueState?, [SnapshotFile]) {
        let reader = SnapshotReader(disk: disk)
        let names: [String]
        do throws(DiskError) { names = try reader.names() } catch { throw error.storeError }
        var firstFailure: StoreError?
        for (place, name) in names.enumerated() {
            do throws(StoreError) {
                let (header, state, bytes) = try reader.restore(name)
                let older = names[(place + 1)...].reversed().map { file($0, bytes: 0) }
                return (header, state, older + [SnapshotFile(position: header.position.index, bytes: bytes)])
            } catch {
                guard case .corrupt = error else { throw error }
                environment.logger.error("A snapshot is damaged", metadata: ["reason": "\(error)"])
                if firstFailure == nil { firstFailure = error }
            }
        }
        if let firstFailure { throw firstFailure }
        return (nil, nil, [])
    }

    private func file(_ name: String, bytes: Int) -> SnapshotFile {
        SnapshotFile(position: FileName.number(name, SnapshotFile.ending) ?? 0, bytes: bytes)
    }
}

/// Puts the log's batches on top of a snapshot. Entries are applied as soon as a later record says that they are
/// committed, so that only the end of the log is held in memory.
private struct Replay {
    var state: KeyValueState
    var applied: LogPosition
    var hardState = HardState()
    var tail: [Entry] = []

    mutating func add(_ batch: LogBatch, path: String) throws(StoreError) {
        hardState = batch.hardState
        if let first = batch.entries.first?.index {
            while let last = tail.last, last.index >= first { tail.removeLast() }
        }
        tail += batch.entries.drop { $0.index <= applied.index }
        var count = 0
        for entry in tail {
            guard entry.index <= hardState.committed else { break }
            try apply(entry, path: path)
            count += 1
        }
        tail.removeFirst(count)
    }

    private mutating func apply(_ entry: Entry, path: String) throws(StoreError) {
        guard entry.index == applied.index + 1 else {
            throw .corrupt(file: path, offset: 0, reason: "entry \(applied.index + 1) is missing")
        }
        applied = LogPosition(index: entry.index, term: entry.term)
        guard entry.kind == .command else { return }
        do {
            // A command that was refused then is refused again.
            _ = try state.apply(try Command(decoding: entry.command))
        } catch is ByteReaderError {
            throw .corrupt(file: path, offset: 0, reason: "entry \(entry.index) is no command")
        } catch {}
    }
}
