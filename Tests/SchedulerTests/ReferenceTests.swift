import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import LoopTestKit
import Testing

@testable import Scheduler

/// Random small clusters, in which the scheduler must say of every node what the reference says, while pods come and go and
/// nodes change. `SCHEDULER_SEEDS` sets how many; `SCHEDULER_SEED` looks at one.
@Suite struct ReferenceTests {
    private struct Dice {
        var random: SplitMix64
        mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &random) }
        mutating func happens(oneIn sides: Int) -> Bool { roll(sides) == 0 }
        mutating func pick<T>(_ list: [T]) -> T { list[roll(list.count)] }
    }
    static let keys = ["kubernetes.io/hostname", "zone", "rack"]

    private static func node(_ number: Int, _ dice: inout Dice) -> JSON {
        var labels: JSON = ["kubernetes.io/hostname": JSON("n\(number)")]
        if !dice.happens(oneIn: 6) { labels["zone"] = JSON(dice.pick(["a", "b", "c"])) }
        if dice.happens(oneIn: 2) { labels["rack"] = JSON(dice.pick(["1", "2"])) }
        if dice.happens(oneIn: 2) { labels["disk"] = "ssd" }
        var spec: JSON = .object
        if dice.happens(oneIn: 12) { spec["unschedulable"] = true }
        if dice.happens(oneIn: 4) {
            spec["taints"] = [
                ["key": JSON(dice.pick(["k", "l"])), "effect": JSON(dice.pick(["NoSchedule", "PreferNoSchedule"]))]
            ]
        }
        return [
            "metadata": ["name": JSON("n\(number)"), "labels": labels], "spec": spec,
            "status": [
                "allocatable": [
                    "cpu": JSON(String(2 + dice.roll(3))), "memory": JSON("\(1_024 * (1 + dice.roll(3)))Mi"),
                    "pods": JSON(String(4 + dice.roll(6))),
                ]
            ],
        ]
    }

    private static func selector(_ dice: inout Dice) -> JSON {
        switch dice.roll(8) {
        case 0: return .object
        case 1: return ["matchLabels": ["tier": JSON(dice.pick(["x", "y"]))]]
        default: return ["matchLabels": ["app": JSON(dice.pick(["web", "db"]))]]
        }
    }
    private static func term(_ dice: inout Dice) -> JSON {
        var term: JSON = ["topologyKey": JSON(dice.pick(keys)), "labelSelector": selector(&dice)]
        switch dice.roll(6) {
        case 0: term["namespaces"] = ["other"]
        case 1: term["namespaceSelector"] = ["matchLabels": ["team": JSON(dice.pick(["red", "blue"]))]]
        case 2: term["namespaceSelector"] = .object
        default: break
        }
        return term
    }
    private static func constraint(_ dice: inout Dice) -> JSON {
        var constraint: JSON = [
            "maxSkew": JSON(1 + dice.roll(2)), "topologyKey": JSON(dice.pick(keys)),
            "whenUnsatisfiable": JSON(dice.pick(["DoNotSchedule", "ScheduleAnyway"])), "labelSelector": selector(&dice),
        ]
        if dice.happens(oneIn: 5) { constraint["minDomains"] = JSON(1 + dice.roll(4)) }
        if dice.happens(oneIn: 4) { constraint["nodeAffinityPolicy"] = "Ignore" }
        if dice.happens(oneIn: 4) { constraint["nodeTaintsPolicy"] = "Honor" }
        if dice.happens(oneIn: 4) { constraint["matchLabelKeys"] = ["tier"] }
        return constraint
    }

    private static func pod(_ number: Int, _ dice: inout Dice) -> JSON {
        var requests: JSON = .object
        if !dice.happens(oneIn: 3) { requests["cpu"] = JSON("\(100 * (1 + dice.roll(8)))m") }
        if !dice.happens(oneIn: 3) { requests["memory"] = JSON("\(64 * (1 + dice.roll(8)))Mi") }
        var labels: JSON = .object
        if !dice.happens(oneIn: 5) { labels["app"] = JSON(dice.pick(["web", "db"])) }
        if dice.happens(oneIn: 2) { labels["tier"] = JSON(dice.pick(["x", "y"])) }
        var spec: JSON = ["containers": [["name": "c", "image": "i:1", "resources": ["requests": requests]]]]
        spec["priority"] = JSON(dice.pick([0, 0, 5, 10]))
        if dice.happens(oneIn: 5) { spec["nodeSelector"] = ["disk": "ssd"] }
        if dice.happens(oneIn: 4) { spec["tolerations"] = [["key": "k", "operator": "Exists"]] }
        if dice.happens(oneIn: 2) {
            for kind in ["podAffinity", "podAntiAffinity"] {
                if dice.happens(oneIn: 3) {
                    spec["affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"] = JSON(
                        (0...dice.roll(2)).map { _ in term(&dice) })
                }
                if dice.happens(oneIn: 3) {
                    spec["affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution"] = JSON(
                        (0...dice.roll(2)).map { _ in
                            ["weight": JSON(1 + dice.roll(100)), "podAffinityTerm": term(&dice)]
                        })
                }
            }
        }
        if dice.happens(oneIn: 2) {
            spec["topologySpreadConstraints"] = JSON((0...dice.roll(2)).map { _ in constraint(&dice) })
        }
        return [
            "metadata": [
                "name": JSON("p\(number)"), "namespace": JSON(dice.pick(["default", "default", "other"])),
                "uid": JSON("u\(number)"), "labels": labels,
            ], "spec": spec,
            // The older are the more important.
            "status": ["startTime": JSON("2026-01-01T00:00:\(10 + number)Z")],
        ]
    }

    static func seeds() -> [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SCHEDULER_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        return Array(0..<(environment["SCHEDULER_SEEDS"].flatMap { UInt64($0) } ?? 200))
    }

    @Test func decidesAsTheReference() {
        for seed in Self.seeds() {
            if let difference = Self.difference(seed) {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
    }

    /// nil if both said the same all along.
    private static func difference(_ seed: UInt64) -> String? {
        var dice = Dice(random: SplitMix64(seed: seed))
        var judge = Judge()
        var reference = Reference()
        for name in ["default", "other"] {
            let labels = ["team": dice.pick(["red", "blue"])]
            reference.namespaces[name] = labels
            _ = judge.cache.update(namespace: name, ["metadata": ["name": JSON(name), "labels": JSON(labels)]])
        }
        for number in 0..<(2 + dice.roll(6)) {
            let node = node(number, &dice)
            reference.nodes.append(node)
            _ = judge.cache.update(node: node.key.name, node)
        }
        for number in 0..<(5 + dice.roll(20)) {
            change(&judge, &reference, &dice)
            var pod = pod(number, &dice)
            let pending = PendingPod(pod)
            for plugin in judge.profile.counting { judge.cache.register(plugin.counted(pending, judge.world)) }
            let cycle = SchedulingCycle(
                profile: judge.profile, view: CycleView(cache: judge.cache, world: judge.world), start: 0,
                random: SplitMix64(seed: seed))
            let evaluation = cycle.evaluate(pending)
            let wanted = reference.verdicts(pod)
            for node in evaluation.nodes {
                let said = Reference.Verdict(refusal: node.refusals.first?.plugin, total: node.total)
                if said != wanted[node.name] {
                    return "of \(pod.text) on \(node.name) it says \(said) by \(node.scores), wanted "
                        + "\(String(describing: wanted[node.name]))"
                }
            }
            var deciding = cycle
            switch deciding.decide(pending) {
            case .place(let name):
                let most = wanted.values.filter { $0.refusal == nil }.map(\.total).max()
                if wanted[name]?.refusal != nil || wanted[name]?.total != most { return "\(name) is not the best" }
                pod["spec", "nodeName"] = JSON(name)
                reference.pods.append(pod)
                _ = judge.cache.update(pod: pod.key, pod)
            case .unschedulable(let diagnosis):
                if wanted.values.contains(where: { $0.refusal == nil }) { return "\(pod.key) fits somewhere" }
                let losses = reference.losses(pod)
                let least = losses.map(\.weights).min { $0.lexicographicallyPrecedes($1) }
                var promised: Reference.Loss?
                if case .made(let node, let victims) = diagnosis.nomination {
                    promised = losses.first { $0.node == node && $0.victims == Set(victims.map(\.key.name)) }
                    if promised == nil {
                        return "\(pod.text) is promised \(node) by \(victims.map(\.key)), not of \(losses)"
                    }
                }
                if promised?.weights != least { return "\(pod.text) is promised \(promised as Any), not of \(losses)" }
            }
        }
        return nil
    }

    /// Pods go, are marked, or change their labels; nodes move, come anew, or are gone.
    private static func change(_ judge: inout Judge, _ reference: inout Reference, _ dice: inout Dice) {
        if !reference.pods.isEmpty, dice.happens(oneIn: 4) {
            let index = dice.roll(reference.pods.count)
            switch dice.roll(3) {
            case 0:
                _ = judge.cache.update(pod: reference.pods[index].key, nil)
                reference.pods.remove(at: index)
                return
            case 1: reference.pods[index]["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
            default: reference.pods[index]["metadata", "labels", "app"] = JSON(dice.pick(["web", "db"]))
            }
            _ = judge.cache.update(pod: reference.pods[index].key, reference.pods[index])
        }
        if dice.happens(oneIn: 6) {
            let index = dice.roll(reference.nodes.count)
            reference.nodes[index]["metadata", "labels", "zone"] = JSON(dice.pick(["a", "b", "d"]))
            _ = judge.cache.update(node: reference.nodes[index].key.name, reference.nodes[index])
        }
        if dice.happens(oneIn: 15), reference.nodes.count > 2 {
            let gone = reference.nodes.removeLast()
            _ = judge.cache.update(node: gone.key.name, nil)
        }
        if dice.happens(oneIn: 10) {
            let labels = ["team": dice.pick(["red", "blue"])]
            reference.namespaces["other"] = labels
            _ = judge.cache.update(namespace: "other", ["metadata": ["labels": JSON(labels)]])
        }
    }
}
