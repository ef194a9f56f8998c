import Basics
import RaftCore
import TestKit

/// Members and what is between them, moved by dice; a checker looks on.
struct Network {
    private(set) var machines: [Machine] = []
    private var wire: [(message: Message, target: Member)] = []
    /// Pairs that cannot reach each other, in this direction.
    private var cut: Set<[Member]> = []
    private var dice: SplitMix64
    private let weather: Weather
    private var nextRead: UInt64 = 0
    private var nextCommand: UInt64 = 0
    var checker = Checker()
    /// How often what happened, for the test that enough does.
    private(set) var counts: [String: Int] = [:]

    init(seed: UInt64, _ settings: Raft.Settings, _ weather: Weather? = nil) {
        var dice = SplitMix64(seed: seed)
        let weather = weather ?? Weather.all[dice.below(Weather.all.count)]
        var settings = Self.vary(settings, &dice)
        var count = [1, 2, 3, 3, 3, 3, 4, 5][dice.below(8)]
        if weather.members < 5 {
            count = Int(weather.members)
            settings.entriesPerMessageBytes = 1
        }
        self.dice = dice
        self.weather = weather
        let voters = (1...UInt64(count)).map { Member($0) }
        // Those that are not in the first configuration wait to be added.
        for id in 1...weather.members {
            let isVoter = id <= UInt64(count)
            machines.append(Machine(Member(id), Configuration(voters: isVoter ? voters : []), settings))
        }
        for place in machines.indices { start(place) }
    }

    /// Small messages, no pre-votes: what makes some things frequent.
    private static func vary(_ settings: Raft.Settings, _ dice: inout SplitMix64) -> Raft.Settings {
        var settings = settings
        settings.electionTicks = [3, 5, 8][dice.below(3)]
        settings.entriesPerMessageBytes = [1, 200, 200, 2_000][dice.below(4)]
        settings.asksBeforeElection = dice.chance(60)
        settings.checksQuorum = dice.chance(80)
        return settings
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
        // What it had said may be lost with it.
        let member = machines[place].member
        if dice.chance(50) { wire.removeAll { $0.message.from == member } }
    }

    private mutating func carryOut(_ effect: Raft.Effect, _ place: Int) {
        counts[effect.name, default: 0] += 1
        switch effect {
        case .remember(let state): machines[place].remember(state)
        case .write(let entries, let number): machines[place].write(entries, number: number)
        case .send(let message, let target):
            // Through its bytes, as between machines.
            guard let decoded = try? Message(decoding: message.encoded), decoded == message else {
                return checker.violated("a message is another after coding: \(message)")
            }
            wire.append((decoded, target))
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

    private var someMember: Member { mutating get { Member(1 + UInt64(dice.below(machines.count))) } }
    private func place(of member: Member) -> Int { Int(member.id) - 1 }
    private var leaders: [Int] { machines.indices.filter { machines[$0].raft?.isLeader ?? false } }

    /// One thing happens somewhere.
    mutating func happen() {
        let place = dice.below(machines.count)
        switch weather.next(&dice) {
        case .deliver:
            // The more is on the wire the more arrives, so that it does not age without end.
            for _ in 0...wire.count / 8 { deliver(dice.below(wire.count), losing: 3, doubling: 3) }
        case .tick: step(place, .tick)
        case .persist: persist(place)
        case .propose: propose(dice.pick(leaders) ?? place)
        case .read: read(place)
        case .cut: cutOrHeal()
        case .crash: machines[place].raft == nil ? start(place) : crash(place)
        case .crashLeader: dice.pick(leaders).map { crash($0) }
        case .reboot:
            crash(place)
            start(place)
        case .crashInStep: crashing(place)
        case .restart:
            for place in machines.indices where machines[place].raft == nil { start(place) }
        case .snapshot: machines[place].takeSnapshot(keeping: UInt64(dice.below(4)))
        case .transfer:
            let target = someMember
            dice.pick(leaders).map { step($0, .transferLeadership(to: target)) }
        case .changeMembership: changeMembership()
        case .unreachable: step(place, .unreachable(someMember))
        }
    }

    private mutating func deliver(_ index: Int, losing: Int = 0, doubling: Int = 0) {
        guard index < wire.count else { return }
        let (message, target) = wire[index]
        if dice.chance(doubling), !isSnapshot(message) {} else { wire.remove(at: index) }
        let isLost = dice.chance(losing) || cut.contains([message.from, target])
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
        if dice.chance(80), let number = machines[place].takeWritten() { step(place, .persisted(write: number)) }
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
        if dice.chance(70) { cut.removeAll() }
        guard dice.chance(60) else { return }
        let leader = dice.chance(50) ? dice.pick(leaders) : nil
        let lonely = machines[leader ?? dice.below(machines.count)].member
        let some = dice.chance(75) ? [lonely] : machines.map(\.member).filter { _ in dice.chance(50) }
        cutOff(some, isAsymmetric: dice.chance(20))
    }

    /// Nothing comes from these members to the others, nor back unless it is asymmetric.
    private mutating func cutOff(_ some: [Member], isAsymmetric: Bool = false) {
        for member in some {
            for machine in machines where !some.contains(machine.member) {
                cut.insert([member, machine.member])
                if !isAsymmetric { cut.insert([machine.member, member]) }
            }
        }
    }

    private mutating func changeMembership() {
        guard let place = dice.pick(leaders), let configuration = machines[place].raft?.configuration else { return }
        let strangers = machines.map(\.member).filter { !configuration.contains($0) }
        let (voters, learners) = (configuration.voters.shuffled(using: &dice), configuration.learners)
        let change =
            switch dice.below(6) {
            case 0, 1: MembershipChange(learners: Array(strangers.prefix(1 + dice.below(2))))
            case 2: MembershipChange(voters: learners)
            case 3: MembershipChange(removed: Array(voters.prefix(1)))
            case 4: MembershipChange(learners: Array(voters.prefix(1)))
            // Now and then nearly all are others.
            default: MembershipChange(voters: learners, removed: Array(voters.dropFirst()))
            }
        if dice.chance(20) { cutOff(change.removed) }
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

extension Raft.Effect {
    var name: String {
        switch self {
        case .remember: "remember"
        case .write: "write"
        case .send: "send"
        case .apply: "apply"
        case .refuse: "refuse"
        case .readable: "readable"
        case .refuseReads: "refuseReads"
        case .sendSnapshot: "sendSnapshot"
        case .installSnapshot: "installSnapshot"
        case .became: "became"
        case .membership: "membership"
        case .refuseMembershipChange: "refuseMembershipChange"
        case .refuseTransfer: "refuseTransfer"
        }
    }
}
