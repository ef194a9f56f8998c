import RaftCore

/// A cluster, its clients and everything between them, on one agenda. The first part of a run is stormy as its plan
/// says; then nothing goes wrong any more, and the cluster must agree and go on.
struct ClusterWorld<M: SimulatedMember> {
    enum Event {
        case tick(Int, life: Int)
        case packet(M.Packet, from: Int, to: Int)
        case timer(M.Timer, member: Int, life: Int)
        case clientCalls(Int)
        case request(Int, member: Int)
        case outcome(Int, Outcome)
        case clientGivesUp(Int)
        case holderCalls(Int)
        case mishap(Int)
        case restart(Int, life: Int)
        case heal(Int)
        case resume(Int)
        case roomOnDisk(Int)
        case retire(Int)
        case storm(isOver: Bool)
    }

    let plan: Plan
    var agenda = Agenda<Event>()
    var world: MemberWorld<M>
    var network: Network
    /// Members by number, from 0 on; a member's id is its number plus 1.
    var members: [Member]
    var clients: [Client]
    var holders: [LeaseHolder] = []
    var workload = Workload()
    var workloadDice: Dice
    /// Partitions that were made and not healed yet.
    var cuts = 0
    var isCalm = false
    var events = 0
    /// Makes a member that may join; it gets its number.
    let make: (Int, inout Dice) -> M

    struct Member {
        var core: M
        /// Counts starts and crashes, so that what belongs to an earlier life is not taken for news.
        var life = 0
        var isUp = false
        var isPaused = false
        /// Removed from the cluster for good, or not yet part of it.
        var isOut = true
        var pausedWith: [Event] = []
        /// Microseconds between ticks; clocks are not equally fast.
        var tickLength: UInt64 = 0
    }

    struct Client {
        var call: Int?
        var guess: Int
    }

    /// How long a tick is, by the median clock.
    static var tickMicroseconds: Int { 20_000 }
    /// Messages that wait for a paused member.
    static var pausedLimit: Int { 200 }

    init(_ plan: Plan, keepsLines: Bool, make: @escaping (Int, inout Dice) -> M) {
        self.plan = plan
        self.make = make
        let dice = Dice(seed: plan.seed)
        let voters = (1...plan.memberCount).map { RaftCore.Member(UInt64($0)) }
        world = MemberWorld(
            dice: dice.split(1), weather: plan.weather, checker: LogChecker(Configuration(voters: voters)),
            calls: CallTable(), trace: Trace(keepsLines: keepsLines))
        network = Network(dice.split(2), weather: plan.weather, keepsOrder: M.self is StoreMember.Type)
        workloadDice = dice.split(3)
        clients = (0..<plan.clientCount).map { Client(guess: $0 % plan.memberCount) }
        members = []
        for number in 0..<plan.memberCount { addMember(number) }
    }

    // MARK: Running

    /// Runs until the end, or until something is violated.
    mutating func run() {
        for number in members.indices { start(number) }
        for client in clients.indices { agenda.plan(.clientCalls(client), after: thinkTime()) }
        beginLeases()
        for place in plan.mishaps.indices { agenda.plan(.mishap(place), after: plan.mishaps[place].time) }
        agenda.plan(.storm(isOver: true), after: plan.duration)
        while !isCalm, world.checker.violation == nil { step() }
        if world.checker.violation == nil { settle() }
    }

    /// Handles one event.
    mutating func step() {
        guard let event = agenda.next() else { return }
        events += 1
        world.now = agenda.now
        if events > plan.eventLimit, !isCalm { calmDown() }
        handle(event)
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .tick(let number, let life): tick(number, life)
        case .packet(let packet, let sender, let number):
            guard isAwake(number, event) else { return }
            world.trace.note(1, UInt64(number), agenda.now)
            world.trace.line(at: agenda.now, "\(number + 1) ← \(sender + 1)  \(packet)")
            members[number].core.receive(packet, from: sender, &world)
            carryOut(for: number)
        case .timer(let timer, let number, let life):
            guard members[number].life == life, isAwake(number, event) else { return }
            world.trace.note(2, UInt64(number), agenda.now)
            members[number].core.fired(timer, &world)
            carryOut(for: number)
        case .clientCalls(let client): clientCalls(client)
        case .request(let call, let number):
            guard isAwake(number, event) else { return }
            world.trace.note(3, UInt64(number), UInt64(call))
            members[number].core.request(call, &world)
            carryOut(for: number)
        case .outcome(let call, let outcome): clientHears(call, outcome)
        case .holderCalls(let number): holderCalls(number)
        case .clientGivesUp(let call): clientHears(call, .unknown)
        case .mishap(let place): if !isCalm { happen(plan.mishaps[place]) }
        case .restart(let number, let life):
            if members[number].life == life, !members[number].isUp, !members[number].isOut { start(number) }
        case .heal(let cut): if cut == cuts { heal() }
        case .resume(let number): resume(number)
        case .roomOnDisk(let number): members[number].core.setDiskFull(false)
        case .retire(let number): retire(number)
        case .storm: calmDown()
        }
    }

    /// A paused member's events wait; a dead one's are lost.
    private mutating func isAwake(_ number: Int, _ event: Event) -> Bool {
        guard members[number].isUp else { return false }
        guard members[number].isPaused else { return true }
        if members[number].pausedWith.count < Self.pausedLimit { members[number].pausedWith.append(event) }
        return false
    }

    /// Carries out what a member did in an event.
    mutating func carryOut(for number: Int) {
        for (receiver, packet) in world.takePackets() where receiver < members.count {
            for delay in network.delays(from: number, to: receiver, now: agenda.now) {
                agenda.plan(.packet(packet, from: number, to: receiver), after: delay)
            }
        }
        for (delay, timer) in world.takeTimers() {
            agenda.plan(.timer(timer, member: number, life: members[number].life), after: delay)
        }
        for (call, outcome) in world.takeOutcomes() {
            agenda.plan(.outcome(call, outcome), after: clientDelay())
        }
        if let commitment = world.commitment {
            world.commitment = nil
            let members = members
            world.checker.committed(number + 1, commitment.position, in: commitment.term, commitment.configurations) {
                $0.id <= UInt64(members.count) && members[Int($0.id) - 1].core.holds(commitment.position)
            }
        }
        if world.hasCrashed {
            world.hasCrashed = false
            // Many come back before anybody has missed them.
            let isQuick = world.dice.happens(perMille: 500)
            crash(number, for: UInt64(world.dice.below(isQuick ? 10_000 : 2 * plan.weather.mishapDuration)))
        }
    }

    // MARK: Members

    mutating func addMember(_ number: Int) {
        var dice = Dice(seed: plan.seed).split(100 + UInt64(number))
        let speed = dice.number(in: 850...1_150)
        var member = Member(core: make(number, &dice))
        member.tickLength = UInt64(Self.tickMicroseconds * speed / 1_000)
        member.isOut = false
        members.append(member)
    }

    mutating func start(_ number: Int) {
        members[number].life += 1
        members[number].isUp = true
        members[number].isPaused = false
        world.trace.note(4, UInt64(number), agenda.now)
        world.trace.line(at: agenda.now, "\(number + 1) starts")
        members[number].core.start(&world)
        let life = members[number].life
        carryOut(for: number)
        guard members[number].life == life else { return }
        agenda.plan(.tick(number, life: life), after: members[number].tickLength)
    }

    private mutating func tick(_ number: Int, _ life: Int) {
        guard members[number].isUp, members[number].life == life else { return }
        agenda.plan(.tick(number, life: life), after: members[number].tickLength)
        if members[number].isPaused { return }
        world.trace.note(5, UInt64(number), agenda.now)
        members[number].core.tick(&world)
        carryOut(for: number)
    }

    mutating func crash(_ number: Int, for duration: UInt64) {
        guard members[number].isUp else { return }
        world.trace.note(6, UInt64(number), agenda.now)
        world.trace.line(at: agenda.now, "\(number + 1) crashes")
        members[number].life += 1
        members[number].isUp = false
        members[number].isPaused = false
        members[number].pausedWith = []
        members[number].core.crash(&world)
        agenda.plan(.restart(number, life: members[number].life), after: isCalm ? 1_000 : 1_000 + duration)
    }

    private mutating func resume(_ number: Int) {
        guard members[number].isPaused else { return }
        members[number].isPaused = false
        world.trace.line(at: agenda.now, "\(number + 1) goes on")
        for event in members[number].pausedWith { agenda.plan(event, after: 1) }
        members[number].pausedWith = []
    }

    /// An operator stops a member that was removed: nobody's configuration has it.
    private mutating func retire(_ number: Int) {
        guard !members[number].isOut, !isNeeded(number) else { return }
        world.trace.line(at: agenda.now, "\(number + 1) is out of the cluster and stops")
        members[number].isOut = true
        members[number].isUp = false
        members[number].life += 1
    }

    /// Whether the configuration that was applied last, or that of a member that is up, has this member. Those which
    /// are not applied yet count, too: what is down because of them may be what they wait for.
    func isNeeded(_ number: Int) -> Bool {
        let id = RaftCore.Member(UInt64(number + 1))
        return world.checker.configuration.contains(id)
            || members.contains { $0.isUp && $0.core.standing?.configuration.contains(id) ?? false }
    }

    // MARK: The storm and its end

    mutating func heal() {
        world.trace.line(at: agenda.now, "the network is whole")
        network.heal()
    }

    mutating func calmDown() {
        guard !isCalm else { return }
        isCalm = true
        world.trace.line(at: agenda.now, "nothing goes wrong any more")
        world.weather = .calm
        network.weather = .calm
        heal()
        for number in members.indices where !members[number].isOut {
            members[number].core.setDiskFull(false)
            resume(number)
            if !members[number].isUp { start(number) }
        }
        for number in members.indices { retire(number) }
    }
}
