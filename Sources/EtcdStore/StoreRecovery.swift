import KeyValueCore
import Logging
import RaftCore

/// The outside world of a store, handed in.
package struct StoreEnvironment: Sendable {
    package var disk: any Disk
    package var limits: StoreLimits
    package var random: @Sendable () -> UInt64
    package var logger: Logger

    package init(disk: any Disk, limits: StoreLimits, random: @escaping @Sendable () -> UInt64, logger: Logger) {
        self.disk = disk
        self.limits = limits
        self.random = random
        self.logger = logger
    }
}

/// What a member has applied, as of one entry of the log: all that a snapshot holds.
package struct AppliedState: Sendable {
    package var keyValues = KeyValueState()
    package var position = LogPosition()
    package var configuration: Configuration
    var directory = MemberDirectory()
    var alarms = AlarmList()

    /// Alarms that are on.
    package var alarmCount: Int { alarms.all.count }

    init(configuration: Configuration) { self.configuration = configuration }

    init(_ header: SnapshotHeader, _ keyValues: KeyValueState) {
        self.keyValues = keyValues
        position = header.position
        configuration = header.configuration
        directory = header.directory
        alarms = header.alarms
    }

    /// The configuration entry at hand counts; who is not in it any more is forgotten.
    mutating func change(_ new: Configuration) {
        directory.configurationChanged(from: Set(configuration.members), to: Set(new.members))
        alarms.forget(Set(configuration.members).subtracting(new.members))
        configuration = new
    }
}

/// What was found on the disk: the newest snapshot and the committed part of the log are in `applied` already.
package struct RecoveredStore {
    var log: SegmentedLog
    var hardState: HardState
    /// The last entries of the log: those of which nobody knows yet whether they are committed, and some before.
    var entries: [Entry]
    /// Oldest first.
    var snapshots: [SnapshotFile]
    package var applied: AppliedState

    package var identity: StoreIdentity { log.identity }
}

/// Brings a member back from its directory, or begins a new one in an empty directory.
package struct StoreRecovery {
    let environment: StoreEnvironment
    let bootstrap: StoreBootstrap
    private var disk: any Disk { environment.disk }

    package init(_ environment: StoreEnvironment, bootstrap: StoreBootstrap = .alone) {
        self.environment = environment
        self.bootstrap = bootstrap
    }

    package func run() throws(StoreError) -> RecoveredStore {
        try removeUnfinished()
        try found()
        let newest = try newestSnapshot()
        let recovery = LogRecovery(disk: disk, limits: environment.limits, random: environment.random)
        let identity = try recovery.identity()
        try check(newest.header, identity)
        let opened: SegmentedLog? = identity == nil ? try begin(newest.header) : nil
        let member = (identity ?? opened?.identity)?.member ?? 0
        var replay = Replay(
            newest.applied ?? AppliedState(configuration: Configuration(voters: [Member(member)])),
            limits: environment.limits)
        let start = replay.state.position
        let log: SegmentedLog?
        if let opened {
            log = opened
        } else {
            log = try recovery.recover(after: start, { replay.begin(at: $0) }) { record throws(StoreError) in
                try replay.add(record, path: disk.path)
            }
        }
        guard var log else { throw .stopped("there is no log") }
        if opened == nil, !replay.followsSnapshot {
            do throws(DiskError) { try log.restart(after: start, replay.hardState) } catch { throw error.storeError }
            replay.tail = []
        }
        return RecoveredStore(
            log: log, hardState: replay.hardState, entries: replay.kept + replay.tail, snapshots: newest.files,
            applied: replay.freed())
    }

    private func removeUnfinished() throws(StoreError) {
        do throws(DiskError) {
            for name in try disk.names() where name.hasSuffix("." + FileName.unfinished) { try disk.remove(name) }
        } catch {
            throw error.storeError
        }
    }

    // MARK: A new member

    /// A member of a cluster begins with a snapshot of what all members begin with; one that is alone needs none.
    private func found() throws(StoreError) {
        guard try !Self.hasMember(disk), let (header, table) = try bootstrap.snapshot(random: environment.random) else {
            return
        }
        let writer = SnapshotWriter(disk: disk, salt: environment.random(), isCancelled: { false })
        _ = try writer.write(header, table)
    }

    /// Whether the directory is a member's already.
    static func hasMember(_ disk: any Disk) throws(StoreError) -> Bool {
        do throws(DiskError) {
            return try disk.names().contains {
                FileName.number($0, "log") != nil || FileName.number($0, SnapshotFile.ending) != nil
            }
        } catch {
            throw error.storeError
        }
    }

    private func check(_ header: SnapshotHeader?, _ log: StoreIdentity?) throws(StoreError) {
        guard let header else { return }
        if let log {
            guard log.cluster == header.identity.cluster else {
                throw .corrupt(file: disk.path, offset: 0, reason: "snapshot and log are of different clusters")
            }
        } else if !header.isBootstrap {
            throw .corrupt(file: disk.path, offset: 0, reason: "there is a snapshot and no log")
        }
    }

    private func begin(_ header: SnapshotHeader?) throws(StoreError) -> SegmentedLog {
        let identity =
            header?.identity
            ?? StoreIdentity(cluster: environment.random(), member: max(1, environment.random()))
        do throws(DiskError) {
            return try SegmentedLog(
                creatingOn: disk, segmentBytes: environment.limits.segmentBytes, random: environment.random,
                identity: identity, after: header?.position ?? LogPosition())
        } catch {
            throw error.storeError
        }
    }

    // MARK: Snapshots

    private struct Newest {
        var header: SnapshotHeader?
        var applied: AppliedState?
        var files: [SnapshotFile] = []
    }

    /// The newest snapshot that is whole. A damaged one costs only time if the one before is whole, because the log
    /// is kept from there on; recovering the log finds out.
    private func newestSnapshot() throws(StoreError) -> Newest {
        let reader = SnapshotReader(disk: disk)
        let names: [String]
        do throws(DiskError) { names = try reader.names() } catch { throw error.storeError }
        var firstFailure: StoreError?
        for (place, name) in names.enumerated() {
            do throws(StoreError) {
                let (header, state, bytes) = try reader.restore(name)
                let older = names[(place + 1)...].reversed().map { file($0, bytes: 0) }
                return Newest(
                    header: header, applied: AppliedState(header, state),
                    files: older + [SnapshotFile(position: header.position.index, bytes: bytes)])
            } catch {
                guard case .corrupt = error else { throw error }
                environment.logger.error("A snapshot is damaged", metadata: ["reason": "\(error)"])
                if firstFailure == nil { firstFailure = error }
            }
        }
        if let firstFailure { throw firstFailure }
        return Newest()
    }

    private func file(_ name: String, bytes: Int) -> SnapshotFile {
        SnapshotFile(position: FileName.number(name, SnapshotFile.ending) ?? 0, bytes: bytes)
    }
}
