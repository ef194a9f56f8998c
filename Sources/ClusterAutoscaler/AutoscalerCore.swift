import APIMachinery
import Basics
import KubeAPI
import Scheduler

/// What the autoscaler makes of a look at the cluster; a value. The shell does what it says and tells it how that went.
struct AutoscalerCore {
    /// What is not waited for any longer.
    struct GiveUp: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            /// They came not in time.
            case late
            /// The provider says that they cannot be made.
            case failed(code: String)
        }
        var group: String
        var kind: Kind
        /// Instances to be removed, and how many more of the group are not wanted.
        var instances: [String]
        var nameless: Int
        var reason: String
    }
    struct Decision {
        var isHealthy = true
        var giveUps: [GiveUp] = []
        var scaleUp: ScaleUpPlan?
        var scaleDown: ScaleDownPlan?
        /// Nodes that go now.
        var removals: [ScaleDownPlan.Unneeded] = []
        /// Why no node goes that could.
        var heldBack: String?
        var upcoming: [String: Int] = [:]
    }

    let options: AutoscalerOptions
    private(set) var state = AutoscalerState()
    /// Nodes that are being emptied or removed, and how.
    private(set) var leaving: [String: ScaleDownPlan.Unneeded] = [:]
    private var random: SplitMix64

    init(_ options: AutoscalerOptions, random: SplitMix64) {
        self.options = options
        self.random = random
    }

    /// `trial` is the cluster as the scheduler counts it; `daemons` are pods that every node gets that takes them.
    mutating func decide(
        _ look: ClusterLook, _ trial: PlacementTrial, budgets: [PodDisruptionBudget], daemons: [JSON] = [],
        priorities: GroupPriorities? = nil
    ) -> Decision {
        var decision = Decision()
        state.keep(groups: Set(look.groups.map(\.id)))
        for group in look.groups { decision.upcoming[group.id] = look.upcoming(group) }
        decision.isHealthy = look.isHealthy(options)
        guard decision.isHealthy else {
            state.note(unneeded: [String](), look.now)
            return decision
        }
        decision.giveUps = giveUps(look)
        var trial = trial
        // Their room is there for all others.
        for pod in look.pods where !pod.nodeName.isEmpty && pod.isExpendable(options) { trial.remove(pod: pod.key) }
        for node in leaving.keys { trial.remove(node: node) }
        let plan = scaleUp(look, trial, decision.upcoming, daemons, priorities)
        decision.scaleUp = plan
        scaleDown(look, trial, budgets, isGrowing: !plan.increases.isEmpty, &decision)
        return decision
    }

    // MARK: Parts of a decision

    private mutating func giveUps(_ look: ClusterLook) -> [GiveUp] {
        state.note(unregistered: look.groups.flatMap { look.unregistered($0.id) }, look.now)
        var giveUps: [GiveUp] = []
        for group in look.groups {
            let own = options.options(of: group)
            let failures = look.failures(group.id)
            if let first = failures.first {
                giveUps.append(
                    GiveUp(
                        group: group.id, kind: .failed(code: first.code), instances: failures.map(\.name), nameless: 0,
                        reason: first.message))
            }
            let late = look.unregistered(group.id).filter { name in
                state.unregisteredSince[name].map { look.now - $0 >= own.maxNodeProvisionTime } ?? false
            }
            let nameless = look.nameless(group)
            let isLate = state.note(nameless: nameless, of: group.id, look.now, own)
            guard !late.isEmpty || isLate else { continue }
            // The least is there to stay, come what may.
            let removable = max(0, group.targetSize - failures.count - group.minSize)
            let chosen = Array(late.prefix(removable))
            giveUps.append(
                GiveUp(
                    group: group.id, kind: .late, instances: chosen,
                    nameless: isLate ? min(nameless, removable - chosen.count) : 0,
                    reason: Self.shown(own.maxNodeProvisionTime)))
        }
        return giveUps
    }

    private mutating func scaleUp(
        _ look: ClusterLook, _ trial: PlacementTrial, _ upcoming: [String: Int], _ daemons: [JSON],
        _ priorities: GroupPriorities?
    ) -> ScaleUpPlan {
        var closed: [String: String] = [:]
        for group in look.groups {
            if state.pause(of: group.id, look.now) != nil {
                closed[group.id] = "in backoff after failed scale-up"
            } else if !look.isHealthy(group, options) {
                closed[group.id] = "not ready for scale-up"
            }
        }
        var taken = ScaleUpPlan.Taken()
        for node in look.nodes where leaving[node.name] == nil {
            let capacity = NodeGroup.capacity(of: node.json)
            taken.nodes += 1
            taken.cores += capacity.cpu
            taken.memory += capacity.memory
        }
        for group in look.groups {
            // Those that are in the cluster and starting are counted already.
            let starting = look.nodes(of: group.id).filter { look.standing($0.name) == .starting }.count
            let count = max(0, (upcoming[group.id] ?? 0) - starting)
            taken.nodes += count
            taken.cores += count * group.capacity.cpu
            taken.memory += count * group.capacity.memory
        }
        var plan = ScaleUpPlan(
            look.unschedulable(options), trial, look.groups, upcoming: upcoming, closed: closed, taken: taken,
            daemons: daemons, priorities: priorities, options, &random)
        if options.enforcesMinSize {
            for group in look.groups where group.targetSize < group.minSize && closed[group.id] == nil {
                plan.raise(group)
            }
        }
        return plan
    }

    private mutating func scaleDown(
        _ look: ClusterLook, _ trial: PlacementTrial, _ budgets: [PodDisruptionBudget], isGrowing: Bool,
        _ decision: inout Decision
    ) {
        guard options.isScaleDownEnabled else {
            decision.heldBack = "removing nodes is turned off"
            return
        }
        let isWaiting = decision.upcoming.values.contains { $0 > 0 }
        var members = look.members
        for (node, removal) in leaving { members[removal.group]?.remove(node) }
        // Nodes on their way out do not count, as what is asked of the provider may not show yet.
        var groups = look.groups
        for index in groups.indices {
            let gone = (look.instances[groups[index].id] ?? []).filter { instance in
                leaving[instance.name] != nil && instance.state != .deleting
            }
            groups[index].targetSize -= gone.count + max(0, decision.upcoming[groups[index].id] ?? 0)
        }
        let starting = Set(look.nodes.map(\.name).filter { look.standing($0) == .starting })
        let plan = ScaleDownPlan(
            look.nodes.filter { !starting.contains($0.name) }, look.pods, trial, groups, members: members,
            earlier: Set(state.unneededSince.keys), leaving: Set(leaving.keys),
            DrainRules(options: options, budgets: budgets, now: look.now), options)
        decision.scaleDown = plan
        state.note(unneeded: plan.unneeded.map(\.node), look.now)
        let byID = Dictionary(groups.map { ($0.id, $0) }) { first, _ in first }
        let isHasty = options.fault == .forgetsCoolDown
        decision.heldBack =
            isGrowing || isWaiting ? "nodes are being added" : isHasty ? nil : state.coolDown(look.now, options)
        if decision.heldBack != nil { return }
        let due = plan.unneeded.filter { candidate in
            isHasty || state.isDue(candidate, look.now, byID[candidate.group].map(options.options) ?? options)
        }
        var room = options.maxScaleDownParallelism - leaving.count
        // Their new places must hold before the next are judged.
        var drains = options.maxDrainParallelism - leaving.values.filter { !$0.isEmpty }.count
        for one in due where room > 0 && (one.isEmpty || drains > 0) {
            if !one.isEmpty { drains -= 1 }
            room -= 1
            leaving[one.node] = one
            decision.removals.append(one)
        }
    }

    // MARK: How it went

    mutating func increased(_ group: String, _ now: Instant) {
        state.added(now)
        state.asked(of: group, now)
    }
    mutating func failed(_ group: String, _ reason: String, code: String = "cloudProviderError", _ now: Instant) {
        state.failed(group, reason, code: code, now, options)
    }
    mutating func removed(_ node: String, _ now: Instant) {
        state.deleted(now)
        leaving[node] = nil
    }
    mutating func notRemoved(_ node: String, _ now: Instant) {
        state.failedToDelete(now)
        leaving[node] = nil
    }
    mutating func tell(_ status: String, _ part: String, of group: String, _ now: Instant) -> AutoscalerState.Lasting {
        state.tell(status, part, of: group, now)
    }

    /// As Go writes a duration, such as 15m0s.
    private static func shown(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return GoDuration.text(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
