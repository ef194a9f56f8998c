import APIMachinery
import Basics
import KubeAPI
import Testing

@testable import SimulatedNodes

/// Simulated nodes and pods as a value, without a server and a clock.
@Suite struct FleetTests {
    private func stages(_ text: String) throws -> SimulationStages { try SimulationStages(yaml: Array(text.utf8)) }
    private func script(_ text: String = "", nodes: Int = 1) throws -> FleetScript {
        var script = FleetScript(try stages(text), nodes: nodes)
        _ = script.takeLog()
        return script
    }

    // MARK: Pods

    @Test func aPodIsReadyWithOneWrite() throws {
        var script = try script()
        script.bind("web")
        #expect(script.takeLog() == ["web Running ready, main[0] running"])
        let pod = try #require(script.pod("web"))
        #expect(pod.status.podIP == "10.0.0.2")
        #expect(pod.status.hostIP == "10.0.0.1")
        #expect(pod.status.containerStatuses.first?.containerID == "simulated://uid-web-main-0")
        script.pass(.seconds(3_600))
        #expect(script.takeLog().allSatisfy { $0.hasPrefix("renew") || $0.hasPrefix("node") })
    }

    @Test func podsOfJobsSucceedAndAreForgotten() throws {
        var script = try script()
        script.bind("job-1") { pod in
            pod.spec.restartPolicy = "Never"
            pod.metadata.ownerReferences = [
                OwnerReference {
                    $0.kind = "Job"
                    $0.name = "job"
                    $0.uid = "j"
                    $0.controller = true
                }
            ]
        }
        script.pass(.seconds(2))
        let log = script.takeLog().filter { !$0.hasPrefix("renew") }
        #expect(log == ["job-1 Running ready, main[0] running", "job-1 Succeeded, main[0] ended 0"])
        #expect(script.fleet.podCount == 0)
        script.delete("job-1", grace: 0)
        #expect(script.takeLog().last == "delete job-1")
        #expect(script.fleet.podCount == 0)
    }

    @Test func annotationsSayHowAPodEnds() throws {
        var script = try script()
        script.bind("once") { pod in
            pod.spec.restartPolicy = "Never"
            pod.metadata.annotations = ["simulation.skiff.dev/ends-after": "5s", "simulation.skiff.dev/exit-code": "4"]
        }
        script.pass(.seconds(4))
        #expect(script.pod("once")?.phase == "Running")
        script.pass(.seconds(2))
        #expect(script.pod("once").map(FleetScript.told) == "Failed, main[0] ended 4")
        script.bind("odd") { $0.metadata.annotations = ["simulation.skiff.dev/stage": "nowhere"] }
        let why = script.pod("odd")?.status.containerStatuses.first?.state?.waiting
        #expect(why?.reason == "CreateContainerConfigError")
        #expect(why?.message == "the simulation has no stage \"nowhere\"")
    }

    @Test func aCrashingContainerBacksOffAndThenRuns() throws {
        var script = try script("pods: [{name: crash, ends: {after: 1s, code: 1, times: 2}}]")
        script.bind("web")
        script.pass(.seconds(60))
        let log = script.takeLog().filter { $0.hasPrefix("web") || $0.hasPrefix("event") }
        #expect(
            log == [
                "web Running ready, main[0] running",
                "web Running ready, main[1] running",
                "event web BackOff",
                "web Running, main[1] CrashLoopBackOff",
                "web Running ready, main[2] running",
            ])
    }

    @Test func everyStepMayTakeItsTime() throws {
        var script = try script(
            """
            pods:
            - {name: slow, start: 1s, image: {pull: 2s, failures: 1}, initialization: 3s, ready: 4s, stop: {after: 5s}}
            """)
        script.bind("web") { pod in
            pod.spec.initContainers = [Container { $0.name = "init" }]
            pod.spec.containers[0].readinessProbe = Probe { $0.periodSeconds = 10 }
        }
        script.pass(.seconds(60))
        let log = script.takeLog().filter { $0.hasPrefix("web") }
        #expect(
            log == [
                // Before and after there is a sandbox.
                "web Pending, init[0] PodInitializing, main[0] PodInitializing",
                "web Pending, init[0] PodInitializing, main[0] PodInitializing",
                "web Pending, init[0] ErrImagePull, main[0] PodInitializing",
                "web Pending, init[0] ImagePullBackOff, main[0] PodInitializing",
                "web Pending, init[0] running, main[0] PodInitializing",
                "web Pending, init[0] ended 0, main[0] PodInitializing",
                "web Pending, init[0] ended 0, main[0] ErrImagePull",
                "web Pending, init[0] ended 0, main[0] ImagePullBackOff",
                "web Running, init[0] ended 0, main[0] running",
                "web Running ready, init[0] ended 0, main[0] running",
            ])
        script.delete("web")
        script.pass(.seconds(4))
        #expect(script.takeLog().filter { $0.contains("web") } == [])
        script.pass(.seconds(2))
        let end = script.takeLog().filter { $0.contains("web") }
        #expect(end == ["web Succeeded, init[0] ended 0, main[0] ended 0", "delete web"])
    }

    @Test func containersWithAReadinessProbeFlap() throws {
        var script = try script("pods: [{name: flaps, flaps: {every: 20s, for: 5s}}]")
        script.bind("plain")
        script.bind("probed") { $0.spec.containers[0].readinessProbe = Probe { $0.periodSeconds = 10 } }
        script.pass(.seconds(46))
        let log = script.takeLog()
        #expect(log.count { $0.hasPrefix("plain") } == 1)
        #expect(
            log.filter { $0.hasPrefix("probed") } == [
                "probed Running ready, main[0] running", "probed Running, main[0] running",
                "probed Running ready, main[0] running", "probed Running, main[0] running",
            ])
    }

    @Test func aForcedDeletionLeavesNothing() throws {
        var script = try script("pods: [{name: slow, stop: {after: 1h}}]")
        script.bind("web")
        script.forget("web")
        script.pass(.seconds(2))
        #expect(script.fleet.podCount == 0)
        #expect(script.fleet.nodes[0].pods == [])
        // Its address and its place are free again.
        script.bind("next")
        #expect(script.pod("next")?.status.podIP == "10.0.0.2")
    }

    @Test func aNodeRefusesWhatDoesNotFit() throws {
        var script = try script("nodes: {capacity: {cpu: \"1\", pods: \"2\"}}")
        func asking(_ cpu: String) -> (inout Pod) -> Void {
            { pod in pod.spec.containers[0].json["resources"] = ["requests": ["cpu": JSON(cpu)]] }
        }
        script.bind("small", asking("600m"))
        script.bind("large", asking("500m"))
        #expect(script.pod("large")?.status.reason == "OutOfcpu")
        #expect(script.takeLog().contains("event large OutOfcpu"))
        script.bind("other", asking("400m"))
        #expect(script.pod("other")?.phase == "Running")
        script.bind("third", asking("0"))
        #expect(script.pod("third")?.status.reason == "OutOfpods")
    }

    @Test func writesThatFailAreMadeAgain() throws {
        var script = try script()
        script.refusals = [.unreachable, .outdated]
        script.bind("web")
        #expect(script.takeLog() == [])
        script.pass(.seconds(1))
        #expect(script.takeLog().filter { $0.contains("web") } == ["read web", "web Running ready, main[0] running"])
    }

    /// As the node controller does with pods of a node that is not heard of, also within the second of the last write.
    @Test func whatAnotherWritesOverAStatusIsSetRight() throws {
        var script = try script()
        script.bind("web")
        script.edit("web") { pod in
            var conditions = pod.status.conditions
            for index in conditions.indices where conditions[index].type == "Ready" {
                conditions[index].status = "False"
            }
            pod.status.conditions = conditions
        }
        #expect(script.pod("web")?.isReady == true)
        #expect(
            script.takeLog().filter { $0.hasPrefix("web") }
                == Array(repeating: "web Running ready, main[0] running", count: 2))
    }

    @Test func whatAnEarlierProcessRanGoesOn() throws {
        var before = try script()
        before.bind("web")
        var status = try #require(before.pod("web"))
        status.status.podIP = "10.0.0.9"
        status.status.containerStatuses[0].restartCount = 3
        status.status.podIPs = [PodIP { $0.ip = "10.0.0.9" }]
        var after = try script()
        after.bind("web") { $0.status = status.status }
        after.pass(.seconds(1))
        #expect(after.takeLog().filter { $0.hasPrefix("web") } == [])
        let pod = try #require(after.fleet.pod(after.key("web")))
        #expect(pod.core.state.containers["main"]?.restartCount == 3)
        #expect(pod.ordinal == 9)
    }

    // MARK: Nodes

    @Test func nodesBeatOneAfterTheOther() throws {
        var script = FleetScript(nodes: 10)
        #expect(script.takeLog().count { $0.hasPrefix("renew") } == 10)
        script.pass(.milliseconds(2_500))
        #expect((2...3).contains(script.takeLog().count { $0.hasPrefix("renew") }))
        script.pass(.seconds(100))
        #expect(script.takeLog().count { $0.hasPrefix("renew") } == 100)
    }

    @Test func aSilentNodeSaysNothingAndCatchesUp() throws {
        var script = try script("pods: [{name: ends, ends: {after: 30s, code: 1, times: 1}}]")
        script.bind("web")
        script.annotate(node: "node-1", ["simulation.skiff.dev/silent": "true"])
        _ = script.takeLog()
        script.bind("late")
        script.pass(.seconds(400))
        #expect(script.takeLog() == [])
        script.delete("web")
        #expect(script.takeLog() == [])
        script.annotate(node: "node-1", [:])
        script.pass(.seconds(1))
        let log = script.takeLog()
        #expect(log.contains("renew node-1"))
        #expect(log.contains("node node-1"))
        #expect(log.contains("late Running ready, main[0] running"))
        #expect(log.contains("delete web"))
    }

    @Test func aStageSilencesNodes() throws {
        var script = try script(
            "nodes: {stages: [{names: [node-2], silent: {after: 1m, for: 2m, times: 1}}]}", nodes: 2)
        script.pass(.seconds(61))
        _ = script.takeLog()
        script.pass(.seconds(115))
        #expect(Set(script.takeLog()) == ["renew node-1"])
        script.pass(.seconds(60))
        #expect(script.takeLog().contains("renew node-2"))
        script.pass(.seconds(3_600))
        #expect(script.takeLog().count { $0 == "renew node-2" } == 360)
    }

    @Test func aNodeComesAndGoesAsItIsAskedTo() throws {
        var script = FleetScript(spares: ["spare"])
        script.pass(.seconds(700))
        #expect(!script.takeLog().contains { $0.contains("spare") })
        script.want("spare")
        #expect(script.takeLog() == ["register spare", "renew spare"])
        script.want("spare")
        #expect(script.takeLog() == [])
        script.pass(.seconds(30))
        #expect(script.takeLog().contains("renew spare"))
        script.dismiss("spare")
        #expect(script.takeLog() == ["unregister spare"])
        script.pass(.seconds(700))
        #expect(!script.takeLog().contains { $0.contains("spare") })
        script.want("spare")
        #expect(script.takeLog() == ["register spare", "renew spare"])
        // One that was on its way when it was not wanted any more goes again.
        var fleet = Fleet(["late"], SimulationStages(), network: NodeSimulator.network)
        _ = fleet.started()
        _ = fleet.unwanted(0)
        let orders = fleet.registered(0, Node { $0.metadata.name = "late" }, at: script.now)
        #expect(orders.count == 1)
        if case .unregister(node: 0) = orders[0] {} else { Issue.record("\(orders)") }
    }

    @Test func aDeletedNodeRegistersAnew() throws {
        var script = try script()
        script.deleteNode("node-1")
        script.pass(.seconds(301))
        #expect(script.takeLog().contains("register node-1"))
    }
}
