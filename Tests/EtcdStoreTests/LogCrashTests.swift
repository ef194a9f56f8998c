import Basics
import KeyValueCore
import RaftCore
import Testing

@testable import EtcdStore

/// A follower's log: its end is replaced by what a leader has, now and then all of it by a snapshot. After a crash in
/// the middle of any change of the disk, the log is what it was after some step not earlier than the last that was
/// acknowledged.
@Suite struct LogCrashTests {
    @Test(arguments: 0..<20) func whatWasReplacedDoesNotComeBack(block: Int) throws {
        for seed in block * CrashTests.seedsPerCase..<(block + 1) * CrashTests.seedsPerCase {
            var trial = LogTrial(seed: seed)
            try trial.run()
        }
    }

    /// The leader's snapshot has its name, and the crash comes before the log begins anew: what the log held in its
    /// place does not count.
    @Test func aSnapshotThatTheLogDoesNotAgreeWithReplacesIt() throws {
        let disk = SimulatedDisk()
        var limits = StoreLimits.small
        limits.logBytesPerSnapshot = .max
        var log = try StoreRecovery(environment(disk, limits)).run().log
        try log.append(HardState(term: 1), (1...9).map { LogTrial.entry($0, term: 1) })
        let snapshot = LogTrial.snapshot(at: LogPosition(index: 6, term: 3), log.identity)
        _ = try SnapshotWriter(disk: disk, salt: 1, isCancelled: { false })
            .write(snapshot, KeyValueState().table)
        let recovered = try StoreRecovery(environment(disk, limits)).run()
        #expect(recovered.applied.position == LogPosition(index: 6, term: 3))
        #expect(recovered.entries.isEmpty, "entries after another entry 6 do not follow the snapshot's")
        // And it can be written to and read again.
        log = recovered.log
        try log.append(HardState(term: 3), [LogTrial.entry(7, term: 3)])
        #expect(try StoreRecovery(environment(disk, limits)).run().entries.map(\.term) == [3])
    }

    @Test func aSnapshotThatTheLogAgreesWithKeepsWhatFollows() throws {
        let disk = SimulatedDisk()
        var log = try StoreRecovery(environment(disk)).run().log
        try log.append(HardState(term: 1), (1...9).map { LogTrial.entry($0, term: 1) })
        _ = try SnapshotWriter(disk: disk, salt: 1, isCancelled: { false })
            .write(LogTrial.snapshot(at: LogPosition(index: 6, term: 1), log.identity), KeyValueState().table)
        let recovered = try StoreRecovery(environment(disk)).run()
        #expect(recovered.entries.map(\.index) == [7, 8, 9])
    }
}

/// One seed's life of a log.
struct LogTrial {
    /// What the log holds after a step.
    struct State: Equatable {
        var start = LogPosition()
        var entries: [Entry] = []
        var hardState = HardState()
        var last: LogPosition { entries.last?.position ?? start }
    }
    let seed: Int
    private var random: SplitMix64
    /// After each step; the first is before all.
    private var states = [State()]
    private var acknowledged = 0

    init(seed: Int) {
        self.seed = seed
        random = SplitMix64(seed: UInt64(seed))
    }

    static func entry(_ index: Index, term: Term, bytes: Int = 20) -> Entry {
        let command = Command.transact(
            Transaction(success: [
                .put(key: Array("k\(index)".utf8), value: [UInt8](repeating: UInt8(term), count: bytes))
            ]))
        return Entry(index: index, term: term, kind: .command, command: command.encoded)
    }

    static func snapshot(at position: LogPosition, _ identity: StoreIdentity) -> SnapshotHeader {
        var applied = AppliedState(configuration: Configuration(voters: [Member(1), Member(2)]))
        applied.position = position
        return SnapshotHeader(applied, identity: identity)
    }

    mutating func run() throws {
        var disk = SimulatedDisk()
        for _ in 0..<4 {
            let crash = Int.random(in: 1...50, using: &random)
            disk.setFaults { $0.crashAtChange = crash }
            do {
                try live(on: disk)
            } catch is DiskError {
            } catch let error as StoreError {
                guard case .stopped = error else { throw error }
            }
            disk = disk.afterCrash(using: &random)
        }
        try expectAllIsThere(StoreRecovery(environment(disk, limits)).run())
    }

    private var limits: StoreLimits {
        var limits = StoreLimits.small
        limits.segmentBytes = 2_048
        return limits
    }

    private mutating func live(on disk: SimulatedDisk) throws {
        let recovered = try StoreRecovery(environment(disk, limits)).run()
        try expectAllIsThere(recovered)
        var log = recovered.log
        for _ in 0..<30 {
            var state = states[states.count - 1]
            state.hardState.term += UInt64(Int.random(in: 0...2, using: &random) / 2)
            if state.hardState.term == 0 { state.hardState.term = 1 }
            if Int.random(in: 0..<12, using: &random) == 0 {
                try install(&state, &log, disk)
            } else {
                append(&state)
                states.append(state)
                try log.append(state.hardState, state.entries.suffix(appended))
            }
            acknowledged = states.count - 1
        }
    }

    private var appended = 0

    /// Replaces some entries at the end and adds some; or writes only what is to be remembered.
    private mutating func append(_ state: inout State) {
        appended = Int.random(in: 0...4, using: &random)
        state.hardState.vote = Bool.random(using: &random) ? Member(UInt64.random(in: 1...3, using: &random)) : nil
        guard appended > 0 else { return }
        // Only entries that are not known to be committed are ever replaced.
        let free = Int(state.last.index - max(state.hardState.committed, state.start.index))
        if Bool.random(using: &random) { state.entries.removeLast(Int.random(in: 0...free, using: &random)) }
        for _ in 0..<appended {
            let size = Int.random(in: 0...500, using: &random)
            state.entries.append(Self.entry(state.last.index + 1, term: state.hardState.term, bytes: size))
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            let known = max(state.hardState.committed, state.start.index)
            state.hardState.committed = UInt64.random(in: known...state.last.index, using: &random)
        }
    }

    /// The leader's snapshot is newer than the whole log, or of another history from some entry on.
    private mutating func install(_ state: inout State, _ log: inout SegmentedLog, _ disk: SimulatedDisk) throws {
        state.hardState.term += 1
        let known = max(state.hardState.committed, state.start.index)
        let index = UInt64.random(in: known + 1...state.last.index + 5, using: &random)
        state = State(start: LogPosition(index: index, term: state.hardState.term), hardState: state.hardState)
        states.append(state)
        let writer = SnapshotWriter(disk: disk, salt: UInt64(index), isCancelled: { false })
        _ = try writer.write(Self.snapshot(at: state.start, log.identity), KeyValueState().table)
        try log.restart(after: state.start, state.hardState)
        try log.removeAllButLast()
        for name in try SnapshotReader(disk: disk).names().dropFirst() { try disk.remove(name) }
        state.hardState.committed = index
        states[states.count - 1].hardState.committed = index
    }

    /// The disk has what some step left, and none that was acknowledged is undone.
    private mutating func expectAllIsThere(_ recovered: RecoveredStore) throws {
        let survived = states.indices.last { place in
            let state = states[place]
            let isLast = state.last == (recovered.entries.last?.position ?? recovered.applied.position)
            return isLast && agrees(recovered, with: state)
        }
        let count = try #require(survived, "seed \(seed): the log is none that ever was")
        #expect(count >= acknowledged, "seed \(seed): \(acknowledged - count) acknowledged writes are lost")
        states.removeSubrange((count + 1)...)
        acknowledged = count
        // A snapshot that is there while its log is not yet is as good as installed.
        states[count].hardState.term = max(states[count].hardState.term, recovered.hardState.term)
    }

    private func agrees(_ recovered: RecoveredStore, with state: State) -> Bool {
        let isInstalled = recovered.entries.isEmpty && state.entries.isEmpty
        guard isInstalled || recovered.hardState.term == state.hardState.term else { return false }
        guard isInstalled || recovered.hardState.vote == state.hardState.vote else { return false }
        return recovered.entries.allSatisfy { entry in
            entry.index <= state.start.index || state.entries[Int(entry.index - state.start.index) - 1] == entry
        }
    }
}
