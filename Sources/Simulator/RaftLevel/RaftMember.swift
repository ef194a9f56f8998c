import RaftCore

/// A member made of `Raft` and a modelled disk: the shell in its simplest form, which carries out effects in their
/// order and may die between any two of them.
struct RaftMember: SimulatedMember {
    enum Packet: CustomStringConvertible {
        case message(Message)
        indirect case snapshot(Message, Machine)

        var description: String {
            switch self {
            case .message(let message): "\(message)"
            case .snapshot(_, let machine): "a snapshot up to \(machine.applied)"
            }
        }
    }
    enum Timer {
        case written(UInt64)
        case snapshotSent(to: Member, upTo: Index?)
    }

    let number: Int
    let settings: RaftSettings
    private var raft: Raft?
    private var disk: ModelledDisk
    private var machine: Machine
    /// Calls that wait for their entries.
    private var waiting: [Index: (term: Term, call: Int)] = [:]
    /// Calls whose reads wait until the state is there.
    private var reading: [(index: Index, call: Int)] = []
    private var isDiskFull = false

    init(_ number: Int, bootstrap: Configuration, settings: RaftSettings) {
        self.number = number
        self.settings = settings
        machine = Machine(bootstrap)
        disk = ModelledDisk(machine)
    }

    private var id: Member { Member(UInt64(number + 1)) }

    var standing: Standing? {
        raft.map { Standing(isLeader: $0.isLeader, term: $0.term, configuration: $0.configuration) }
    }
    var isLeader: Bool { raft?.isLeader ?? false }
    var progress: (applied: Index, hash: UInt64) { (machine.applied.index, machine.hash) }

    func holds(_ position: LogPosition) -> Bool { disk.holds(position) }

    // MARK: Life

    mutating func start(_ world: inout MemberWorld<Self>) {
        machine = disk.snapshot
        raft = Raft(
            member: id, configuration: machine.configuration, hardState: disk.hardState, applied: machine.applied,
            entries: disk.recovered, settings: settings.raft, seed: world.dice.next())
        step(.started, &world)
    }

    mutating func crash(_ world: inout MemberWorld<Self>) {
        raft = nil
        waiting = [:]
        reading = []
        disk.crash(&world.dice)
    }

    mutating func tick(_ world: inout MemberWorld<Self>) { step(.tick, &world) }

    mutating func receive(_ packet: Packet, from sender: Int, _ world: inout MemberWorld<Self>) {
        switch packet {
        case .message(let message): step(.receive(message), &world)
        case .snapshot(let message, let machine): step(.receive(message), carrying: machine, &world)
        }
    }

    mutating func fired(_ timer: Timer, _ world: inout MemberWorld<Self>) {
        switch timer {
        case .written(let number):
            disk.synchronize(upTo: number)
            step(.persisted(write: number), &world)
        case .snapshotSent(let member, let index): step(.snapshotSent(to: member, upTo: index), &world)
        }
    }

    mutating func request(_ call: Int, _ world: inout MemberWorld<Self>) {
        if world.calls[call].transaction.isReadOnly {
            step(.read(ReadID(UInt64(call))), &world)
        } else if isDiskFull {
            world.answer(call, .refused(leader: nil))
        } else {
            let padding = world.dice.happens(perMille: 100) ? 400 : 0
            step(.propose([Proposal(Machine.command(call, padding: padding))]), proposing: call, &world)
        }
    }

    mutating func change(_ change: MembershipChange, _ world: inout MemberWorld<Self>) {
        step(.changeMembership(change), &world)
    }

    mutating func transferLeadership(to member: Int, _ world: inout MemberWorld<Self>) {
        step(.transferLeadership(to: Member(UInt64(member + 1))), &world)
    }

    mutating func setDiskFull(_ isFull: Bool) { isDiskFull = isFull }

    var leaseCount: Int { 0 }
    var alarmCount: Int { 0 }

    mutating func finish(_ world: inout MemberWorld<Self>) {}

    // MARK: Effects

    private mutating func step(
        _ input: Raft.Input, proposing call: Int? = nil, carrying carried: Machine? = nil,
        _ world: inout MemberWorld<Self>
    ) {
        guard !world.hasCrashed, let before = raft.map({ ($0.committed, $0.configuration) }),
            let effects = raft?.step(input)
        else { return }
        if let raft, raft.isLeader, raft.committed > before.0, let term = raft.term(at: raft.committed) {
            world.commitment = (
                LogPosition(index: raft.committed, term: term), raft.term, [before.1, raft.configuration]
            )
        }
        for effect in effects {
            if world.dice.happens(perMille: world.weather.crashPerMille) {
                world.trace.line(at: world.now, "\(number + 1) dies before \(effect)")
                world.hasCrashed = true
                return
            }
            world.trace.line(at: world.now, "\(number + 1)      \(effect)")
            carryOut(effect, proposing: call, carrying: carried, &world)
            if case .send(let message, _) = effect, case .vote(granted: true) = message.body,
                world.dice.happens(perMille: world.weather.crashAfterVotePerMille)
            {
                world.trace.line(at: world.now, "\(number + 1) dies after its vote")
                world.hasCrashed = true
                return
            }
        }
    }

    private mutating func carryOut(
        _ effect: Raft.Effect, proposing call: Int?, carrying carried: Machine?, _ world: inout MemberWorld<Self>
    ) {
        guard let raft else { return }
        switch effect {
        case .remember(let state): disk.remember(state)
        case .write(let entries, let write):
            if let first = entries.first {
                world.checker.wrote(number + 1, entries, after: first.index == 1 ? 0 : raft.term(at: first.index - 1))
            }
            if let call, let entry = entries.first { waiting[entry.index] = (entry.term, call) }
            disk.write(write, raft.hardState, entries)
            world.wake(after: world.writeTime(), .written(write))
        case .send(let message, let member):
            if case .vote(granted: true) = message.body {
                world.checker.voted(number + 1, for: member, in: message.term)
            }
            world.send(.message(message), to: Int(member.id) - 1)
        case .apply(let entries): apply(entries, &world)
        case .refuse(_, let refusal):
            guard let call else { return }
            if case .notLeader(let leader) = refusal {
                world.answer(call, .refused(leader: leader.map { Int($0.id) - 1 }))
            } else {
                world.answer(call, .refused(leader: nil))
            }
        case .readable(let reads, let index):
            reading += reads.map { (index, Int($0.id)) }
            answerReads(&world)
        case .refuseReads(let reads, let leader):
            for read in reads { world.answer(Int(read.id), .refused(leader: leader.map { Int($0.id) - 1 })) }
        case .sendSnapshot(let member, let index): sendSnapshot(to: member, atLeast: index, &world)
        case .installSnapshot(let position, let configuration):
            guard let carried else { return }
            disk.install(carried)
            machine = carried
            world.checker.state(of: number + 1, at: machine.applied.index, hash: machine.hash)
            step(.snapshotInstalled(position, configuration), &world)
            answerReads(&world)
        case .became(let role, let term, _):
            guard role == .leader else { return }
            world.checker.leads(number + 1, in: term, lastIndex: raft.lastIndex) { raft.term(at: $0) }
        case .membership, .refuseMembershipChange, .refuseTransfer: return
        }
    }

    private mutating func apply(_ entries: [Entry], _ world: inout MemberWorld<Self>) {
        for entry in entries {
            world.checker.applied(number + 1, entry, expected: machine.applied.index + 1)
            if !disk.holds(entry.position) {
                world.checker.report(.ownDisk, "member \(number + 1) applies entry \(entry.index) before it is durable")
            }
            let result = machine.apply(entry, world.calls)
            guard let (term, call) = waiting.removeValue(forKey: entry.index) else { continue }
            if let result, result.call == call, term == entry.term {
                world.answer(call, .answered(result.answer))
            } else {
                // Another entry has its place, so that it can never come.
                world.answer(call, .refused(leader: nil))
            }
        }
        world.checker.state(of: number + 1, at: machine.applied.index, hash: machine.hash)
        answerReads(&world)
        if machine.applied.index >= disk.snapshot.applied.index + settings.entriesPerSnapshot {
            disk.take(machine, keeping: settings.entriesKept)
        }
    }

    private mutating func answerReads(_ world: inout MemberWorld<Self>) {
        reading.removeAll { index, call in
            guard index <= machine.applied.index else { return false }
            var copy = machine
            world.answer(call, .answered(copy.run(world.calls[call].transaction)))
            return true
        }
    }

    private mutating func sendSnapshot(to member: Member, atLeast index: Index, _ world: inout MemberWorld<Self>) {
        guard let raft else { return }
        let carried = disk.snapshot.applied.index >= index ? disk.snapshot : machine
        let message = Message(
            from: id, term: raft.term, body: .snapshot(carried.applied, carried.configuration))
        // The wire may break in the middle of it, and the sender may believe so although all has arrived.
        let breaks = world.dice.happens(perMille: world.weather.lossPerMille)
        if !breaks || world.dice.happens(perMille: 500) {
            world.send(.snapshot(message, carried), to: Int(member.id) - 1)
        }
        world.wake(
            after: UInt64(world.dice.number(in: 5_000...60_000)),
            .snapshotSent(to: member, upTo: breaks ? nil : carried.applied.index))
    }
}
