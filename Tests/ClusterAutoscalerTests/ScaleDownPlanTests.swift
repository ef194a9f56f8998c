import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Scheduler
import Testing

@testable import ClusterAutoscaler

@Suite struct ScaleDownPlanTests {
    private func plan(
        _ nodes: [Node], _ pods: [Pod], min: Int = 0, earlier: Set<String> = [], budgets: [PodDisruptionBudget] = [],
        _ edit: (inout AutoscalerOptions) -> Void = { _ in }
    ) -> ScaleDownPlan {
        var options = AutoscalerOptions()
        edit(&options)
        let world = World(TestCluster())
        world.load(nodes)
        world.load(pods)
        return ScaleDownPlan(
            nodes, pods, PlacementTrial(world), [group("a", min: min, target: nodes.count)],
            members: ["a": Set(nodes.map(\.name))], earlier: earlier, DrainRules(options: options, budgets: budgets),
            options)
    }
    private let three = ["a-1", "a-2", "a-3"].map { readyNode($0) }

    @Test func emptyNodesGoDownToTheLeast() {
        let plan = plan(three, [], min: 1)
        #expect(plan.unneeded.map(\.node) == ["a-1", "a-2"] && plan.obstacles == ["a-3": .minimalSize])
    }

    @Test func whoseePodsFindRoomElsewhereGoes() {
        let pods = [pod("web-1", cpu: "900m", on: "a-1"), pod("web-2", cpu: "900m", on: "a-2")]
        let plan = plan(Array(three.prefix(2)), pods)
        #expect(plan.unneeded == [.init(node: "a-1", group: "a", pods: [pods[0].key], isReady: true)])
        #expect(plan.obstacles["a-2"] == .noPlaceToMovePods)
        // Who was a candidate before stays the one.
        #expect(self.plan(Array(three.prefix(2)), pods, earlier: ["a-2"]).unneeded.map(\.node) == ["a-2"])
    }

    @Test func whatIsUsedStays() {
        let pods = [pod("web-1", cpu: "1500m", on: "a-1"), pod("web-2", cpu: "1100m", on: "a-2")]
        let plan = plan(three, pods)
        #expect(plan.obstacles["a-1"] == .notUnderutilized && plan.obstacles["a-2"] == .notUnderutilized)
        var marked = three[2]
        marked.json["metadata", "annotations"] = [ScaleDownPlan.disabled: "true"]
        #expect(self.plan([marked], []).obstacles == ["a-3": .disabledByAnnotation])
    }

    /// Each rule with a pod that it keeps, and one that it lets go.
    @Test(arguments: [
        ("bare", DrainRules.Verdict.blocks(.notReplicated)), ("bareSafe", .moves), ("owned", .moves),
        ("daemon", .staysBehind), ("mirror", .staysBehind), ("over", .staysBehind), ("unsafe", .blocks(.notSafe)),
        ("local", .blocks(.localStorage)), ("localSafe", .moves), ("localVolumeSafe", .moves), ("memory", .moves),
        ("system", .blocks(.system)), ("systemWithBudget", .moves), ("budget", .blocks(.budget)),
    ]) func whoMayBeMoved(_ name: String, _ verdict: DrainRules.Verdict) {
        func annotated(_ name: String, _ value: String, _ json: inout JSON) {
            json["metadata", "annotations", "cluster-autoscaler.kubernetes.io/\(name)"] = JSON(value)
        }
        let directory: JSON = [["name": "scratch", "emptyDir": .object]]
        let pod: Pod =
            switch name {
            case "bare": pod("web-1", on: "a-1", owner: nil)
            case "bareSafe": pod("web-1", on: "a-1", owner: nil) { annotated("safe-to-evict", "true", &$0) }
            case "daemon": pod("web-1", on: "a-1", owner: "DaemonSet")
            case "mirror":
                pod("web-1", on: "a-1", owner: nil) {
                    $0["metadata", "annotations", "kubernetes.io/config.mirror"] = "x"
                }
            case "over": pod("web-1", on: "a-1", owner: nil) { $0["status", "phase"] = "Succeeded" }
            case "unsafe": pod("web-1", on: "a-1") { annotated("safe-to-evict", "false", &$0) }
            case "local": pod("web-1", on: "a-1") { $0["spec", "volumes"] = directory }
            case "localSafe":
                pod("web-1", on: "a-1") {
                    $0["spec", "volumes"] = directory
                    annotated("safe-to-evict", "true", &$0)
                }
            case "localVolumeSafe":
                pod("web-1", on: "a-1") {
                    $0["spec", "volumes"] = directory
                    annotated("safe-to-evict-local-volumes", "other, scratch", &$0)
                }
            case "memory":
                pod("web-1", on: "a-1") {
                    $0["spec", "volumes"] = [["name": "scratch", "emptyDir": ["medium": "Memory"]]]
                }
            case "system": pod("web-1", on: "a-1", namespace: "kube-system")
            case "systemWithBudget": pod("dns-1", on: "a-1", namespace: "kube-system")
            case "budget": pod("held-1", on: "a-1")
            default: pod("web-1", on: "a-1")
            }
        func budget(_ app: String, _ namespace: String, allows: Int) -> PodDisruptionBudget {
            PodDisruptionBudget([
                "metadata": ["name": JSON(app), "namespace": JSON(namespace)],
                "spec": ["selector": ["matchLabels": ["app": JSON(app)]]],
                "status": ["disruptionsAllowed": JSON(allows)],
            ])
        }
        let rules = DrainRules(
            options: AutoscalerOptions(),
            budgets: [budget("dns", "kube-system", allows: 1), budget("held", "default", allows: 0)])
        #expect(rules.verdict(on: pod) == verdict)
    }

    @Test func timesAreKeptAndPausesDouble() throws {
        let start = try #require(Instant(rfc3339: "2026-01-01T00:00:00Z"))
        let options = AutoscalerOptions()
        var state = AutoscalerState()
        let unneeded = [ScaleDownPlan.Unneeded(node: "a-1", group: "a", pods: [], isReady: true)]
        state.note(unneeded: ["a-1"], start)
        #expect(state.due(unneeded, start + .seconds(599), options).isEmpty)
        #expect(state.due(unneeded, start + .seconds(600), options) == unneeded)
        // Needed once in between: its time begins anew.
        state.note(unneeded: [], start + .seconds(300))
        state.note(unneeded: ["a-1"], start + .seconds(310))
        #expect(state.due(unneeded, start + .seconds(900), options).isEmpty)
        // A node that is not ready is given longer.
        let silent = [ScaleDownPlan.Unneeded(node: "a-1", group: "a", pods: [], isReady: false)]
        #expect(state.due(silent, start + .seconds(1_400), options).isEmpty)

        state.added(start)
        #expect(state.coolDown(start + .seconds(599), options) != nil)
        #expect(state.coolDown(start + .seconds(600), options) == nil)
        state.failedToDelete(start + .seconds(600))
        #expect(state.coolDown(start + .seconds(779), options) != nil)
        #expect(state.coolDown(start + .seconds(780), options) == nil)

        var now = start
        for seconds in [300, 600, 1_200, 1_800, 1_800] {
            state.failed("a", "no quota", now, options)
            let end = now + .seconds(seconds)
            #expect(state.pause(of: "a", end - .seconds(1)) != nil && state.pause(of: "a", end) == nil)
            now = end
        }
        state.failed("a", "no quota", now + .seconds(20_000), options)
        #expect(state.pause(of: "a", now + .seconds(20_301)) == nil)
    }
}
