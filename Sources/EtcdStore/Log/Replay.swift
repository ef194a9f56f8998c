import Basics
import DequeModule
import KeyValueCore
import RaftCore

/// Puts the log's records on top of a snapshot. Entries are applied as soon as a later record says that they are
/// committed, so that only the end of the log is held in memory.
struct Replay {
    private(set) var state: AppliedState
    private(set) var hardState = HardState()
    var tail: [Entry] = []
    /// Applied entries right before the tail, for members that lag behind.
    private(set) var kept: Deque<Entry> = []
    private var keptBytes = 0
    private let limits: StoreLimits
    /// The last entry that the snapshot includes.
    private let start: LogPosition
    /// The term of the log's own entry at `start`; nil if the log has not reached it.
    private var termAtStart: Term?

    init(_ state: AppliedState, limits: StoreLimits) {
        self.state = state
        self.limits = limits
        start = state.position
        // Nothing comes before the first entry, so every log agrees there.
        termAtStart = start.index == 0 ? 0 : nil
    }

    /// Whether what the log has after the snapshot's last entry follows that entry. If the log holds another one
    /// there, or ends before, the snapshot is one that the leader sent: the crash came before the log was begun
    /// anew, and nothing of the log counts.
    var followsSnapshot: Bool { termAtStart == start.term || isSettled }
    private var isSettled = false
    private var applied: Index { state.position.index }

    /// The log is read from an entry on. If that comes right after the snapshot, there is nothing to compare.
    mutating func begin(at index: Index) {
        if index == start.index + 1 { termAtStart = start.term }
    }

    mutating func add(_ record: LogRecord, path: String) throws(StoreError) {
        switch record {
        case .batch(let batch): try add(batch, path: path)
        case .restart(let restart):
            guard restart.position.index <= applied else {
                throw .corrupt(
                    file: path, offset: 0, reason: "the snapshot at entry \(restart.position.index) is missing")
            }
            hardState = restart.hardState
            tail = []
            termAtStart = restart.position.index == start.index ? restart.position.term : nil
        }
    }

    private mutating func add(_ batch: LogBatch, path: String) throws(StoreError) {
        hardState = batch.hardState
        if let first = batch.entries.first?.index, let last = batch.entries.last?.index {
            while let last = tail.last, last.index >= first { tail.removeLast() }
            if first <= start.index {
                termAtStart = last < start.index ? nil : batch.entries[Int(start.index - first)].term
            }
        }
        tail += batch.entries.drop { $0.index <= applied }
        var count = 0
        for entry in tail {
            guard entry.index <= hardState.committed else { break }
            try apply(entry, path: path)
            count += 1
        }
        tail.removeFirst(count)
    }

    /// The state, without what compaction made unreadable.
    consuming func freed() -> AppliedState {
        while state.keyValues.freeCompacted(limit: 1 << 20) {}
        return state
    }

    private mutating func apply(_ entry: Entry, path: String) throws(StoreError) {
        guard entry.index == state.position.index + 1 else {
            throw .corrupt(file: path, offset: 0, reason: "entry \(state.position.index + 1) is missing")
        }
        do throws(ByteReaderError) {
            _ = try state.apply(entry)
        } catch {
            throw .corrupt(file: path, offset: 0, reason: "entry \(entry.index) is no command")
        }
        isSettled = true
        keep(entry)
    }

    private mutating func keep(_ entry: Entry) {
        kept.append(entry)
        keptBytes += entry.command.count
        while kept.count > limits.keptEntries || keptBytes > limits.keptBytes, let first = kept.popFirst() {
            keptBytes -= first.command.count
        }
    }
}

extension AppliedState {
    /// What an entry did.
    enum Outcome {
        case nothing
        case keyValue(Command, Result<CommandResult, KeyValueError>)
        /// An alarm is on that forbids it.
        case refused(StoreError)
        case member
        case alarm
        case configuration(Configuration)
    }

    /// Applies the next entry; the same on every member and at every start.
    mutating func apply(_ entry: Entry) throws(ByteReaderError) -> Outcome {
        position = entry.position
        switch entry.kind {
        case .empty:
            return .nothing
        case .configuration:
            guard let new = entry.configuration else { throw .malformed }
            change(new)
            return .configuration(new)
        case .command:
            return apply(try LogCommand(decoding: entry.command).content)
        }
    }

    mutating func apply(_ content: LogCommand.Content) -> Outcome {
        if let refusal = alarms.refusal(of: content) { return .refused(refusal) }
        switch content {
        case .alarm(let change):
            alarms.apply(change)
            return .alarm
        case .member(let member):
            directory.set(member)
            return .member
        case .keyValue(let command):
            do throws(KeyValueError) {
                return .keyValue(command, .success(try keyValues.apply(command)))
            } catch {
                // A command that was refused then is refused again.
                return .keyValue(command, .failure(error))
            }
        }
    }
}
