import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Testing

@testable import Kubelet

/// Drives a pod's state by hand: what was ordered, what happened, what the status says.
struct DecisionBench {
    var pod: Pod
    var state = PodState()
    var now = Instant(rfc3339: "2026-01-01T00:00:00Z") ?? Instant(nanoseconds: 0)
    private var runs = 0

    init(_ change: (inout Pod) -> Void = { _ in }) {
        pod = Pod { pod in
            pod.metadata.name = "web"
            pod.metadata.namespace = "default"
            pod.metadata.uid = "u"
            pod.spec.containers = [Container { $0.name = "main" }]
            change(&pod)
        }
    }
    mutating func decide() -> [PodStep] {
        state.decide(pod, at: now).steps.filter { if case .event = $0 { false } else { true } }
    }
    mutating func happened(_ event: PodEvent) -> [PodStep] {
        state.happened(event, at: now)
        return decide()
    }
    /// Volumes and sandbox.
    mutating func prepare() -> [PodStep] {
        _ = decide()
        _ = happened(.volumesPrepared)
        return happened(.sandboxStarted(id: "s", ip: "127.100.0.2"))
    }
    mutating func started(_ name: String) -> [PodStep] {
        _ = happened(.imagePulled(container: name, reference: "i"))
        runs += 1
        return happened(
            .containerStarted(
                container: name, id: "\(name)-\(runs)", imageReference: "i", at: now,
                isMain: PodLifecycle(pod.spec).role(of: name) == .main))
    }
    mutating func ended(_ name: String, code: Int) -> [PodStep] {
        happened(
            .containerEnded(
                container: name, id: state.containers[name]?.run?.id ?? "",
                exit: ContainerMemory.Exit(
                    code: code, signal: 0, reason: code == 0 ? "Completed" : "Error", message: "", finishedAt: now)))
    }
    var status: PodStatus {
        PodStatusBuilder(pod: pod, state: state, hostIP: "127.0.0.1", runtimeName: "test", now: now).status()
    }
    var waiting: String? { status.containerStatuses.first?.state?.waiting?.reason }
    mutating func pass(_ seconds: Int) { now = now + .seconds(seconds) }
    mutating func delete(grace: Int) {
        pod.metadata.deletionTimestamp = now.rfc3339
        pod.metadata.deletionGracePeriodSeconds = grace
    }
}

@Suite struct PodDecisionTests {
    @Test func volumesThenSandboxThenImageThenStart() {
        var bench = DecisionBench()
        #expect(bench.decide() == [.prepareVolumes])
        #expect(bench.decide() == [])
        #expect(bench.happened(.volumesPrepared) == [.startSandbox(attempt: 0)])
        #expect(bench.waiting == "ContainerCreating")
        #expect(bench.happened(.sandboxStarted(id: "s", ip: "127.100.0.2")) == [.pull(container: "main")])
        #expect(
            bench.happened(.imagePulled(container: "main", reference: "i")) == [.start(container: "main", attempt: 0)])
        #expect(bench.status.phase == "Pending")
        #expect(
            bench.happened(
                .containerStarted(container: "main", id: "a", imageReference: "i", at: bench.now, isMain: true)) == [])
        #expect(bench.status.phase == "Running")
        #expect(bench.status.containerStatuses.first?.ready == true)
    }

    @Test func volumesAndSandboxesThatFailAreTriedAgain() {
        var bench = DecisionBench()
        _ = bench.decide()
        #expect(bench.happened(.volumesFailed("no")) == [])
        bench.pass(11)
        #expect(bench.decide() == [.prepareVolumes])
        _ = bench.happened(.volumesPrepared)
        #expect(bench.happened(.sandboxFailed("no")) == [])
        bench.pass(11)
        #expect(bench.decide() == [.startSandbox(attempt: 1)])
    }

    /// A shim that was killed: before anything ran in its sandbox, and after.
    @Test func aSandboxThatIsLostIsReplacedAndInitContainersRunAgain() {
        var bench = DecisionBench { pod in pod.spec.initContainers = [Container { $0.name = "setup" }] }
        #expect(bench.prepare() == [.pull(container: "setup")])
        #expect(
            bench.happened(.imagePulled(container: "setup", reference: "i"))
                == [.start(container: "setup", attempt: 0)])
        let failure = PodEvent.containerFailed(
            container: "setup", reason: "CreateContainerError", message: "no sandbox", run: nil)
        #expect(bench.happened(failure) == [])
        // Only of the one it has now.
        #expect(bench.happened(.sandboxLost(id: "other")) == [])
        bench.state.happened(.sandboxLost(id: "s"), at: bench.now)
        #expect(
            bench.state.decide(bench.pod, at: bench.now).steps == [
                .event(
                    isWarning: false, reason: "SandboxChanged",
                    message: "Pod sandbox changed, it will be killed and re-created.", container: nil),
                .startSandbox(attempt: 1),
            ])
        #expect(bench.status.conditions.first { $0.type == "PodReadyToStartContainers" }?.status == "False")
        // No sooner than after any failure.
        #expect(bench.happened(.sandboxStarted(id: "t", ip: "127.100.0.3")) == [])
        #expect(bench.happened(.sandboxLost(id: "s")) == [])
        bench.pass(11)
        #expect(bench.decide() == [.pull(container: "setup")])
        #expect(
            bench.happened(.imagePulled(container: "setup", reference: "i"))
                == [.start(container: "setup", attempt: 0)])
        #expect(bench.started("setup") == [])
        #expect(bench.ended("setup", code: 0) == [.pull(container: "main")])
        #expect(bench.happened(.sandboxLost(id: "t")) == [.startSandbox(attempt: 2)])
        #expect(bench.happened(.imagePulled(container: "main", reference: "i")) == [])
        #expect(bench.happened(.sandboxStarted(id: "u", ip: "127.100.0.4")) == [.pull(container: "setup")])
        #expect(
            bench.happened(.imagePulled(container: "setup", reference: "i")) == [.start(container: "setup", attempt: 1)]
        )
        #expect(bench.status.initContainerStatuses.first?.restartCount == 1)
        #expect(bench.status.phase == "Pending")
    }

    /// It waits also when the end that it restarts from is long ago.
    @Test func aRestartOfWhichNoContainerComesIsNoRestart() {
        var bench = DecisionBench()
        _ = bench.prepare()
        _ = bench.started("main")
        #expect(bench.ended("main", code: 1) == [.pull(container: "main")])
        for _ in 0..<5 {
            #expect(
                bench.happened(.imagePulled(container: "main", reference: "i"))
                    == [.start(container: "main", attempt: 1)])
            let failure = PodEvent.containerFailed(
                container: "main", reason: "CreateContainerError", message: "no", run: nil)
            #expect(bench.happened(failure) == [])
            #expect(bench.status.containerStatuses.first?.restartCount == 0)
            bench.pass(100)
            #expect(bench.decide() == [.pull(container: "main")])
        }
    }

    @Test func whatStillRunsInALostSandboxEndsBeforeTheNext() {
        var bench = DecisionBench { pod in
            pod.spec.terminationGracePeriodSeconds = 7
            pod.spec.containers = [Container { $0.name = "main" }, Container { $0.name = "second" }]
        }
        _ = bench.prepare()
        _ = bench.started("main")
        _ = bench.happened(.imagePulled(container: "second", reference: "i"))
        #expect(
            bench.happened(.sandboxLost(id: "s"))
                == [.stop(container: "main", id: "main-1", graceSeconds: 7, message: "Stopping container main")])
        _ = bench.ended("main", code: 137)
        #expect(bench.state.sandbox == .lost(id: "s", ip: "127.100.0.2"))
        let failure = PodEvent.containerFailed(
            container: "second", reason: "RunContainerError", message: "no sandbox", run: nil)
        #expect(bench.happened(failure) == [.startSandbox(attempt: 1)])
        // Deleted before it is there: there is nothing but the new one to stop.
        bench.delete(grace: 0)
        #expect(bench.decide() == [])
        #expect(bench.happened(.sandboxStarted(id: "t", ip: "127.100.0.3")) == [.stopSandbox(id: "t")])
    }

    @Test func initContainersRunInOrderAndSidecarsStay() {
        var bench = DecisionBench { pod in
            pod.spec.initContainers = [
                Container { $0.name = "first" },
                Container {
                    $0.name = "proxy"
                    $0.restartPolicy = "Always"
                    $0.startupProbe = Probe()
                },
                Container { $0.name = "second" },
            ]
        }
        #expect(bench.prepare() == [.pull(container: "first")])
        #expect(bench.waiting == "PodInitializing")
        #expect(bench.started("first") == [])
        #expect(bench.ended("first", code: 0) == [.pull(container: "proxy")])
        // A sidecar must have started, by its startup probe, before the next one.
        #expect(bench.started("proxy") == [])
        #expect(
            bench.happened(
                .probed(container: "proxy", id: "proxy-2", .startup, isHealthy: true, message: "", graceSeconds: nil))
                == [.pull(container: "second")])
        #expect(bench.started("second") == [])
        #expect(bench.ended("second", code: 0) == [.pull(container: "main")])
        #expect(bench.started("main") == [])
        #expect(bench.status.phase == "Running")
        #expect(bench.status.conditions.first { $0.type == "Initialized" }?.status == "True")
        // Deleted: the app first, then the sidecar.
        bench.delete(grace: 30)
        #expect(
            bench.decide() == [
                .stop(container: "main", id: "main-4", graceSeconds: 30, message: "Stopping container main")
            ])
        #expect(
            bench.ended("main", code: 0)
                == [.stop(container: "proxy", id: "proxy-2", graceSeconds: 30, message: "Stopping container proxy")])
        #expect(bench.ended("proxy", code: 0) == [.stopSandbox(id: "s")])
        #expect(bench.happened(.sandboxStopped) == [.removeSandbox])
        #expect(bench.happened(.sandboxRemoved) == [.deleteObject])
        #expect(bench.happened(.objectDeleted) == [])
    }

    @Test(arguments: [
        // policy, exit code, phase, whether it runs again
        ("Always", 0, "Running", true), ("Always", 1, "Running", true), ("OnFailure", 0, "Succeeded", false),
        ("OnFailure", 1, "Running", true), ("Never", 0, "Succeeded", false), ("Never", 1, "Failed", false),
    ]) func restartPolicyDecides(_ policy: String, _ code: Int, _ phase: String, _ runsAgain: Bool) {
        var bench = DecisionBench { $0.spec.restartPolicy = policy }
        _ = bench.prepare()
        _ = bench.started("main")
        let steps = bench.ended("main", code: code)
        #expect(steps == (runsAgain ? [.pull(container: "main")] : [.stopSandbox(id: "s")]))
        #expect(bench.status.phase == phase)
    }

    @Test func crashesAreBackedOffDoublingAndForgotten() {
        var bench = DecisionBench()
        _ = bench.prepare()
        var waits: [Int] = []
        for _ in 0..<8 {
            _ = bench.started("main")
            var steps = bench.ended("main", code: 1)
            var seconds = 0
            while steps.isEmpty {
                #expect(bench.waiting == "CrashLoopBackOff")
                bench.pass(5)
                seconds += 5
                steps = bench.decide()
            }
            #expect(steps == [.pull(container: "main")])
            waits.append(seconds)
        }
        #expect(waits == [0, 10, 20, 40, 80, 160, 300, 300])
        // Ten minutes without a crash forget it all.
        _ = bench.started("main")
        bench.pass(601)
        #expect(bench.ended("main", code: 1) == [.pull(container: "main")])
        #expect(bench.state.containers["main"]?.restartCount == 8)
    }

    @Test func imagesThatFailAreBackedOff() {
        var bench = DecisionBench { $0.spec.containers[0].image = "no" }
        _ = bench.prepare()
        #expect(bench.happened(.imageFailed(container: "main", reason: "ErrImagePull", message: "gone")) == [])
        #expect(bench.waiting == "ErrImagePull")
        bench.pass(3)
        #expect(bench.decide() == [])
        #expect(bench.waiting == "ImagePullBackOff")
        #expect(
            bench.status.containerStatuses.first?.state?.waiting?.message
                == "Back-off pulling image \"no\": ErrImagePull: gone")
        bench.pass(7)
        #expect(bench.decide() == [.pull(container: "main")])
        #expect(bench.happened(.imageFailed(container: "main", reason: "ErrImagePull", message: "gone")) == [])
        bench.pass(19)
        #expect(bench.decide() == [])
        bench.pass(1)
        #expect(bench.decide() == [.pull(container: "main")])
    }

    @Test func probesDecideReadinessAndRestart() {
        var bench = DecisionBench { pod in
            pod.spec.containers[0].readinessProbe = Probe()
            pod.spec.containers[0].livenessProbe = Probe()
        }
        _ = bench.prepare()
        _ = bench.started("main")
        #expect(bench.status.containerStatuses.first?.ready == false)
        #expect(bench.status.conditions.first { $0.type == "Ready" }?.reason == "ContainersNotReady")
        _ = bench.happened(
            .probed(container: "main", id: "main-1", .readiness, isHealthy: true, message: "", graceSeconds: nil))
        #expect(bench.status.containerStatuses.first?.ready == true)
        // News of an earlier run is old news.
        #expect(
            bench.happened(
                .probed(container: "main", id: "other", .liveness, isHealthy: false, message: "m", graceSeconds: nil))
                == [])
        #expect(
            bench.happened(
                .probed(container: "main", id: "main-1", .liveness, isHealthy: false, message: "m", graceSeconds: 5))
                == [.stop(container: "main", id: "main-1", graceSeconds: 5, message: "m")])
        #expect(bench.ended("main", code: 137) == [.pull(container: "main")])
        #expect(bench.status.containerStatuses.first?.ready == false)
    }

    @Test func aShorterGraceHastensTheEnd() {
        var bench = DecisionBench()
        _ = bench.prepare()
        _ = bench.started("main")
        bench.delete(grace: 30)
        #expect(
            bench.decide() == [
                .stop(container: "main", id: "main-1", graceSeconds: 30, message: "Stopping container main")
            ])
        #expect(bench.decide() == [])
        bench.delete(grace: 1)
        #expect(
            bench.decide() == [
                .stop(container: "main", id: "main-1", graceSeconds: 1, message: "Stopping container main")
            ])
    }

    @Test func aPodDeletedBeforeItRanJustGoes() {
        var bench = DecisionBench()
        _ = bench.decide()
        bench.delete(grace: 30)
        #expect(bench.decide() == [])  // volumes are under way
        #expect(bench.happened(.volumesPrepared) == [.removeSandbox])
        #expect(bench.happened(.sandboxRemoved) == [.deleteObject])
        #expect(bench.happened(.objectNotDeleted) == [])
        bench.pass(1)
        #expect(bench.decide() == [.deleteObject])
    }

    @Test func aDeadlineFailsThePod() {
        var bench = DecisionBench { $0.spec.activeDeadlineSeconds = 60 }
        _ = bench.prepare()
        _ = bench.started("main")
        bench.pass(60)
        #expect(
            bench.decide() == [
                .stop(container: "main", id: "main-1", graceSeconds: 30, message: "Stopping container main")
            ])
        #expect(bench.ended("main", code: 137) == [.stopSandbox(id: "s")])
        #expect(bench.happened(.sandboxStopped) == [])
        #expect(bench.status.phase == "Failed")
        #expect(bench.status.reason == "DeadlineExceeded")
    }

    @Test func readinessGatesHoldReadiness() {
        var bench = DecisionBench { pod in
            pod.spec.readinessGates = [PodReadinessGate { $0.conditionType = "example.com/ok" }]
        }
        _ = bench.prepare()
        _ = bench.started("main")
        #expect(bench.status.conditions.first { $0.type == "ContainersReady" }?.status == "True")
        #expect(bench.status.conditions.first { $0.type == "Ready" }?.reason == "ReadinessGatesNotReady")
        bench.pod.status.conditions = [
            PodCondition {
                $0.type = "example.com/ok"
                $0.status = "True"
            }
        ]
        #expect(bench.status.conditions.first { $0.type == "Ready" }?.status == "True")
    }

    @Test func probesCountToTheirThresholds() {
        var counter = ProbeCounter(
            .readiness,
            Probe {
                $0.successThreshold = 2
                $0.failureThreshold = 3
            })
        #expect(
            [true, true, true, false, false, true, false, false, false].map { counter.count($0) }
                == [nil, true, nil, nil, nil, nil, nil, nil, false])
        var liveness = ProbeCounter(.liveness, Probe())
        #expect([true, false, false, false].map { liveness.count($0) } == [nil, nil, nil, false])
    }
}
