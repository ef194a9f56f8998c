import Basics
import KeyValueCore
import RaftCore
import Synchronization

@testable import EtcdStore

/// Several engines without threads, on simulated disks, with a network in which the test decides who hears whom; one
/// clock, which stands still while messages are on their way.
struct ManualCluster {
    struct Place {
        var disk = SimulatedDisk()
        var founding: StoreFounding
        /// Nil while the member is down.
        var engine: StoreEngine?
        var nextTick: Int64 = 0
        let works = ManualStore.Works()
    }
    /// Answers as they come; a proposal has none until it has.
    final class Answer<Value: Sendable>: Sendable {
        private let result = Mutex<Result<Value, any Error>?>(nil)
        var value: Result<Value, any Error>? { result.withLock { $0 } }
        func set(_ new: Result<Value, any Error>) { result.withLock { $0 = new } }
        var succeeded: Bool { if case .success? = value { true } else { false } }
        var error: StoreError? { if case .failure(let error)? = value { error as? StoreError } else { nil } }
    }

    var places: [Member: Place] = [:]
    var now: Int64 = 0
    private var network: [(from: Member, to: Member, PeerMessage)] = []
    /// Who neither hears nor is heard.
    var isolated: Set<Member> = []
    var limits = StoreLimits.small
    private var starts: UInt64 = 0
    /// Snapshots that were carried.
    private(set) var snapshotsCarried = 0

    var members: [Member] { places.keys.sorted() }

    /// A new cluster of so many members.
    init(
        _ count: Int, restoring snapshot: KeyValueSnapshot? = nil, change: (inout StoreLimits) -> Void = { _ in }
    ) throws {
        limits.segmentBytes = 16_384
        change(&limits)
        let addresses = (0..<count).map { ("m\($0)", ["https://127.0.0.1:\(2_380 + $0)"]) }
        let cluster = InitialCluster(Dictionary(uniqueKeysWithValues: addresses), token: "test")
        for member in cluster.members {
            places[Member(member.id)] = Place(
                founding: snapshot.map { .restore($0, cluster, name: member.name) }
                    ?? .bootstrap(cluster, name: member.name))
        }
        for member in members { try start(member) }
    }

    mutating func join(_ member: Member, cluster: UInt64) throws {
        places[member] = Place(founding: .join(cluster: cluster, member: member.id))
        try start(member)
    }

    mutating func start(_ member: Member) throws {
        guard let place = places[member] else { return }
        // Each life has a chance of its own, or members would wait for the same times again and again.
        starts += 1
        let environment = environment(place.disk, limits, seed: starts)
        let recovered = try StoreRecovery(environment, founding: place.founding).run()
        let works = place.works
        var engine = StoreEngine(recovered, shared: SharedState(recovered, limits: limits), environment: environment) {
            work in
            works.waiting.withLock { $0.append(work) }
            return true
        }
        engine.start(now: now)
        if let failure = engine.failure { throw failure }
        places[member]?.engine = engine
        places[member]?.nextTick = now
    }

    /// The process is gone; what was synchronized is on its disk.
    mutating func crash(_ member: Member, using random: inout SplitMix64) {
        guard let place = places[member] else { return }
        places[member]?.engine = nil
        places[member]?.disk = place.disk.afterCrash(using: &random)
        network.removeAll { $0.from == member || $0.to == member }
    }

    // MARK: Running

    /// Lets time go on, everybody doing what is due.
    mutating func run(milliseconds: Int64) {
        let end = now + milliseconds
        while now < end {
            now += 10
            for member in members { turn(member) }
            var rounds = 0
            while !network.isEmpty, rounds < 100 {
                deliver()
                rounds += 1
            }
        }
    }

    /// Runs until something is so; returns whether it came to be within ten seconds of the cluster's time.
    mutating func run(until isSo: (ManualCluster) -> Bool) -> Bool {
        for _ in 0..<1_000 {
            if isSo(self) { return true }
            run(milliseconds: 10)
        }
        return isSo(self)
    }

    private mutating func turn(_ member: Member) {
        let now = now
        let works = places[member]?.works.waiting.withLock { works in
            defer { works = [] }
            return works
        }
        for work in works ?? [] {
            let result = work()
            places[member]?.engine?.snapshotFinished(result, now: now)
        }
        if let place = places[member], let engine = place.engine, now >= place.nextTick {
            places[member]?.nextTick = now + engine.tickMilliseconds
            places[member]?.engine?.tick(now: now)
        }
        finish(member)
    }

    private mutating func finish(_ member: Member) {
        let now = now
        send(from: member)
        places[member]?.engine?.flush(now: now)
        send(from: member)
        while places[member]?.engine?.hasGarbage == true { places[member]?.engine?.collectGarbage() }
    }

    private mutating func send(from member: Member) {
        for output in places[member]?.engine?.takeOutput() ?? [] {
            switch output {
            case .send(let message, let peer): network.append((member, peer, message))
            case .sendSnapshot(let file, let message, let peer): carry(file, message, from: member, to: peer)
            }
        }
    }

    private func areConnected(_ one: Member, _ other: Member) -> Bool {
        isolated.isDisjoint(with: [one, other]) && places[other]?.engine != nil
    }

    /// Gives every message that is on its way; what they cause is on its way then. They travel as bytes.
    private mutating func deliver() {
        let messages = network
        network = []
        for (from, to, message) in messages where areConnected(from, to) {
            guard let copy = try? PeerMessage(decoding: message.encoded), copy == message else {
                places[to]?.engine?.stop(.stopped("a message changed on its way: \(message)"))
                continue
            }
            places[to]?.engine?.receive(copy, from: from, now: now)
        }
        for member in members { finish(member) }
    }

    private mutating func carry(_ file: SnapshotFile, _ message: Message, from: Member, to: Member) {
        var position: Index?
        if areConnected(from, to), let bytes = places[from]?.disk.bytes(of: file.name), let disk = places[to]?.disk {
            do {
                var receiver = try SnapshotReceiver(disk: disk, number: UInt64(now))
                for start in stride(from: 0, to: bytes.count, by: 1_000) {
                    try receiver.add(Array(bytes[start..<min(start + 1_000, bytes.count)]))
                }
                let received = try receiver.finish()
                places[to]?.engine?.snapshotReceived(received, message, now: now)
                position = received.position.index
                snapshotsCarried += 1
            } catch {}
        }
        places[from]?.engine?.snapshotSent(to: to, upTo: position, now: now)
    }

    // MARK: What tests ask

    func engine(_ member: Member) -> StoreEngine? { places[member]?.engine }

    /// The members that say they lead, with everything applied.
    var leaders: [Member] {
        members.filter { member in engine(member)?.shared.withContent { $0.standing.leadership.isLeading } == true }
    }
    var leader: Member? { leaders.max { (engine($0)?.raft.term ?? 0) < (engine($1)?.raft.term ?? 0) } }

    func hash(_ member: Member) -> UInt64? { engine(member)?.shared.withContent { $0.state.hash } }

    /// Whether all that run have applied the same.
    var agrees: Bool {
        Set(members.compactMap { hash($0) }).count == 1 && Set(members.compactMap { applied($0) }).count == 1
    }

    func applied(_ member: Member) -> Index? { engine(member)?.shared.withContent { $0.applied.position.index } }

    func value(_ key: String, at member: Member) -> String? {
        engine(member)?.shared.withContent { content in
            (try? content.state.range(RangeRequest(.key(bytes(key)))))?.keyValues.first
                .map { String(decoding: $0.value, as: UTF8.self) }
        }
    }

    mutating func propose(_ transaction: Transaction, at member: Member, inTerm term: Term? = nil) -> Answer<
        CommandResult
    > {
        propose(.transact(transaction), at: member, inTerm: term)
    }

    mutating func propose(_ command: Command, at member: Member, inTerm term: Term? = nil) -> Answer<CommandResult> {
        let answer = Answer<CommandResult>()
        places[member]?.engine?.propose([WaitingProposal(command, inTerm: term) { answer.set($0) }], now: now)
        return answer
    }

    mutating func propose(_ change: AlarmChange, at member: Member) -> Answer<Bool> {
        let answer = Answer<Bool>()
        let content = LogCommand.Content.alarm(change)
        let proposal = WaitingProposal(content, bytes: LogCommand.bytes(content)) { answer.set($0.map { _ in true }) }
        places[member]?.engine?.propose([proposal], now: now)
        return answer
    }

    /// The members whose disks are full, as a member has applied it.
    func alarms(at member: Member) -> [Member] {
        engine(member)?.shared.withContent { $0.applied.alarms.all.map { Member($0.member) } } ?? []
    }

    /// Whether every member has the same alarms.
    func alarms(are full: [Member]) -> Bool { members.allSatisfy { alarms(at: $0) == full } }

    mutating func ask(_ request: LeaderRequest, at member: Member) -> Answer<LeaderAnswer> {
        let answer = Answer<LeaderAnswer>()
        places[member]?.engine?.ask([WaitingRequest(request) { answer.set($0) }], now: now)
        return answer
    }

    mutating func read(at member: Member) -> Answer<Bool> {
        let answer = Answer<Bool>()
        places[member]?.engine?.read([WaitingRead { answer.set($0.map { true }) }], now: now)
        return answer
    }
}
