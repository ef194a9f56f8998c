import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Scheduler
import Testing

@testable import ClusterAutoscaler

@Suite struct ScaleUpPlanTests {
    private func plan(
        _ pods: [Pod], _ groups: [NodeGroup], nodes: [Node] = [], upcoming: [String: Int] = [:],
        closed: [String: String] = [:], daemons: [JSON] = [], priorities: GroupPriorities? = nil,
        _ edit: (inout AutoscalerOptions) -> Void = { _ in }
    ) -> ScaleUpPlan {
        var options = AutoscalerOptions()
        edit(&options)
        let world = World(TestCluster())
        world.load(nodes)
        world.load(pods)
        var random = SplitMix64(seed: 1)
        var taken = ScaleUpPlan.Taken(nodes: nodes.count)
        for node in nodes {
            taken.cores += NodeGroup.capacity(of: node.json).cpu
            taken.memory += NodeGroup.capacity(of: node.json).memory
        }
        return ScaleUpPlan(
            pods, PlacementTrial(world), groups, upcoming: upcoming, closed: closed, taken: taken, daemons: daemons,
            priorities: priorities, options, &random)
    }
    private func texts(_ plan: ScaleUpPlan) -> [String] { plan.increases.map(\.text) }

    @Test func asManyNodesAsThePodsNeed() {
        let pods = (0..<5).map { pod("web-\($0)", cpu: "900m") }
        #expect(texts(plan(pods, [group("a")])) == ["{a 0->3 (max: 10)}"])
        // Two find room on what there is.
        #expect(texts(plan(pods, [group("a", target: 1)], nodes: [readyNode("a-1")])) == ["{a 1->3 (max: 10)}"])
        // So do those for whom a node is being made.
        let waiting = plan(pods, [group("a", target: 3)], upcoming: ["a": 3])
        #expect(waiting.increases.isEmpty && waiting.waiting.count == 5 && waiting.unhelped.isEmpty)
    }

    @Test func noMoreThanAGroupAndAllTogetherMayHave() {
        let pods = (0..<9).map { pod("web-\($0)") }
        let bounded = plan(pods, [group("a", max: 2)])
        #expect(texts(bounded) == ["{a 0->2 (max: 2)}"] && bounded.helped.count == 4)
        #expect(texts(plan(pods, [group("a")]) { $0.maxNodesTotal = 3 }) == ["{a 0->3 (max: 10)}"])
        #expect(texts(plan(pods, [group("a")]) { $0.coresTotal = 0...6 }) == ["{a 0->3 (max: 10)}"])
        #expect(texts(plan(pods, [group("a")]) { $0.memoryTotal = 0...9 }) == ["{a 0->2 (max: 10)}"])
        let none = plan(pods, [group("a")]) {
            $0.coresTotal = 0...1
            $0.memoryTotal = 0...1
        }
        #expect(none.unhelped.first?.reasons == ["max cluster cpu, memory limit reached": 1])
        #expect(plan(pods, [group("a", JSON.object)]).unhelped.first?.reasons == ["not ready for scale-up": 1])
        let full = plan(pods, [group("a", max: 1, target: 1)], nodes: [readyNode("a-1")])
        #expect(full.unhelped.count == 7 && full.unhelped.first?.reasons == ["max node group size reached": 1])
    }

    @Test func whatNoGroupCanTakeIsTold() {
        let big = pod("big-0", cpu: "64")
        let picky = pod("picky-0") { $0["spec", "nodeSelector"] = ["disk": "ssd"] }
        let tainted = group("t", template(taints: [["key": "only", "value": "x", "effect": "NoSchedule"]]))
        let told = plan([big, picky], [group("a"), tainted])
        #expect(told.increases.isEmpty)
        let reasons = Dictionary(uniqueKeysWithValues: told.unhelped.map { ($0.pod.name, $0.reasons) })
        #expect(reasons["big-0"]?["Insufficient cpu"] == 1)
        #expect(reasons["big-0"]?["node(s) had untolerated taint(s)"] == 1)
        #expect(reasons["picky-0"]?["node(s) didn't match Pod's node affinity/selector"] == 1)
        // A group that failed lately is no help either, and says why.
        let closed = plan([pod("web-0")], [group("a")], closed: ["a": "in backoff after failed scale-up"])
        #expect(closed.unhelped.first?.reasons == ["in backoff after failed scale-up": 1])
    }

    /// Pods that may not share a node get one each; those of a zone go where the zone is.
    @Test func theSchedulersOwnRulesCount() {
        let apart = (0..<3).map { number in
            pod("web-\(number)", cpu: "100m") {
                $0["spec", "affinity"] = [
                    "podAntiAffinity": [
                        "requiredDuringSchedulingIgnoredDuringExecution": [
                            [
                                "labelSelector": ["matchLabels": ["app": "web"]],
                                "topologyKey": "kubernetes.io/hostname",
                            ]
                        ]
                    ]
                ]
            }
        }
        #expect(texts(plan(apart, [group("a")])) == ["{a 0->3 (max: 10)}"])
        let zoned = pod("zoned-0") { $0["spec", "nodeSelector"] = ["topology.kubernetes.io/zone": "b"] }
        let zones = ["a", "b"].map { group($0, template(labels: ["topology.kubernetes.io/zone": $0])) }
        #expect(texts(plan([zoned], zones)) == ["{b 0->1 (max: 10)}"])
    }

    @Test(arguments: [
        (AutoscalerOptions.Expander.leastWaste, "small"), (.mostPods, "large"), (.price, "cheap"),
        (.priority, "favourite"),
    ]) func theExpanderChooses(_ expander: AutoscalerOptions.Expander, _ group: String) {
        let groups = [
            ClusterAutoscalerTests.group("small", max: 1, template(cpu: "1", memory: "1Gi"), price: 9),
            ClusterAutoscalerTests.group("large", template(cpu: "8", memory: "64Gi"), price: 9),
            ClusterAutoscalerTests.group("cheap", max: 1, template(cpu: "4", memory: "64Gi"), price: 0.5),
            ClusterAutoscalerTests.group(
                "favourite", max: 1, template(cpu: "4", memory: "64Gi"), price: 9, priority: 5),
        ]
        let pods = (0..<8).map { pod("web-\($0)", cpu: "1") { $0["spec", "containers"] = Self.container } }
        #expect(plan(pods, groups) { $0.expanders = [expander] }.increases.map(\.group) == [group])
    }
    @Test func theLeastNodes() {
        let groups = [group("small", template(cpu: "4")), group("large", template(cpu: "8"))]
        let pods = (0..<8).map { pod("web-\($0)") }
        #expect(texts(plan(pods, groups) { $0.expanders = [.leastNodes] }) == ["{large 0->1 (max: 10)}"])
    }

    /// The ConfigMap's expressions win over what groups say themselves; the greatest number that has one for a group counts.
    @Test func priorities() throws {
        let text = "10: ['.*']\n50:\n- ^spot-\n- b$"
        let list = try GroupPriorities(yaml: text)
        #expect(["spot-1", "ab", "x"].map { list.priority(of: $0) } == [50, 50, 10])
        #expect(try GroupPriorities(yaml: "1: [a]").priority(of: "x") == nil)
        for broken in ["", "x: [a]", "1: a", "1: ['(']", "- 1"] {
            #expect(throws: GroupPriorities.Fault.self) { try GroupPriorities(yaml: broken) }
        }
        let groups = [group("spot-1"), group("other", priority: 100)]
        let chosen = plan([pod("web-0")], groups, priorities: list) { $0.expanders = [.priority] }
        #expect(chosen.increases.map(\.group) == ["spot-1"])
    }

    /// Where several are as good in the eyes of one, the next decides.
    @Test func expandersAreAChain() {
        let groups = [
            group("a", template(cpu: "4"), price: 3, priority: 1),
            group("b", template(cpu: "2"), price: 2, priority: 1),
            group("c", price: 1),
        ]
        let chosen = plan([pod("web-0")], groups) { $0.expanders = [.priority, .price] }
        #expect(chosen.increases.map(\.group) == ["b"])
    }

    /// What a daemon needs of a new node is no room for others; one that does not run there needs nothing.
    @Test func daemonsAreCounted() {
        func daemon(_ selector: JSON) -> JSON {
            pod("logs-x", cpu: "1", owner: "DaemonSet") { $0["spec", "nodeSelector"] = selector }.json
        }
        let pods = (0..<4).map { pod("web-\($0)") }
        #expect(texts(plan(pods, [group("a")], daemons: [daemon(.object)])) == ["{a 0->4 (max: 10)}"])
        #expect(texts(plan(pods, [group("a")], daemons: [daemon(["disk": "ssd"])])) == ["{a 0->2 (max: 10)}"])
    }

    private static let container: JSON = [
        ["name": "app", "image": "app:1", "resources": ["requests": ["cpu": "1", "memory": "1Gi"]]]
    ]

    @Test func groupsThatAreAlikeGrowTogether() {
        let pods = (0..<8).map { pod("web-\($0)") }
        let zones = ["a", "b", "c"].map {
            group($0, template(labels: ["topology.kubernetes.io/zone": $0, NodeGroup.label: $0]))
        }
        // What one of them may not take the others do.
        let small = zones.map { zone in
            var zone = zone
            zone.maxSize = 2
            return zone
        }
        let six = plan((0..<12).map { pod("web-\($0)") }, small) { $0.balancesSimilarGroups = true }
        #expect(texts(six).sorted() == ["{a 0->2 (max: 2)}", "{b 0->2 (max: 2)}", "{c 0->2 (max: 2)}"])
        let other = group("z", template(cpu: "2", labels: ["gpu": "yes"]))
        let spread = plan(pods, zones + [other]) {
            $0.balancesSimilarGroups = true
            $0.expanders = [.priority]
        }
        let sizes = spread.increases.map { $0.to - $0.from }.sorted()
        #expect(sizes == [1, 1, 2] || spread.increases.map(\.group) == ["z"])
    }

    @Test func aThousandPodsAreOneLookPerKind() {
        let pods = (0..<1_000).map { pod("web-\($0)", cpu: "500m") }
        #expect(texts(plan(pods, [group("a", max: 1_000)])) == ["{a 0->250 (max: 1000)}"])
    }
}
