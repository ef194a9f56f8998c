import RaftCore

/// A disk as Raft's contract with its shell needs it: records that are whole or not there, which become durable in the
/// order in which they were written.
struct ModelledDisk {
    private struct Record {
        var number: UInt64
        var hardState: HardState
        var entries: [Entry]
    }
    private(set) var hardState = HardState()
    /// Without gaps; some may be covered by the snapshot.
    private(set) var entries: [Entry] = []
    private(set) var snapshot: Machine
    private var pending: [Record] = []

    init(_ snapshot: Machine) { self.snapshot = snapshot }

    mutating func write(_ number: UInt64, _ hardState: HardState, _ entries: [Entry]) {
        pending.append(Record(number: number, hardState: hardState, entries: entries))
    }

    /// Everything written up to this number becomes durable.
    mutating func synchronize(upTo number: UInt64) {
        var count = 0
        while count < pending.count, pending[count].number <= number {
            put(pending[count])
            count += 1
        }
        pending.removeFirst(count)
    }

    mutating func remember(_ state: HardState) {
        synchronize(upTo: .max)
        hardState = state
    }

    /// What was not durable arrives up to some record.
    mutating func crash(_ dice: inout Dice) {
        let arrived = dice.below(pending.count + 1)
        for record in pending.prefix(arrived) { put(record) }
        pending = []
    }

    private mutating func put(_ record: Record) {
        hardState = record.hardState
        guard let first = record.entries.first?.index else { return }
        if let old = entries.first?.index {
            entries.removeLast(min(entries.count, max(0, entries.count - Int(first - min(first, old)))))
        }
        entries += record.entries
    }

    /// The state as it is now needs no log any more; the last entries are kept for others.
    mutating func take(_ machine: Machine, keeping kept: Int) {
        snapshot = machine
        trim(keeping: kept)
    }

    /// Another member's state replaces everything.
    mutating func install(_ machine: Machine) {
        synchronize(upTo: .max)
        snapshot = machine
        entries = []
    }

    private mutating func trim(keeping kept: Int) {
        guard let first = entries.first?.index, snapshot.applied.index >= first else { return }
        let covered = Int(snapshot.applied.index - first) + 1
        entries.removeFirst(min(entries.count, max(0, covered - kept)))
    }

    /// Whether an entry is durable, by itself or in the snapshot.
    func holds(_ position: LogPosition) -> Bool {
        if position.index <= snapshot.applied.index { return true }
        guard let first = entries.first?.index, position.index >= first else { return false }
        let place = Int(position.index - first)
        return place < entries.count && entries[place].term == position.term
    }

    /// What follows the snapshot, and some of what it covers; nothing where the log ends before it.
    var recovered: [Entry] {
        guard let last = entries.last, last.index >= snapshot.applied.index else { return [] }
        return entries
    }
}
