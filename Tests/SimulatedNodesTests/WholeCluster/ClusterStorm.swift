import APIMachinery
import Basics
import ControlLoops
import ControllerManager
import EtcdStore
import KubeAPI
import Logging
import LoopTestKit
import Synchronization
import TestKit

@testable import Scheduler
@testable import SimulatedNodes

/// A whole cluster from one seed: store, API servers, every loop, the scheduler and simulated nodes on one thread and by a
/// test's clock. The seed chooses what people do, which calls fail and how, which pods crash, which nodes fall silent, when
/// the leader is cut off, and the order in which all tasks run: it gives the same run each time.
final class ClusterStorm: Sendable {
    /// What came of a storm.
    struct Report: Sendable {
        var violations: [String] = []
        /// What is not as it should be although there was time.
        var left: [String] = []
        var outcome = SeededExecutor.Outcome()
        /// Every change in the store: when, its revision, of what.
        var changes: [String] = []
        var isClean: Bool { violations.isEmpty && left.isEmpty }
    }
    static let nodeCount = 5
    static let steps = 12
    /// Time of the cluster's in which all must have come right.
    static let patience = Duration.seconds(1_800)

    let seed: UInt64
    let bug: LoopBug?
    let cluster: StormCluster
    let clock = ManualClock()
    let wishes: StormWishes
    /// Nobody takes anything away: then also what is promised of availability is checked.
    let isCalm: Bool
    private let checker: Mutex<ClusterChecker>
    private let changes = Box<[String]>([])
    private let dice: Mutex<SplitMix64>

    private init(seed: UInt64, bug: LoopBug?) {
        self.seed = seed
        self.bug = bug
        isCalm = seed % 4 == 0
        let members = bug == .outlivesItsTerm || seed % 3 == 0 ? 3 : 1
        cluster = StormCluster(members: members, seed: seed ^ 0x5709, clock: clock)
        var dice = SplitMix64(seed: seed)
        wishes = StormWishes(surge: 1 + dice.below(2), unavailable: dice.below(2))
        var checker = wishes.checker
        if !isCalm { checker.leastAvailable = [:] }
        self.checker = Mutex(checker)
        self.dice = Mutex(dice)
    }

    static func run(seed: UInt64, bug: LoopBug? = nil) async -> Report {
        let storm = ClusterStorm(seed: seed, bug: bug)
        let clock = storm.clock
        let report = Box(Report())
        let outcome = await SeededExecutor.run(
            seed: seed,
            idle: {
                guard let next = clock.nextDeadline else { return false }
                clock.advance(by: max(.zero, next - clock.now))
                return true
            }
        ) {
            do { report.value.left = try await storm.run() } catch {
                report.value.left = ["the storm failed: \(error)"]
            }
        }
        var result = report.value
        result.violations = storm.checker.withLock { $0.violations }
        result.outcome = outcome
        result.changes = storm.changes.value
        if outcome.isStuck { result.left.append("nothing moves any more") }
        if outcome.isEndless { result.left.append("it does not end") }
        return result
    }

    func chance(_ range: ClosedRange<Int>) -> Int { dice.withLock { Int.random(in: range, using: &$0) } }

    // MARK: Running

    private func run() async throws -> [String] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.cluster.run() }
            try await cluster.waitUntilReady()
            group.addTask { try await self.watch() }
            group.addTask { try await self.reign() }
            group.addTask { try await self.simulate() }
            defer { group.cancelAll() }
            try await wishes.make(self)
            for step in 0..<Self.steps {
                if step == Self.steps / 2 { try await wishes.deleteDoomed(self) }
                try await disturb()
                try await clock.sleep(for: .milliseconds(chance(1_000...15_000)))
            }
            try await calmDown()
            let end = clock.now + Self.patience
            var left = wishes.unfinished(cluster)
            while !left.isEmpty, clock.now < end, !hasViolations {
                try await clock.sleep(for: .seconds(10))
                left = wishes.unfinished(cluster)
            }
            if let refusal = cluster.refusal { left.append("a loop was refused: \(refusal.message)") }
            return left
        }
    }

    private var hasViolations: Bool { checker.withLock { !$0.violations.isEmpty } }

    /// Runs the loops for whoever leads, and for nobody else.
    private func reign() async throws {
        guard cluster.memberCount > 1 else { return try await runLoops(inTerm: nil) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var current: UInt64?
            var loops: Task<Void, any Error>?
            defer { loops?.cancel() }
            while !Task.isCancelled {
                if let term = cluster.leader?.term, term != current {
                    current = term
                    if bug == .outlivesItsTerm {
                        group.addTask { try await self.runLoops(inTerm: nil) }
                    } else {
                        loops?.cancel()
                        _ = await loops?.result
                        loops = Task { try await self.runLoops(inTerm: term) }
                    }
                }
                try await clock.sleep(for: .milliseconds(250))
            }
            group.cancelAll()
        }
    }

    private static let silence = Logger(label: "storm") { _ in SwiftLogNoOpLogHandler() }
    /// Without chance in them, which would not be the seed's.
    private static let reconnect = Backoff(base: .milliseconds(100), limit: .seconds(30), jitter: 0)
    private static let perKey = Backoff(base: .milliseconds(5), limit: .seconds(1_000), jitter: 0)

    private func world() -> World {
        World(cluster.hand, clock: clock, backoff: Self.reconnect, logger: Self.silence)
    }

    private func runLoops(inTerm term: UInt64?) async throws {
        let world = world()
        var context = LoopContext(
            world: world, client: { [cluster, bug] in cluster.client(as: $0, inTerm: term, bug) }, clock: clock,
            logger: Self.silence)
        context.backoff = Self.perKey
        let scheduler = SchedulerLoop(context, SchedulerConfiguration(), random: SplitMix64(seed: seed))
        let loops: [any ControlLoop] = Controllers.controllers(context) + [scheduler]
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.run() }
            for loop in loops { group.addTask { try await loop.run() } }
            try await group.waitForAll()
        }
    }

    private func simulate() async throws {
        var configuration = NodeSimulator.Configuration(names: NodeSimulator.names(Self.nodeCount))
        configuration.stages = try wishes.stages(seed: seed)
        let world = world()
        let simulator = NodeSimulator(
            configuration, world: world, client: { [cluster] in cluster.client(as: $0, nil) }, clock: clock,
            logger: Self.silence)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.run() }
            group.addTask { try await simulator.run() }
            try await group.waitForAll()
        }
    }

    /// Shows the checker all that one member of the store applies.
    private func watch() async throws {
        guard let store = cluster.member(0)?.store else { return }
        let kinds = [Pod.resource, ReplicaSet.resource, Node.resource].map { ($0, StormCluster.prefix($0)) }
        let watch = try await store.watch(.prefix(Array("/registry/".utf8)), from: 1, previousValues: false)
        defer { watch.cancel() }
        while let batch = try await watch.next() {
            for event in batch.events {
                let name = String(decoding: event.current.key, as: UTF8.self)
                changes.value.append(
                    "\(clock.now.rfc3339Nano) \(event.current.modRevision) \(event.kind) \(name) "
                        + String(FNV1a.hash32(event.current.value), radix: 16))
                guard let (resource, prefix) = kinds.first(where: { event.current.key.starts(with: $0.1) }) else {
                    continue
                }
                let names = String(decoding: event.current.key.dropFirst(prefix.count), as: UTF8.self)
                    .split(separator: "/").map { String($0) }
                let key = ObjectKey(namespace: names.count > 1 ? names[0] : "", name: names.last ?? "")
                let object = event.kind == .put ? StormCluster.object(event.current) : nil
                checker.withLock { $0.see(resource, key, object, at: clock.now) }
            }
        }
    }

    // MARK: What happens

    private func disturb() async throws {
        switch chance(0...11) {
        case 0: try await wishes.scale(self)
        case 1, 2: try await wishes.roll(self)
        case 3, 4: if isCalm { try await wishes.evict(self) } else { try await wishes.killPod(self) }
        case 5: cluster.breakWatches(compact: chance(0...1) == 0)
        case 6, 7: if isCalm { breakCalls() } else { try await silenceNode() }
        case 8:
            cluster.isolateLeader(true)
            try await clock.sleep(for: .seconds(chance(1...12)))
            cluster.isolateLeader(false)
        default: breakCalls()
        }
    }

    private func breakCalls() {
        let verbs = ["create", "update", "patch", "delete", "binding", "get", "list", "watch"]
        let resources = [
            Pod.resource, ReplicaSet.resource, Deployment.resource, StatefulSet.resource, DaemonSet.resource,
            Job.resource, Node.resource, Lease.resource, EndpointSlice.resource, ResourceQuota.resource,
            PodDisruptionBudget.resource,
        ]
        let resource = resources[chance(0...(resources.count - 1))]
        let unavailable = StatusError(code: 503, reason: .serviceUnavailable, message: "the storm")
        let effect: Faults.Effect =
            switch chance(0...4) {
            case 0: .fails(.internalError("the storm"))
            case 1: .fails(unavailable)
            case 2: .fails(StatusError(code: 409, reason: .conflict, message: "the storm"))
            case 3: .losesAnswer(StatusError(code: 504, reason: .timeout, message: "the storm"))
            default: .delayed(by: .milliseconds(chance(1...3_000)))
            }
        cluster.faults.inject(effect, verbs[chance(0...(verbs.count - 1))], resource, times: chance(1...4))
    }

    /// A node falls silent; now and then for so long that its pods have to go.
    private func silenceNode() async throws {
        let name = "node-\(chance(1...Self.nodeCount))"
        try await setSilent(name, true)
        let isLong = chance(0...3) == 0
        try await clock.sleep(for: .seconds(isLong ? 460 : chance(5...120)))
        if isLong || chance(0...1) == 0 { try await setSilent(name, false) }
    }

    /// All nodes return, and no call fails any more.
    private func calmDown() async throws {
        cluster.isolateLeader(false)
        cluster.faults.end()
        for name in NodeSimulator.names(Self.nodeCount) { try await setSilent(name, false) }
    }

    private func setSilent(_ node: String, _ isSilent: Bool) async throws {
        let value: JSON = isSilent ? "true" : .null
        try await certainly {
            _ = try await self.cluster.hand.patch(
                Node.resource, ObjectKey(name: node), .merge,
                ["metadata": ["annotations": ["simulation.skiff.dev/silent": value]]], subresource: nil)
        }
    }

    /// People try again; what is gone or there already is as they want it.
    func certainly(_ body: @escaping @Sendable () async throws -> Void) async throws {
        for _ in 0..<200 {
            do { return try await body() } catch let error as StatusError {
                if error.reason == .notFound || error.reason == .alreadyExists { return }
                if error.code < 500, error.reason != .conflict { throw error }
            }
            try await clock.sleep(for: .milliseconds(200))
        }
    }
}
