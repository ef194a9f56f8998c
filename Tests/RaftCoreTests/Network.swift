import RaftCore

/// Members and what is between them, moved by dice; a checker looks on.
struct Network {
    /// Members there may be; those that are not in the first configuration wait to be added.
    static let pool: UInt64 = 5

    private(set) var machines: [Machine] = []
    private var wire: [(message: Message, target: Member)] = []
    /// Pairs that cannot reach each other, in this direction.
    private var cut: Set<[Member]> = []
    private var dice: Dice
    private var nextRead: UInt64 = 0
    private var nextCommand: UInt64 = 0
    var checker = Checker()

    init(seed: UInt64, _ settings: Raft.Settings) {
        dice = Dice(seed: seed)
        let count = [1, 2, 3, 3, 3, 3, 4, 5][dice.below(8)]
        let voters = (1...UInt64(count)).map { Member($0) }
        for id in 1...Self.pool {
            let isVoter = id <= UInt64(count)
            machines.append(Machine(Member(id), Configuration(voters: isVoter ? voters : []), settings))
        }
        for place in machines.indices { start(place) }
    }

    private mutating func start(_ place: Int) {
        machines[place].start()
        step(place, .started)
    }

    // MARK: Effects

    /// Gives an input; with `crashing` the member dies between two of its effects.
    private mutating func step(_ place: Int, _ input: Raft.Input, crashing: Bool = false) {
        guard machines[place].raft != nil else { return }
        let effects = machines[place].step(input)
        let end = crashing ? dice.below(effects.count + 1) : effects.count
        for effect in effects[..<end] { carryOut(effect, place) }
        if crashing { crash(place) }
    }

    private mutating func crash(_ place: Int) {
        machines[place].crash(done: dice.below(machines[place].open.count + 1))
    }

    private mutating func carryOut(_ effect: Raft.Effect, _ place: Int) {
        switch effect {
        case .remember(let state): machines[place].remember(state)
        case .write(let entries, let number): machines[place].write(entries, number: number)
        case .send(let message, let target): wire.append((message, target))
        case .apply(let entries):
            for entry in entries {
                checker.applied(entry, by: machines[place])
                machines[place].apply(entry)
            }
        case .readable(let reads, let index): for read in reads { checker.answered(read, at: index) }
        case .refuseReads(let reads, _): for read in reads { checker.refused(read) }
        case .sendSnapshot(let target, let least): sendSnapshot(from: place, to: target, atLeast: least)
        case .installSnapshot(let position, let configuration):
            machines[place].install(position, configuration)
            step(place, .snapshotInstalled(position, configuration))
        case .became(.leader, _, _): machines[place].raft.map { checker.elected($0) }
        case .became, .membership, .refuse, .refuseMembershipChange, .refuseTransfer: break
        }
    }

    private mutating func sendSnapshot(from place: Int, to target: Member, atLeast least: Index) {
        guard let raft = machines[place].raft else { return }
        machines[place].takeSnapshot(keeping: UInt64(dice.below(4)))
        let (position, configuration) = (machines[place].disk.snapshot, machines[place].disk.configuration)
        if position.index < least { checker.violated("a snapshot at \(least) was asked for before it was applied") }
        wire.append(
            (Message(from: raft.member, term: raft.term, body: .snapshot(position, configuration)), target))
    }

    // MARK: Events

    private func place(of member: Member) -> Int { Int(member.id) - 1 }
    private var leaders: [Int] { machines.indices.filter { machines[$0].raft?.isLeader ?? false } }

    /// One thing happens somewhere.
    mutating func happen() {
        let place = dice.below(machines.count)
        switch dice.below(1_000) {
        case ..<470: deliver(dice.below(wire.count), losing: 3, doubling: 3)
        case ..<650: step(place, .tick)
        case ..<800: persist(place)
        case ..<880: propose(dice.pick(leaders) ?? place)
        case ..<930: read(place)
        case ..<945: cutOrHeal()
        case ..<955: machines[place].raft == nil ? start(place) : crash(place)
        case ..<965: crashing(place)
        case ..<975: machines[place].takeSnapshot(keeping: UInt64(dice.below(4)))
        case ..<980: dice.pick(leaders).map { step($0, .transferLeadership(to: Member(1 + UInt64(dice.below(5))))) }
        case ..<992: changeMembership()
        default: step(place, .unreachable(Member(1 + UInt64(dice.below(5)))))
        }
    }

    private mutating func deliver(_ index: Int, losing: Int = 0, doubling: Int = 0) {
        guard index < wire.count else { return }
        let (message, target) = wire[index]
        if dice.chance(of: doubling), !isSnapshot(message) {} else { wire.remove(at: index) }
        let isLost = dice.chance(of: losing) || cut.contains([message.from, target])
        if !isLost { step(place(of: target), .receive(message)) }
        if case .snapshot(let position, _) = message.body {
            step(place(of: message.from), .snapshotSent(to: target, upTo: isLost ? nil : position.index))
        }
    }

    private func isSnapshot(_ message: Message) -> Bool {
        if case .snapshot = message.body { true } else { false }
    }

    private mutating func persist(_ place: Int) {
        for _ in 0...dice.below(2) { machines[place].writeOne() }
        // Now and then the news that the disk is done comes late.
        if dice.chance(of: 80), let number = machines[place].takeWritten() { step(place, .persisted(write: number)) }
    }

    private mutating func propose(_ place: Int) {
        let proposals = (0...dice.below(3)).map { _ in
            nextCommand += 1
            return Proposal(withUnsafeBytes(of: nextCommand) { Array($0) })
        }
        step(place, .propose(proposals))
    }

    private mutating func read(_ place: Int) {
        guard machines[place].raft != nil else { return }
        nextRead += 1
        checker.asked(ReadID(nextRead))
        step(place, .read(ReadID(nextRead)))
    }

    /// The member dies in the midst of what a message or a tick leads to.
    private mutating func crashing(_ place: Int) {
        if let index = wire.indices.first(where: { wire[$0].target == machines[place].member }) {
            step(place, .receive(wire[index].message), crashing: true)
        } else {
            step(place, .tick, crashing: true)
        }
    }

    private mutating func cutOrHeal() {
        guard dice.chance(of: 40) else { return cut.removeAll() }
        let lonely = Member(1 + UInt64(dice.below(5)))
        let isAsymmetric = dice.chance(of: 20)
        for machine in machines where machine.member != lonely {
            cut.insert([lonely, machine.member])
            if !isAsymmetric { cut.insert([machine.member, lonely]) }
        }
    }

    private mutating func changeMembership() {
        guard let place = dice.pick(leaders), let configuration = machines[place].raft?.configuration else { return }
        let strangers = machines.map(\.member).filter { !configuration.contains($0) }
        let (voter, learner) = (dice.pick(configuration.voters), dice.pick(configuration.learners))
        var change = MembershipChange()
        if dice.chance(of: 50), let stranger = dice.pick(strangers) { change.learners.append(stranger) }
        if dice.chance(of: 60), let learner { change.voters.append(learner) }
        if dice.chance(of: 30), let voter, configuration.voters.count > 1 {
            if dice.chance(of: 30) { change.learners.append(voter) } else { change.removed.append(voter) }
        }
        step(place, .changeMembership(change))
    }

    mutating func compareLogs() {
        let rafts = machines.compactMap(\.raft)
        for (place, raft) in rafts.enumerated() {
            for other in rafts[(place + 1)...] { checker.compare(raft, other) }
        }
    }

    // MARK: The end

    /// Everything works again. Whoever is in the leader's configuration must soon have the same log.
    mutating func settle() {
        cut = []
        for place in machines.indices where machines[place].raft == nil { start(place) }
        var isProposed = false
        for _ in 0..<400 {
            for place in machines.indices { step(place, .tick) }
            for _ in 0..<8 {
                let count = wire.count
                for _ in 0..<count { deliver(0) }
                for place in machines.indices {
                    machines[place].writeAll()
                    if let number = machines[place].takeWritten() { step(place, .persisted(write: number)) }
                }
            }
            if checker.violation != nil { return }
            if isProposed, isSettled { return }
            if let leader = leaders.max(by: { machines[$0].raft?.term ?? 0 < machines[$1].raft?.term ?? 0 }),
                !isProposed
            {
                propose(leader)
                isProposed = machines[leader].raft.map { $0.lastIndex > $0.committed } ?? false
            }
        }
        checker.violated("nothing was agreed on after everything worked again")
    }

    private var isSettled: Bool {
        guard leaders.count == 1, let leader = leaders.first, let raft = machines[leader].raft else { return false }
        let configuration = raft.configuration
        let members = machines.filter { configuration.contains($0.member) }
        return !configuration.isJoint && raft.committed == raft.lastIndex
            && members.allSatisfy { $0.applied.index == raft.committed && $0.raft?.leader == raft.member }
    }
}
