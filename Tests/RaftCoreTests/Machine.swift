import RaftCore

/// What one member has on its disk. A crash leaves it as it is.
struct MemberDisk {
    var hardState = HardState()
    /// Position, configuration and nothing else: the state is the sequence of entries, which the checker knows.
    var snapshot = LogPosition()
    var configuration: Configuration
    /// Begins after `base`, which is at or before the snapshot.
    var base = LogPosition()
    var log: [Entry] = []

    var last: Index { log.last?.index ?? base.index }

    mutating func write(_ entries: [Entry], _ state: HardState) {
        hardState = state
        guard let first = entries.first else { return }
        let replaced = last + 1 - min(first.index, last + 1)
        log.removeLast(min(Int(replaced), log.count))
        log.append(contentsOf: entries)
    }

    func term(at index: Index) -> Term? {
        if index == base.index { return base.term }
        guard index > base.index, index <= last else { return nil }
        return log[Int(index - base.index) - 1].term
    }

    /// Keeps some entries before the snapshot, as a shell does for peers that lag behind.
    mutating func takeSnapshot(_ position: LogPosition, _ configuration: Configuration, keeping kept: UInt64) {
        (snapshot, self.configuration) = (position, configuration)
        let start = max(base.index, position.index - min(position.index, kept))
        guard start > base.index, let term = term(at: start) else { return }
        log.removeFirst(Int(start - base.index))
        base = LogPosition(index: start, term: term)
    }

    mutating func install(_ position: LogPosition, _ configuration: Configuration) {
        (snapshot, base, log) = (position, position, [])
        self.configuration = configuration
    }
}

/// One member with its disk and the smallest shell that there can be. Writes wait until they are told to be done.
struct Machine {
    let member: Member
    let settings: Raft.Settings
    /// Nil while the member is down.
    private(set) var raft: Raft?
    var disk: MemberDisk
    /// Writes on their way to the disk, and those that are there and were not told yet.
    private(set) var open: [(entries: [Entry], number: UInt64, state: HardState)] = []
    private(set) var written: UInt64?
    /// What the state machine has.
    private(set) var applied = LogPosition()
    private(set) var appliedConfiguration: Configuration
    /// The seed of the next run.
    private var runs: UInt64

    init(_ member: Member, _ configuration: Configuration, _ settings: Raft.Settings) {
        self.member = member
        self.settings = settings
        disk = MemberDisk(configuration: configuration)
        appliedConfiguration = configuration
        runs = member.id &* 1_000_003
    }

    mutating func start() {
        runs += 1
        applied = disk.snapshot
        appliedConfiguration = disk.configuration
        raft = Raft(
            member: member, configuration: disk.configuration, hardState: disk.hardState, applied: disk.snapshot,
            entries: disk.base == disk.snapshot ? disk.log : entriesWithBase, settings: settings, seed: runs)
    }

    /// The first is taken for its position only.
    private var entriesWithBase: [Entry] {
        disk.base.index == 0 ? disk.log : [Entry(index: disk.base.index, term: disk.base.term, kind: .empty)] + disk.log
    }

    /// Of the open writes the first `done` reached the disk.
    mutating func crash(done: Int) {
        for write in open.prefix(done) { disk.write(write.entries, write.state) }
        raft = nil
        (open, written) = ([], nil)
    }

    mutating func step(_ input: Raft.Input) -> [Raft.Effect] { raft?.step(input) ?? [] }

    // MARK: Effects

    mutating func remember(_ state: HardState) {
        writeAll()
        disk.hardState = state
    }

    mutating func write(_ entries: [Entry], number: UInt64) {
        open.append((entries, number, raft?.hardState ?? HardState()))
    }

    mutating func writeAll() { while !open.isEmpty { writeOne() } }

    mutating func writeOne() {
        guard !open.isEmpty else { return }
        let write = open.removeFirst()
        disk.write(write.entries, write.state)
        written = write.number
    }

    /// The number of the last write that is done and was not told.
    mutating func takeWritten() -> UInt64? {
        defer { written = nil }
        return written
    }

    mutating func apply(_ entry: Entry) {
        applied = entry.position
        appliedConfiguration = entry.configuration ?? appliedConfiguration
    }

    mutating func takeSnapshot(keeping kept: UInt64) {
        disk.takeSnapshot(applied, appliedConfiguration, keeping: kept)
    }

    mutating func install(_ position: LogPosition, _ configuration: Configuration) {
        (open, written) = ([], nil)
        disk.install(position, configuration)
        applied = position
        appliedConfiguration = configuration
    }
}
