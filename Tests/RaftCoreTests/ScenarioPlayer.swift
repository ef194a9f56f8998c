import RaftCore

/// Understands the scenarios' words and carries out what the members order. Disks are at once unless they are slow;
/// messages wait until they are delivered.
///
/// - `members 1 2 3`, `learners 4`, `waiting 5`, `set electionTicks=5`, then `start`
/// - `tick 1 [times]`, `timeout 1` (ticks until it campaigns), `propose 1 a b [term=2]`, `read 1 7`
/// - `change 1 learner=4 voter=5 remove=2`, `transfer 1 2`, `unreachable 1 2`
/// - `deliver [from to]` what is on the wire now, `settle` until nothing is left, `drop [from to]`
/// - `cut 2` from everybody, `heal`, `slow 2`, `persist 2`, `crash 2`, `restart 2`, `snapshot 1`
/// - `status`; `quietly` before a line keeps what it leads to to itself
struct ScenarioPlayer {
    private var machines: [Member: Machine] = [:]
    private var settings = Raft.Settings()
    private var voters: [Member] = []
    private var learners: [Member] = []
    private var waiting: [Member] = []
    private var wire: [(message: Message, target: Member)] = []
    private var lonely: Set<Member> = []
    private var slow: Set<Member> = []
    private var lines: [String] = []

    mutating func play(_ input: [String]) -> [String] {
        var answer: [String] = []
        for line in input {
            var words = line.split(separator: " ").map(String.init)
            let isQuiet = words.first == "quietly"
            if isQuiet { words.removeFirst() }
            lines = []
            run(words)
            if !isQuiet { answer += lines }
        }
        return answer.isEmpty ? ["ok"] : answer
    }

    private mutating func run(_ words: [String]) {
        let members = words.dropFirst().compactMap { UInt64($0).map { Member($0) } }
        switch (words.first ?? "", members.first) {
        case ("members", _): voters = members
        case ("learners", _): learners = members
        case ("waiting", _): waiting = members
        case ("set", _): for word in words.dropFirst() { set(word) }
        case ("start", nil): begin()
        case ("deliver", _): deliver(members)
        case ("drop", _): drop(members)
        case ("settle", _): settle()
        case ("heal", _): lonely = []
        case ("status", _): for member in everybody { status(member) }
        case (let verb, let member?): run(verb, member, members.dropFirst().first, Array(words.dropFirst(2)))
        default: lines.append("? \(words)")
        }
    }

    private mutating func run(_ verb: String, _ member: Member, _ other: Member?, _ words: [String]) {
        switch (verb, other) {
        case ("tick", let times): for _ in 0..<(times?.id ?? 1) { step(member, .tick) }
        case ("timeout", _): timeOut(member)
        case ("propose", _): step(member, .propose(proposals(words)))
        case ("read", let number?): step(member, .read(ReadID(number.id)))
        case ("change", _): step(member, .changeMembership(change(words)))
        case ("transfer", let target?): step(member, .transferLeadership(to: target))
        case ("unreachable", let peer?): step(member, .unreachable(peer))
        case ("cut", _): lonely.insert(member)
        case ("slow", _): slow.insert(member)
        case ("persist", _): persist(member)
        case ("crash", _): machines[member]?.crash(done: 0)
        case ("restart", _): start(member)
        case ("snapshot", _): machines[member]?.takeSnapshot(keeping: 0)
        default: lines.append("? \(verb)")
        }
    }

    // MARK: Reading the words

    private mutating func set(_ word: String) {
        let parts = word.split(separator: "=")
        let number = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        switch parts.first {
        case "electionTicks": settings.electionTicks = number
        case "entriesPerMessageBytes": settings.entriesPerMessageBytes = number
        case "inFlightMessages": settings.inFlightMessages = number
        case "retainedEntries": settings.retainedEntries = number
        case "asksBeforeElection": settings.asksBeforeElection = number == 1
        case "checksQuorum": settings.checksQuorum = number == 1
        default: lines.append("? \(word)")
        }
    }

    private func proposals(_ words: [String]) -> [Proposal] {
        let term = words.first { $0.hasPrefix("term=") }.flatMap { Term($0.dropFirst(5)) }
        return words.filter { !$0.hasPrefix("term=") }.map { Proposal(Array($0.utf8), inTerm: term) }
    }

    private func change(_ words: [String]) -> MembershipChange {
        func members(_ name: String) -> [Member] {
            words.filter { $0.hasPrefix(name + "=") }.compactMap { UInt64($0.dropFirst(name.count + 1)) }.map {
                Member($0)
            }
        }
        return MembershipChange(learners: members("learner"), voters: members("voter"), removed: members("remove"))
    }

    // MARK: Members

    private var everybody: [Member] { machines.keys.sorted() }

    private mutating func begin() {
        let configuration = Configuration(voters: voters, learners: learners)
        for member in voters + learners { machines[member] = Machine(member, configuration, settings) }
        for member in waiting { machines[member] = Machine(member, Configuration(voters: []), settings) }
        for member in everybody { start(member) }
    }

    private mutating func start(_ member: Member) {
        machines[member]?.start()
        step(member, .started)
    }

    private mutating func timeOut(_ member: Member) {
        for _ in 0..<2 * settings.electionTicks {
            let before = lines.count
            step(member, .tick)
            if machines[member]?.raft?.role != .follower, lines.count > before { return }
        }
    }

    private mutating func status(_ member: Member) {
        guard let machine = machines[member], let raft = machine.raft else { return lines.append("\(member.id): down") }
        lines.append(
            "\(member.id): \(raft.role) term \(raft.term) leader \(raft.leader?.id ?? 0) last \(show(raft.last)) "
                + "persisted \(raft.persisted) committed \(raft.committed) applied \(raft.applied) "
                + show(raft.configuration))
        for peer in raft.peers {
            let active = peer.isActive ? "active" : "silent"
            lines.append("   \(peer.member.id): \(peer.phase) matched \(peer.matched) \(active)")
        }
    }

    // MARK: Wire and disk

    private func concerns(_ item: (message: Message, target: Member), _ pair: [Member]) -> Bool {
        pair.isEmpty || item.message.from == pair[0] && (pair.count < 2 || item.target == pair[1])
    }

    private mutating func drop(_ pair: [Member]) { wire = wire.filter { !concerns($0, pair) } }

    private mutating func deliver(_ pair: [Member] = []) {
        let due = wire.filter { concerns($0, pair) }
        drop(pair)
        for (message, target) in due {
            let isLost = !lonely.isDisjoint(with: [message.from, target])
            if !isLost { step(target, .receive(message)) }
            if case .snapshot(let position, _) = message.body {
                step(message.from, .snapshotSent(to: target, upTo: isLost ? nil : position.index))
            }
        }
    }

    private mutating func settle() {
        for _ in 0..<100 where !wire.isEmpty { deliver() }
        if !wire.isEmpty { lines.append("? there is no end") }
    }

    private mutating func persist(_ member: Member) {
        machines[member]?.writeAll()
        if let number = machines[member]?.takeWritten() { step(member, .persisted(write: number)) }
    }

    private mutating func step(_ member: Member, _ input: Raft.Input) {
        guard let effects = machines[member]?.step(input) else { return }
        for effect in effects { carryOut(effect, member) }
        if !slow.contains(member) { persist(member) }
    }

    private mutating func carryOut(_ effect: Raft.Effect, _ member: Member) {
        lines.append(show(effect, member))
        switch effect {
        case .remember(let state): machines[member]?.remember(state)
        case .write(let entries, let number): machines[member]?.write(entries, number: number)
        case .send(let message, let target): wire.append((message, target))
        case .apply(let entries): for entry in entries { machines[member]?.apply(entry) }
        case .sendSnapshot(let target, _): sendSnapshot(from: member, to: target)
        case .installSnapshot(let position, let configuration):
            machines[member]?.install(position, configuration)
            step(member, .snapshotInstalled(position, configuration))
        default: break
        }
    }

    private mutating func sendSnapshot(from member: Member, to target: Member) {
        machines[member]?.takeSnapshot(keeping: 0)
        guard let machine = machines[member], let raft = machine.raft else { return }
        let body = Message.Body.snapshot(machine.disk.snapshot, machine.disk.configuration)
        wire.append((Message(from: member, term: raft.term, body: body), target))
    }
}
