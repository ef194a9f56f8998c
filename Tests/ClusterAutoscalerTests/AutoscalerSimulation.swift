import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Scheduler

@testable import ClusterAutoscaler

/// A cluster under a changing load from one seed, with the autoscaler's core and a provider that is slow and fails, and a
/// checker that knows nothing of how the core decides.
struct AutoscalerSimulation {
    struct Violation: Error, CustomStringConvertible { var description: String }
    private struct Coming {
        var group: String
        /// Never, for one that is broken.
        var at: Instant?
    }
    private static let step = Duration.seconds(30)
    private static let cores = 2_000

    private var random: SplitMix64
    private let options: AutoscalerOptions
    private var core: AutoscalerCore
    private var now = Instant(secondsSince1970: 1_767_225_600)
    private var groups: [NodeGroup]
    /// Instances that are no nodes yet, by name.
    private var coming: [String: Coming] = [:]
    private var groupOf: [String: String] = [:]
    private var nodes: [String: Node] = [:]
    private var since: [String: Instant] = [:]
    private var pods: [ObjectKey: Pod] = [:]
    private var unmovable: Set<ObjectKey> = []
    private var number = 0
    private var looks = 0
    private var lastAdd: Instant?
    /// Nodes that are being emptied, and when that is done.
    private var emptying: [String: (removal: ScaleDownPlan.Unneeded, until: Instant)] = [:]
    private let world = World(TestCluster())

    init(seed: UInt64, fault: AutoscalerFault? = nil) {
        var random = SplitMix64(seed: seed)
        var options = AutoscalerOptions()
        options.scaleDownDelayAfterAdd = .seconds(120)
        options.scaleDownDelayAfterFailure = .seconds(60)
        options.scaleDownUnneededTime = .seconds(120)
        options.scaleDownUnreadyTime = .seconds(240)
        options.maxNodeProvisionTime = .seconds(300)
        options.initialBackoff = .seconds(120)
        options.expanders = [.leastWaste, .mostPods]
        options.balancesSimilarGroups = Bool.random(using: &random)
        options.maxDrainParallelism = Int.random(in: 1...2, using: &random)
        options.fault = fault
        self.options = options
        core = AutoscalerCore(options, random: SplitMix64(seed: seed &+ 1))
        let zones = ["a", "b"]
        groups = zones.map { zone in
            group(
                zone, min: 0, max: Int.random(in: 2...4, using: &random),
                template(cpu: "2", labels: ["topology.kubernetes.io/zone": zone]))
        }
        self.random = random
        groups[0].minSize = 1
        groups[0].targetSize = 1
        let first = "a-first"
        groupOf[first] = "a"
        nodes[first] = readyNode(first, groups[0].template, at: now.rfc3339)
        since[first] = now
    }

    /// Throws `Violation`.
    mutating func run(steps: Int) throws {
        for _ in 0..<steps {
            now = now + Self.step
            change()
            arrive()
            schedule()
            try finishDrains()
            try look()
        }
    }

    // MARK: The world

    private mutating func change() {
        let load = Int.random(in: 0...9, using: &random)
        if load < 3 {
            for _ in 0..<Int.random(in: 1...5, using: &random) { addPod() }
        } else if load < 6 {
            for key in pods.keys.sorted() where Bool.random(using: &random) { forget(key) }
        } else if load == 6, let name = nodes.keys.sorted().randomElement(using: &random) {
            // Silent for a while, or back.
            let isReady = nodes[name]?.isReady == true
            var node = readyNode(name, template(cpu: "2"), isReady: !isReady, at: since[name]?.rfc3339)
            node.json["status", "conditions"] = [
                [
                    "type": "Ready", "status": isReady ? "Unknown" : "True",
                    "lastTransitionTime": JSON((now + .seconds(3_600)).rfc3339),
                ]
            ]
            nodes[name] = node
        }
    }
    private mutating func addPod() {
        number += 1
        let kind = Int.random(in: 0...9, using: &random)
        var new = pod(
            "web-\(number)", cpu: "\(Int.random(in: 2...9, using: &random) * 100)m",
            owner: kind == 0 ? nil : "ReplicaSet")
        if kind == 1 {
            new.json["metadata", "annotations", "cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false"
        }
        if kind == 2 { new.json["spec", "volumes"] = [["name": "scratch", "emptyDir": .object]] }
        if kind < 3 { unmovable.insert(new.key) }
        new.json["status", "conditions"] = nil
        pods[new.key] = new
    }
    private mutating func forget(_ key: ObjectKey) {
        pods[key] = nil
        unmovable.remove(key)
    }

    private mutating func arrive() {
        for (name, one) in coming.sorted(by: { $0.key < $1.key }) {
            guard let at = one.at, at <= now, let group = groups.first(where: { $0.id == one.group }) else { continue }
            coming[name] = nil
            nodes[name] = readyNode(name, group.template, at: now.rfc3339)
            since[name] = now
        }
    }

    private func free(_ node: String) -> Int {
        pods.values.reduce(Self.cores) { $1.nodeName == node ? $0 - cpu($1) : $0 }
    }
    private func cpu(_ pod: Pod) -> Int { Int(PlacementTrial.requests(pod.json).cpu) }

    /// First fit by sums.
    private mutating func schedule() {
        for (key, pod) in pods.sorted(by: { $0.key < $1.key }) where pod.nodeName.isEmpty {
            let place = nodes.keys.sorted().first {
                nodes[$0]?.isReady == true && emptying[$0] == nil && free($0) >= cpu(pod)
            }
            if let place {
                pods[key]?.json["spec", "nodeName"] = JSON(place)
                pods[key]?.json["status"] = ["phase": "Running"]
            } else {
                pods[key]?.json["status", "conditions"] = [
                    ["type": "PodScheduled", "status": "False", "reason": "Unschedulable"]
                ]
            }
        }
    }

    private mutating func finishDrains() throws {
        for (name, one) in emptying.sorted(by: { $0.key < $1.key }) where one.until <= now {
            emptying[name] = nil
            if Int.random(in: 0...9, using: &random) == 0 {
                core.notRemoved(name, now)
                continue
            }
            for key in one.removal.pods {
                guard pods[key]?.nodeName == name else { continue }
                pods[key]?.json["spec", "nodeName"] = nil
                pods[key]?.json["status"] = ["phase": "Pending"]
            }
            for (key, pod) in pods where pod.nodeName == name {
                if unmovable.contains(key) { throw Violation(description: "\(key) went with \(name)") }
            }
            nodes[name] = nil
            since[name] = nil
            try resize(one.removal.group, by: -1)
            groupOf[name] = nil
            core.removed(name, now)
        }
    }
    private mutating func resize(_ id: String, by count: Int) throws {
        for index in groups.indices where groups[index].id == id {
            groups[index].targetSize += count
            let (size, least, most) = (groups[index].targetSize, groups[index].minSize, groups[index].maxSize)
            guard size <= most else { throw Violation(description: "\(id) has \(size) of \(most) nodes at most") }
            guard size >= least else { throw Violation(description: "\(id) has \(size) of \(least) nodes at least") }
        }
    }

    // MARK: The autoscaler

    private mutating func look() throws {
        looks += 1
        // A cache takes an object of the same version for the same.
        let version = JSON(String(looks))
        world.load(
            nodes.keys.sorted().compactMap { nodes[$0] }.map { node in
                var node = node
                node.json["metadata", "resourceVersion"] = version
                return node
            })
        world.load(
            pods.keys.sorted().compactMap { pods[$0] }.map { pod in
                var pod = pod
                pod.json["metadata", "resourceVersion"] = version
                return pod
            })
        let instances = Dictionary(grouping: groupOf.keys.sorted()) { groupOf[$0] ?? "" }.mapValues { names in
            names.map { NodeInstance(name: $0, state: coming[$0] == nil ? .running : .creating) }
        }
        let look = ClusterLook(
            groups: groups, instances: instances, nodes: world.all(Node.self), pods: world.all(Pod.self), now: now,
            options)
        let decision = core.decide(look, PlacementTrial(world), budgets: [])
        for one in decision.giveUps {
            for name in one.instances {
                coming[name] = nil
                groupOf[name] = nil
                try resize(one.group, by: -1)
            }
            core.failed(one.group, one.reason, now)
        }
        try grow(look, decision.scaleUp?.increases ?? [])
        for removal in decision.removals { try begin(removal) }
    }

    private mutating func grow(_ look: ClusterLook, _ increases: [ScaleUpPlan.Increase]) throws {
        let pending = look.unschedulable(options).count
        let upcoming = look.groups.reduce(0) { $0 + look.upcoming($1) }
        let asked = increases.reduce(0) { $0 + $1.to - $1.from }
        // Every node on its way takes one of the pods at least, and so does every new one.
        if asked + min(upcoming, pending) > pending {
            throw Violation(description: "\(asked) nodes for \(pending) pods while \(upcoming) are on their way")
        }
        for increase in increases {
            if Int.random(in: 0...7, using: &random) == 0 {
                core.failed(increase.group, "no quota", now)
                continue
            }
            try resize(increase.group, by: increase.to - increase.from)
            for _ in increase.from..<increase.to {
                number += 1
                let name = "\(increase.group)-\(number)"
                let isBroken = Int.random(in: 0...9, using: &random) == 0
                coming[name] = Coming(
                    group: increase.group,
                    at: isBroken ? nil : now + Self.step * Int.random(in: 1...4, using: &random))
                groupOf[name] = increase.group
            }
            core.increased(increase.group, now)
            lastAdd = now
        }
    }

    private mutating func begin(_ removal: ScaleDownPlan.Unneeded) throws {
        let name = removal.node
        if let key = pods.values.first(where: { $0.nodeName == name && unmovable.contains($0.key) })?.key {
            throw Violation(description: "\(name) is to go with \(key)")
        }
        if let since = since[name], now - since < options.scaleDownUnneededTime {
            throw Violation(description: "\(name) is to go \(now - since) after it came")
        }
        if let lastAdd, now - lastAdd < options.scaleDownDelayAfterAdd {
            throw Violation(description: "\(name) is to go \(now - lastAdd) after others were added")
        }
        emptying[name] = (removal, now + (removal.isEmpty ? Self.step : Self.step * 2))
    }
}
