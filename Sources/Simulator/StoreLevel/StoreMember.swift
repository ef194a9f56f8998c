import EtcdStore
import KeyValueCore
import Logging
import RaftCore

/// A whole member of the store: engine, state, log and snapshots on a simulated disk, driven as `skiff`'s thread
/// drives it. While the disk synchronizes, what comes in waits and is taken all at once.
struct StoreMember: SimulatedMember {
    enum Packet: CustomStringConvertible {
        case message(PeerMessage)
        indirect case snapshot([UInt8], Message)
        /// How a snapshot arrived: what it includes, or nil.
        case snapshotOutcome(Index?)

        var description: String {
            switch self {
            case .message(.raft(let message)): "\(message)"
            case .message(let message): "\(message)"
            case .snapshot(let bytes, let message): "\(bytes.count) bytes of a snapshot, and \(message)"
            case .snapshotOutcome(let index): "the snapshot is \(index == nil ? "lost" : "there")"
            }
        }
    }
    enum Timer {
        /// The disk has synchronized.
        case flush
        /// Work of another thread is due.
        case work(Int)
        /// The answer to a snapshot should have come.
        case snapshotIsLost(to: Member, number: Int)
    }
    enum Input {
        case packet(Packet, from: Int)
        case timer(Timer)
        case tick
        case request(Int)
        case change(MembershipChange)
        case transfer(Int)
    }

    let number: Int
    let settings: StoreSettings
    let founding: StoreFounding
    private(set) var engine: StoreEngine?
    private(set) var disk = SimulatedDisk()
    private let random: SharedDice
    let engineOutput = EngineOutput()
    /// Work for other threads that was not begun.
    var works: [Int: EngineOutput.Work] = [:]
    var workCount = 0
    /// Snapshots on their way, by who gets them.
    private var departures: [Member: Int] = [:]
    private var isBusy = false
    private var inbox: [Input] = []
    private var isDiskFull = false
    /// What was told to the checker.
    var checked = LogPosition()
    var checkedRevision: Revision = 1
    var checkedTerm: Term = 0
    var watchers: [WatchReader] = []

    init(_ number: Int, founding: StoreFounding, settings: StoreSettings, dice: Dice) {
        self.number = number
        self.founding = founding
        self.settings = settings
        random = SharedDice(dice)
    }

    var id: Member { Member(UInt64(number + 1)) }
    func now(_ world: MemberWorld<Self>) -> Int64 { 1_000 + Int64(world.now / 1_000) }

    // One field at a time: a copy of the engine is a copy of everything.
    var standing: Standing? {
        guard let isLeader = engine?.raft.isLeader, let term = engine?.raft.term,
            let configuration = engine?.raft.configuration
        else { return nil }
        return Standing(isLeader: isLeader, term: term, configuration: configuration)
    }
    var isLeader: Bool { engine?.raft.isLeader ?? false }
    var progress: (applied: Index, hash: UInt64) {
        engine?.shared.withContent { ($0.applied.position.index, $0.state.hash) } ?? (0, 0)
    }

    // MARK: Life

    mutating func start(_ world: inout MemberWorld<Self>) {
        let environment = StoreEnvironment(
            disk: disk, limits: settings.limits, random: { [random] in random.next() }, logger: Self.silence)
        do throws(StoreError) {
            let recovered = try StoreRecovery(environment, founding: founding).run()
            let shared = SharedState(recovered, limits: settings.limits)
            var engine = StoreEngine(recovered, shared: shared, environment: environment) { [engineOutput] work in
                engineOutput.add(work)
            }
            checked = recovered.applied.position
            checkedRevision = recovered.applied.keyValues.revision
            checkedTerm = 0
            engine.start(now: now(world))
            self.engine = engine
        } catch {
            // A disk that is full, or that dies again, is no fault of the store's.
            if !disk.hasCrashed, error != .outOfSpace {
                world.checker.report(.recovery, "member \(number + 1) does not start: \(error)")
            }
            world.hasCrashed = true
            return
        }
        watchers = (0..<settings.watchersPerMember).map { WatchReader(place: number * 8 + $0) }
        endTurn(&world)
    }

    private static let silence = Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }

    mutating func crash(_ world: inout MemberWorld<Self>) {
        observeState(&world)
        engine = nil
        engineOutput.clear()
        works = [:]
        departures = [:]
        inbox = []
        isBusy = false
        watchers = []
        disk = disk.afterCrash(using: &world.dice)
        setDiskFull(isDiskFull)
    }

    mutating func setDiskFull(_ isFull: Bool) {
        isDiskFull = isFull
        disk.setFaults { $0.capacity = isFull ? 0 : nil }
    }

    mutating func tick(_ world: inout MemberWorld<Self>) { take(.tick, &world) }
    mutating func receive(_ packet: Packet, from sender: Int, _ world: inout MemberWorld<Self>) {
        take(.packet(packet, from: sender), &world)
    }
    mutating func request(_ call: Int, _ world: inout MemberWorld<Self>) { take(.request(call), &world) }
    mutating func change(_ change: MembershipChange, _ world: inout MemberWorld<Self>) {
        take(.change(change), &world)
    }
    mutating func transferLeadership(to member: Int, _ world: inout MemberWorld<Self>) {
        take(.transfer(member), &world)
    }
    mutating func fired(_ timer: Timer, _ world: inout MemberWorld<Self>) {
        guard case .flush = timer else { return take(.timer(timer), &world) }
        isBusy = false
        if mayDie(&world) { return }
        let now = now(world)
        engine?.flush(now: now)
        endTurn(&world)
        guard !world.hasCrashed, !isBusy, !inbox.isEmpty else { return }
        let inputs = inbox
        inbox = []
        for input in inputs where !world.hasCrashed { feed(input, &world) }
        beginFlush(&world)
    }

    func holds(_ position: LogPosition) -> Bool { true }

    /// The turn may not be over: what it has applied is seen before what watches were told of it.
    mutating func finish(_ world: inout MemberWorld<Self>) {
        observeState(&world)
        readWatches(&world)
    }

    var leaseCount: Int { engine?.shared.withContent { $0.state.leases.count } ?? 0 }
    var alarmCount: Int { engine?.shared.withContent { $0.applied.alarmCount } ?? 0 }

    // MARK: Turns

    private mutating func take(_ input: Input, _ world: inout MemberWorld<Self>) {
        if isBusy {
            if inbox.count < settings.inboxLimit { inbox.append(input) }
            return
        }
        feed(input, &world)
        beginFlush(&world)
    }

    /// What may leave before the disk is done leaves now.
    private mutating func beginFlush(_ world: inout MemberWorld<Self>) {
        guard !world.hasCrashed else { return }
        observeLeader(&world)
        carry(&world)
        if world.hasCrashed { return }
        if engine?.needsFlush == true {
            if mayDie(&world) { return }
            isBusy = true
            world.wake(after: world.writeTime(), .flush)
        } else {
            let now = now(world)
            engine?.flush(now: now)
            endTurn(&world)
        }
    }

    private mutating func endTurn(_ world: inout MemberWorld<Self>) {
        if engine?.hasGarbage == true { engine?.collectGarbage() }
        carry(&world)
        observe(&world)
        if engine?.failure != nil { world.hasCrashed = true }
        if engine?.needsFlush == true, !isBusy, !world.hasCrashed {
            isBusy = true
            world.wake(after: world.writeTime(), .flush)
        }
    }

    /// Now and then the member dies here, or in the middle of one of the disk's next changes.
    private mutating func mayDie(_ world: inout MemberWorld<Self>) -> Bool {
        guard world.dice.happens(perMille: world.weather.crashPerMille) else { return false }
        switch world.dice.below(3) {
        case 0:
            world.trace.line(at: world.now, "\(number + 1) dies")
            world.hasCrashed = true
            return true
        case 1:
            let change = disk.changes + 1 + world.dice.below(6)
            disk.setFaults { $0.crashAtChange = change }
        default:
            let synchronization = disk.synchronizations + 1
            disk.setFaults { $0.failAtSynchronize = synchronization }
        }
        return false
    }

    private mutating func feed(_ input: Input, _ world: inout MemberWorld<Self>) {
        let now = now(world)
        switch input {
        case .tick: engine?.tick(now: now)
        case .packet(let packet, let sender): unpack(packet, from: sender, &world)
        case .request(let call): serve(call, &world)
        case .change(let change): engine?.ask([WaitingRequest(.changeMembership(change)) { _ in }], now: now)
        case .transfer(let member):
            engine?.ask([WaitingRequest(.transferLeadership(to: Member(UInt64(member + 1)))) { _ in }], now: now)
        case .timer(.flush): return
        case .timer(.work(let number)):
            guard let work = works.removeValue(forKey: number) else { return }
            engine?.snapshotFinished(work(), now: now)
        case .timer(.snapshotIsLost(let member, let departure)):
            if departures[member] == departure { snapshotSent(to: member, upTo: nil, now: now) }
        }
    }

    // MARK: Packets

    private mutating func unpack(_ packet: Packet, from sender: Int, _ world: inout MemberWorld<Self>) {
        let peer = Member(UInt64(sender + 1))
        let now = now(world)
        switch packet {
        case .message(let message): engine?.receive(message, from: peer, now: now)
        case .snapshotOutcome(let index):
            if departures[peer] != nil { snapshotSent(to: peer, upTo: index, now: now) }
        case .snapshot(let bytes, let message):
            do throws(StoreError) {
                var receiver = try SnapshotReceiver(disk: disk, number: random.next())
                let middle = bytes.count / 2
                try receiver.add(Array(bytes[..<middle]))
                try receiver.add(Array(bytes[middle...]))
                let received = try receiver.finish()
                engine?.snapshotReceived(received, message, now: now)
                world.send(.snapshotOutcome(received.position.index), to: sender)
            } catch {
                if case .corrupt = error { world.checker.report(.recovery, "a snapshot arrived damaged: \(error)") }
                if disk.hasCrashed { world.hasCrashed = true }
                world.send(.snapshotOutcome(nil), to: sender)
            }
        }
    }

    private mutating func snapshotSent(to member: Member, upTo index: Index?, now: Int64) {
        departures[member] = nil
        engine?.snapshotSent(to: member, upTo: index, now: now)
    }

    private mutating func carry(_ world: inout MemberWorld<Self>) {
        guard let output = engine?.takeOutput() else { return }
        for item in output {
            switch item {
            case .send(let message, let member):
                if case .raft(let raft) = message, case .vote(granted: true) = raft.body {
                    world.checker.voted(number + 1, for: member, in: raft.term)
                    if world.dice.happens(perMille: world.weather.crashAfterVotePerMille) {
                        world.trace.line(at: world.now, "\(number + 1) dies after its vote")
                        world.hasCrashed = true
                    }
                }
                world.send(.message(message), to: Int(member.id) - 1)
            case .sendSnapshot(let file, let message, let member):
                workCount += 1
                departures[member] = workCount
                world.wake(after: 150_000, .snapshotIsLost(to: member, number: workCount))
                guard let bytes = disk.bytes(of: file.name) else { continue }
                world.send(.snapshot(bytes, message), to: Int(member.id) - 1)
            }
        }
    }

    // MARK: Clients

    private mutating func serve(_ call: Int, _ world: inout MemberWorld<Self>) {
        let now = now(world)
        let engineOutput = engineOutput
        let request = world.calls[call].request
        switch request {
        case .transaction(let transaction) where transaction.isReadOnly:
            if engine?.shared.withContent({ $0.standing.isAlone }) == true { return engineOutput.post(call, .ready) }
            engine?.read([WaitingRead { engineOutput.post(call, .read($0)) }], now: now)
        case .readLeaseKey:
            engine?.read([WaitingRead { engineOutput.post(call, .read($0)) }], now: now)
        case .keepAlive(let id):
            engine?.ask([WaitingRequest(.keepAlive(id)) { engineOutput.post(call, .request($0)) }], now: now)
        case .transaction, .grantLease, .attach, .compact:
            let revision = engine?.shared.withContent { $0.state.revision } ?? 0
            guard let command = request.command(at: revision) else { return }
            engine?.propose([WaitingProposal(command) { engineOutput.post(call, .command($0)) }], now: now)
        }
    }
}
