import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Testing

@testable import Kubelet

/// What a pod does when the node agrees to other resources, as a value.
@Suite struct ResizeDecisionTests {
    private static func bench(_ resources: [String], restarts: Bool = false) -> DecisionBench {
        let wanted = ResourcePolicyTests.pod(resources) { pod in
            if restarts {
                pod.json["spec", "containers"] = JSON(
                    pod.spec.containers.map { container in
                        var container = container.json
                        container["resizePolicy"] = [["resourceName": "memory", "restartPolicy": "RestartContainer"]]
                        return container
                    })
            }
        }
        var bench = DecisionBench { $0 = wanted }
        bench.state.allocation = PodAllocation(bench.pod)
        _ = bench.prepare()
        for container in bench.pod.spec.containers { _ = bench.started(container.name ?? "") }
        return bench
    }
    /// The pod wants it; the node has not looked yet.
    private static func want(_ bench: inout DecisionBench, _ resources: [String]) {
        let wanted = ResourcePolicyTests.pod(resources)
        var pod = bench.pod
        pod.json["spec", "containers"] = JSON(
            zip(pod.spec.containers, wanted.spec.containers).map { container, wanted in
                var container = container.json
                container["resources"] = wanted.json["resources"]
                return container
            })
        pod.metadata.generation = 2
        bench.pod = pod
    }
    private static func agree(_ bench: inout DecisionBench) -> [PodStep] {
        bench.happened(.resizeAllocated(PodAllocation(bench.pod), generation: 2))
    }
    private static func condition(_ bench: DecisionBench, _ type: String) -> PodCondition? {
        bench.status.conditions.first { $0.type == type }
    }
    private static func shown(_ bench: DecisionBench) -> [String] {
        bench.status.containerStatuses.map {
            "\($0.resources?.limits["memory"] ?? "-") of \($0.allocatedResources["memory"] ?? "-")"
        }
    }

    @Test func runningContainersAreChangedInPlace() throws {
        var bench = Self.bench(["100m 64Mi / 100m 64Mi"])
        Self.want(&bench, ["100m 96Mi / 100m 96Mi"])
        #expect(Self.shown(bench) == ["64Mi of 64Mi"], "nothing changes before the node agrees")
        let steps = Self.agree(&bench)
        guard case .resize(let plan)? = steps.first, steps.count == 1 else {
            Issue.record("no resize: \(steps)")
            return
        }
        #expect(Self.shown(bench) == ["64Mi of 96Mi"])
        let progress = Self.condition(bench, "PodResizeInProgress")
        #expect(progress?.status == "True" && progress?.observedGeneration == 2 && progress?.reason == nil)
        #expect(bench.decide() == [], "one at a time")
        let change = try #require(plan.changes.first)
        _ = bench.happened(.containerResized(container: "c1", id: change.id, change.after))
        #expect(Self.shown(bench) == ["96Mi of 96Mi"])
        bench.state.happened(.resizeEnded(PodAllocation(bench.pod), error: nil), at: bench.now)
        let last = bench.state.decide(bench.pod, at: bench.now).steps
        #expect(
            last == [
                .event(
                    isWarning: false, reason: "ResizeCompleted",
                    message:
                        #"Pod resize completed: {"containers":[{"name":"c1","resources":{"limits":{"cpu":"100m","memory":"96Mi"},"#
                        + #""requests":{"cpu":"100m","memory":"96Mi"}}}],"generation":2}"#,
                    container: nil)
            ])
        #expect(Self.condition(bench, "PodResizeInProgress") == nil)
    }

    @Test func whereThePolicyAsksForItTheContainerStartsAnew() {
        var bench = Self.bench(["100m 64Mi / 100m 64Mi", "100m 64Mi / 100m 64Mi"], restarts: true)
        Self.want(&bench, ["100m 96Mi / 100m 96Mi", "200m 64Mi / 200m 64Mi"])
        #expect(
            Self.agree(&bench) == [
                .stop(container: "c1", id: "c1-1", graceSeconds: 30, message: "Container c1 resize requires restart")
            ])
        guard case .resize(let plan)? = bench.ended("c1", code: 137).first else {
            Issue.record("the pod is not resized between the end and the new start")
            return
        }
        #expect(plan.changes.map(\.name) == ["c2"], "cpu needs no restart here")
        for change in plan.changes {
            _ = bench.happened(.containerResized(container: change.name, id: change.id, change.after))
        }
        #expect(bench.happened(.resizeEnded(PodAllocation(bench.pod), error: nil)) == [.pull(container: "c1")])
        _ = bench.started("c1")
        #expect(Self.shown(bench) == ["96Mi of 96Mi", "64Mi of 64Mi"])
        #expect(bench.status.containerStatuses.map { $0.restartCount ?? 0 } == [1, 0])
    }

    @Test func whatFailsIsToldAndTriedAgain() {
        var bench = Self.bench(["100m 64Mi / 100m 64Mi"])
        Self.want(&bench, ["100m 1Mi / 100m 1Mi"])
        _ = Self.agree(&bench)
        let why = "cannot decrease memory limits: attempting to set pod memory limit (1) below current usage (2)"
        #expect(bench.happened(.resizeEnded(nil, error: why)) == [])
        let condition = Self.condition(bench, "PodResizeInProgress")
        #expect(condition?.reason == "Error" && condition?.message == why)
        #expect(Self.shown(bench) == ["64Mi of 1Mi"])
        bench.pass(11)
        guard case .resize? = bench.decide().first else {
            Issue.record("not tried again")
            return
        }
        // What was wanted is taken back meanwhile.
        Self.want(&bench, ["100m 64Mi / 100m 64Mi"])
        bench.state.happened(.resizeEnded(nil, error: why), at: bench.now)
        _ = Self.agree(&bench)
        #expect(Self.condition(bench, "PodResizeInProgress")?.reason == nil)
    }

    @Test func aContainerThatIsNotRunningJustStartsWithIt() {
        var bench = Self.bench(["100m 64Mi / 100m 64Mi"])
        _ = bench.ended("c1", code: 1)
        Self.want(&bench, ["100m 96Mi / 100m 96Mi"])
        guard case .resize(let plan)? = Self.agree(&bench).first else {
            Issue.record("the pod is not resized")
            return
        }
        #expect(plan.changes == [] && !plan.orders.isEmpty)
        #expect(Self.shown(bench) == ["96Mi of 96Mi"])
    }

    @Test func whatTheNodeCannotGiveWaits() throws {
        var bench = Self.bench(["100m 64Mi / 100m 64Mi"])
        Self.want(&bench, ["100 64Mi / 100 64Mi"])
        let message = "Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 2000"
        _ = bench.happened(
            .resizePending(.init(reason: "Deferred", message: message, generation: 2, since: bench.now)))
        let condition = try #require(Self.condition(bench, "PodResizePending"))
        #expect(condition.status == "True" && condition.reason == "Deferred" && condition.message == message)
        #expect(condition.observedGeneration == 2)
        #expect(Self.shown(bench) == ["64Mi of 64Mi"])
        // A pod that ended resizes no more.
        _ = bench.ended("c1", code: 0)
        bench.pod.spec.restartPolicy = "Never"
        #expect(Self.condition(bench, "PodResizePending") == nil)
    }

    /// Who sees the generation in a status may take it that the node has looked at what it wants.
    @Test func noStatusTellsOfASpecThatTheNodeHasNotLookedAt() {
        var bench = Self.bench(["100m 64Mi / 100m 64Mi"])
        var core = PodCore(bench.pod, bench.state, hostIP: "127.0.0.1", runtimeName: "test")
        func written(_ orders: [PodCore.Order]) -> Pod? {
            for case .writeStatus(let pod) in orders { return pod }
            return nil
        }
        let first = written(core.started(at: bench.now))
        #expect(first?.status.observedGeneration == 1)
        if let first { #expect(written(core.statusWritten(first, at: bench.now)) == nil) }
        Self.want(&bench, ["100 64Mi / 100 64Mi"])
        #expect(written(core.podChanged(bench.pod, at: bench.now)) == nil)
        #expect(core.wantsResize)
        let pending = ResizeState.Pending(reason: "Deferred", message: "no", generation: 2, since: bench.now)
        let told = written(core.happened(.resizePending(pending), at: bench.now))
        #expect(told?.status.observedGeneration == 2)
        #expect(told?.condition("PodResizePending")?["reason"]?.string == "Deferred")
    }

    @Test func thoseThatAskForNoMoreComeFirst() {
        func candidate(_ name: String, _ before: String, _ after: String, priority: Int = 0, since: Int64)
            -> ResizeCandidate
        {
            func pod(_ resources: String) -> Pod {
                ResourcePolicyTests.pod([resources]) {
                    $0.metadata.name = name
                    $0.spec.priority = priority
                }
            }
            return ResizeCandidate(
                pod: pod(after), allocated: pod(before), waitsSince: Instant(nanoseconds: since))
        }
        let order = ResizeCandidate.inOrder([
            candidate("late", "1 1Gi / 2 2Gi", "2 1Gi / 2 2Gi", since: 9),
            candidate("early", "1 1Gi / 2 2Gi", "2 1Gi / 2 2Gi", since: 3),
            candidate("guaranteed", "1 1Gi / 1 1Gi", "2 2Gi / 2 2Gi", since: 12),
            candidate("important", "1 1Gi / 2 2Gi", "2 1Gi / 2 2Gi", priority: 7, since: 20),
            candidate("smaller", "2 1Gi / 2 2Gi", "1 1Gi / 2 2Gi", since: 30),
        ])
        #expect(order.map(\.pod.name) == ["smaller", "important", "guaranteed", "early", "late"])
    }
}
