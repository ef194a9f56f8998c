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
            members: ["a": Set(nodes.map(\.name))], earlier: earlier,
            DrainRules(options: options, budgets: budgets, now: Self.start),
            options)
    }
    private static let start = Instant(secondsSince1970: 1_767_225_600)
    private let three = ["a-1", "a-2", "a-3"].map { readyNode($0) }

    @Test func emptyNodesGoDownToTheLeast() {
        let plan = plan(three, [], min: 1)
        #expect(plan.unneeded.map(\.node) == ["a-1", "a-2"] && plan.obstacles == ["a-3": .minimalSize])
    }

    @Test func whoseePodsFindRoomElsewhereGoes() {
        let pods = [pod("web-1", cpu: "900m", on: "a-1"), pod("web-2", cpu: "900m", on: "a-2")]
        let plan = plan(Array(three.prefix(2)), pods)
        #expect(plan.unneeded.map(\.node) == ["a-1"] && plan.unneeded[0].pods == [pods[0].key])
        #expect(plan.unneeded[0].cpu == 0.45 && !plan.unneeded[0].isEmpty)
        // The other is needed for the pods of the first.
        #expect(plan.obstacles["a-2"] == .receivesPods)
        let full = self.plan(Array(three.prefix(2)), pods + [pod("big-1", cpu: "1", on: "a-2")])
        #expect(full.obstacles == ["a-1": .noPlaceToMovePods, "a-2": .notUnderutilized])
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

    /// What groups have their own way, and daemons that do not count.
    @Test func thresholdsOfGroups() {
        let pods = [pod("web-1", cpu: "800m", on: "a-1"), pod("logs-1", cpu: "800m", on: "a-1", owner: "DaemonSet")]
        #expect(plan(three, pods).obstacles["a-1"] == .notUnderutilized)
        // 800m of the 1,200m that the daemon leaves: two thirds.
        #expect(plan(three, pods) { $0.ignoresDaemonSetsUtilization = true }.obstacles["a-1"] == .notUnderutilized)
        let loose = plan(three, pods) {
            $0.ignoresDaemonSetsUtilization = true
            $0.scaleDownUtilizationThreshold = 0.7
        }
        // Now it would go, if the empty ones were not the first to.
        #expect(loose.obstacles["a-1"] == .noPlaceToMovePods)
        var own = group("a")
        own.options.scaleDownUtilizationThreshold = 0.9
        own.options.scaleDownUnneededTime = .seconds(7)
        let options = AutoscalerOptions().options(of: own)
        #expect(options.scaleDownUtilizationThreshold == 0.9 && options.scaleDownUnneededTime == .seconds(7))
        #expect(options.scaleDownUnreadyTime == .seconds(1_200))
    }

    @Test func theLeastOfCoresStays() {
        let plan = plan(three, []) { $0.coresTotal = 3...100 }
        #expect(plan.unneeded.map(\.node) == ["a-1"] && plan.obstacles["a-2"] == .minimalResources)
    }

    /// Each rule with a pod that it keeps, and one that it lets go.
    @Test(arguments: [
        ("bare", DrainRules.Verdict.blocks(.notReplicated)), ("bareSafe", .moves), ("owned", .moves),
        ("custom", .blocks(.notReplicated)), ("expendable", .staysBehind), ("ending", .ends), ("overdue", .staysBehind),
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
            case "custom": pod("web-1", on: "a-1", owner: "Robot")
            case "expendable": pod("web-1", on: "a-1", owner: nil) { $0["spec", "priority"] = -11 }
            case "ending": pod("web-1", on: "a-1") { $0["metadata", "deletionTimestamp"] = "2026-01-01T00:00:20Z" }
            case "overdue": pod("web-1", on: "a-1") { $0["metadata", "deletionTimestamp"] = "2025-12-31T23:59:00Z" }
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
            budgets: [budget("dns", "kube-system", allows: 1), budget("held", "default", allows: 0)],
            now: Self.start)
        #expect(rules.verdict(on: pod) == verdict)
    }

    @Test func timesAreKeptAndPausesDouble() throws {
        let start = try #require(Instant(rfc3339: "2026-01-01T00:00:00Z"))
        let options = AutoscalerOptions()
        var state = AutoscalerState()
        let unneeded = ScaleDownPlan.Unneeded(node: "a-1", group: "a", pods: [], isReady: true)
        state.note(unneeded: ["a-1"], start)
        #expect(!state.isDue(unneeded, start + .seconds(599), options))
        #expect(state.isDue(unneeded, start + .seconds(600), options))
        // Needed once in between: its time begins anew.
        state.note(unneeded: [String](), start + .seconds(300))
        state.note(unneeded: ["a-1"], start + .seconds(310))
        #expect(!state.isDue(unneeded, start + .seconds(900), options))
        // A node that is not ready is given longer.
        let silent = ScaleDownPlan.Unneeded(node: "a-1", group: "a", pods: [], isReady: false)
        #expect(!state.isDue(silent, start + .seconds(1_400), options))

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
