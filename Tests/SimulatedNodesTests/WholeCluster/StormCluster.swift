import APIMachinery
import APIServer
import Basics
import ControlLoops
import EtcdStore
import KeyValueCore
import KubeAPI
import Logging
import LoopTestKit
import Synchronization
import TestKit

/// The cluster of a storm: one member of the store or three, each with an API server of its own, by the test's clock and
/// with chance from a seed. Nothing in it waits for the machine, so that a `SeededExecutor` decides the order of all.
final class StormCluster: Sendable {
    struct Member: Sendable {
        let store: EmbeddedStore
        let server: ClusterServer
    }
    let clock: ManualClock
    let faults: Faults
    private let network = MemoryNetwork()
    private let names: [String]
    private let chance: Chance
    private struct State {
        var members: [Int: Member] = [:]
        var leadership: [Int: Leadership] = [:]
        var isolated: Int?
        var refusal: StatusError?
    }
    private let state = Mutex(State())

    init(members: Int, seed: UInt64, clock: ManualClock) {
        self.clock = clock
        names = (1...members).map { "member-\($0)" }
        faults = Faults(clock: clock)
        chance = Chance(seed: seed)
    }

    /// Apart from the cluster, whose parts hold it.
    private final class Chance: Sendable {
        private let dice: Mutex<SplitMix64>
        init(seed: UInt64) { dice = Mutex(SplitMix64(seed: seed)) }
        func next() -> UInt64 { dice.withLock { $0.next() } }
    }
    private var random: @Sendable () -> UInt64 { { [chance] in chance.next() } }
    private static let silence = Logger(label: "storm") { _ in SwiftLogNoOpLogHandler() }

    // MARK: Running

    /// Runs members and their servers until the task is cancelled.
    func run() async throws {
        let initial = try InitialCluster(
            parsing: names.map { "\($0)=https://\($0):2380" }.joined(separator: ","), token: "storm")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, name) in names.enumerated() {
                var limits = StoreLimits()
                limits.segmentBytes = 256 << 10
                // Election takes seconds; a tick costs a turn of every member.
                limits.raftTickMilliseconds = 250
                limits.electionTicks = 8
                limits.electionSpreadTicks = 8
                let task = StoreTask(
                    disk: SimulatedDisk(), clock: clock, limits: limits,
                    bootstrap: names.count == 1 ? .alone : .newCluster(initial, name: name),
                    network: names.count == 1 ? nil : network, random: random, logger: Self.silence)
                group.addTask { try await task.run { self.opened(index, $0) } }
            }
            // Each server ends with its member.
            while member(names.count - 1) == nil { try await clock.sleep(for: .milliseconds(1)) }
            for index in names.indices {
                guard let member = member(index) else { continue }
                group.addTask { try await member.server.run() }
                group.addTask {
                    for await leadership in member.store.leadershipChanges {
                        self.state.withLock { $0.leadership[index] = leadership }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func opened(_ index: Int, _ store: EmbeddedStore) {
        var configuration = Configuration()
        configuration.sharesStore = names.count > 1
        let server = ClusterServer(
            store: store, configuration: configuration,
            surroundings: Surroundings(clock: clock, random: random), log: Self.silence)
        state.withLock { $0.members[index] = Member(store: store, server: server) }
    }

    func member(_ index: Int) -> Member? { state.withLock { $0.members[index] } }
    var memberCount: Int { names.count }

    func waitUntilReady() async throws {
        while leader.map({ $0.member.server.isReady }) != true { try await clock.sleep(for: .milliseconds(10)) }
    }

    /// The member that leads and can reach the others, with its term.
    var leader: (index: Int, member: Member, term: UInt64)? {
        state.withLock { state in
            for index in names.indices where index != state.isolated {
                guard let member = state.members[index], let leadership = state.leadership[index],
                    leadership.isLeading
                else { continue }
                return (index, member, leadership.term)
            }
            return nil
        }
    }

    /// Cuts the leader off from the others, or nobody any more; clients have to look for another member.
    func isolateLeader(_ isCut: Bool) {
        let index = isCut && names.count > 1 ? leader?.index : nil
        state.withLock { $0.isolated = index }
        network.isolate(index.flatMap { member($0)?.store.identity.member }.map { [$0] } ?? [])
        faults.breakWatches()
    }

    // MARK: Clients

    /// What fails while nobody leads.
    private static let noLeader = StatusError(code: 503, reason: .serviceUnavailable, message: "nobody leads")

    /// The API of whoever leads; with a `term` what it writes is refused once another leads.
    func client(as user: UserInfo, inTerm term: UInt64? = nil) -> any ClusterAPI {
        let inTerm: (@Sendable () -> UInt64?)? = if let term { { term } } else { nil }
        return FaultyClient(faults) { [self] in
            guard let leader else { throw Self.noLeader }
            return leader.member.server.client(as: user, inTerm: inTerm)
        }
    }
    /// A loop's, which may do what it declares and no more.
    func client(as loop: LoopIdentity, inTerm term: UInt64? = nil, _ bug: LoopBug?) -> any ClusterAPI {
        let user = UserInfo(name: loop.userName, groups: ["system:masters"])
        let api = client(as: user, inTerm: term)
        return ConfinedAPI(
            bug?.client(api, of: loop.userName) ?? api, to: loop,
            onRefusal: { refusal in self.state.withLock { $0.refusal = $0.refusal ?? refusal } })
    }
    var hand: any ClusterAPI { client(as: TestCluster.administrator) }
    /// What a loop did that it has not declared.
    var refusal: StatusError? { state.withLock { $0.refusal } }
    func breakWatches(compact: Bool) {
        faults.breakWatches(forgotten: compact ? leader?.member.store.revision ?? 0 : 0)
    }

    // MARK: What is in the store

    /// Everything of a kind, by key.
    func objects<T: Kind>(_ type: T.Type) -> [T] {
        guard let store = leader?.member.store,
            let answer = try? store.rangeNow(RangeRequest(.prefix(Self.prefix(T.resource)), serializable: true))
        else { return [] }
        return answer.keyValues.compactMap { Self.object($0) }.map { T($0) }
    }
    func object<T: Kind>(_ type: T.Type, _ namespace: String, _ name: String) -> T? {
        objects(type).first { $0.key == ObjectKey(namespace: namespace, name: name) }
    }

    static func prefix(_ resource: GroupResource) -> [UInt8] {
        Array("/registry/\(resource.group.isEmpty ? "" : resource.group + "/")\(resource.resource)/".utf8)
    }
    static func object(_ entry: KeyValue) -> JSON? {
        guard var object = try? JSON(parsing: entry.value) else { return nil }
        object["metadata", "resourceVersion"] = JSON(String(entry.modRevision))
        return object
    }
}
