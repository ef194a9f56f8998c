import EtcdStore
import RaftCore

/// One run of one plan, and what came of it.
public struct Simulation: Sendable {
    /// What is simulated: members made of Raft and a modelled disk, or whole members of the store.
    public enum Level: String, Sendable, CaseIterable { case raft, store }

    public struct Report: Sendable {
        public var plan: Plan
        public var violation: Violation?
        /// The same for the same plan, always.
        public var fingerprint: UInt64
        public var events: Int
        public var calls: Int
        public var answered: Int
        /// The search for an order of the calls was given up.
        public var isUndecided = false
        /// If they were asked for.
        public var lines: [String] = []
    }

    public var level: Level
    /// A deliberate bug; see `faults`.
    public var fault: String?
    public var memberCount: Int?
    public var eventLimit: Int

    public init(level: Level = .raft, fault: String? = nil, memberCount: Int? = nil, eventLimit: Int = 6_000) {
        self.level = level
        self.fault = fault
        self.memberCount = memberCount
        self.eventLimit = eventLimit
    }

    /// The names of deliberate bugs.
    public static func faults(_ level: Level) -> [String] {
        Raft.Fault.allCases.map(\.rawValue) + (level == .store ? StoreFault.allCases.map(\.rawValue) : [])
    }

    public func plan(_ seed: UInt64) -> Plan { Plan(seed: seed, memberCount: memberCount, eventLimit: eventLimit) }

    public func run(seed: UInt64, keepsLines: Bool = false) -> Report { run(plan(seed), keepsLines: keepsLines) }

    public func run(_ plan: Plan, keepsLines: Bool = false) -> Report {
        switch level {
        case .raft: runRaft(plan, keepsLines: keepsLines)
        case .store: runStore(plan, keepsLines: keepsLines)
        }
    }

    private func runStore(_ plan: Plan, keepsLines: Bool) -> Report {
        let settings = StoreSettings(plan, fault: fault)
        var cluster = InitialCluster([:], token: "simulation")
        cluster.members = (1...plan.memberCount).map {
            ClusterMember(id: UInt64($0), name: "\($0)", peerURLs: ["https://member\($0):1"])
        }
        var world = ClusterWorld<StoreMember>(plan, keepsLines: keepsLines) { number, dice in
            let founding: StoreFounding =
                number < plan.memberCount
                ? .bootstrap(cluster, name: "\(number + 1)") : .join(cluster: cluster.id, member: UInt64(number + 1))
            return StoreMember(number, founding: founding, settings: settings, dice: dice)
        }
        world.run()
        return report(&world)
    }

    private func runRaft(_ plan: Plan, keepsLines: Bool) -> Report {
        let settings = RaftSettings(plan, fault: fault.flatMap { Raft.Fault(rawValue: $0) })
        let first = Configuration(voters: (1...plan.memberCount).map { Member(UInt64($0)) })
        var world = ClusterWorld<RaftMember>(plan, keepsLines: keepsLines) { number, _ in
            RaftMember(
                number, bootstrap: number < plan.memberCount ? first : Configuration(voters: []), settings: settings)
        }
        world.run()
        return report(&world)
    }

    private func report<M>(_ world: inout ClusterWorld<M>) -> Report {
        var report = Report(
            plan: world.plan, violation: world.world.checker.violation,
            fingerprint: world.world.trace.fingerprint.value, events: world.events, calls: world.world.calls.count,
            answered: 0, lines: world.world.trace.lines)
        let history = world.world.calls.history { world.world.checker.changes.revision(of: $0, $1) }
        report.answered = history.count { $0.ended != nil }
        if report.violation == nil {
            switch LinearizabilityChecker(stepLimit: 300_000).check(history) {
            case .linearizable: break
            case .undecided: report.isUndecided = true
            case .violated(let counterexample):
                report.violation = Violation(.linearizability, counterexample.description)
            }
        }
        return report
    }
}
