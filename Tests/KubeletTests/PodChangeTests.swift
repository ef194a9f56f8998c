import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Testing

@testable import Kubelet

/// What comes to a pod while it runs: ephemeral containers, and another image.
@Suite struct PodChangeTests {
    private func bench(_ change: (inout Pod) -> Void = { _ in }) -> DecisionBench {
        var bench = DecisionBench { pod in
            pod.spec.containers[0].image = "one"
            change(&pod)
        }
        _ = bench.prepare()
        return bench
    }
    /// As `started`, with the image that the spec has now.
    private func started(_ name: String, _ id: String, _ bench: inout DecisionBench) -> [PodStep] {
        _ = bench.happened(.imagePulled(container: name, reference: "i"))
        return bench.happened(
            .containerStarted(
                container: name, id: id, imageReference: "i", at: bench.now, isMain: name == "main",
                image: bench.pod.container(name)?.image))
    }

    @Test func anEphemeralContainerRunsOnceBesideTheOthers() {
        var bench = bench { $0.spec.restartPolicy = "Always" }
        _ = started("main", "main-1", &bench)
        bench.pod.spec.ephemeralContainers = [EphemeralContainer { $0.name = "debugger" }]
        #expect(bench.decide() == [.pull(container: "debugger")])
        #expect(bench.status.ephemeralContainerStatuses.first?.state?.waiting?.reason == "ContainerCreating")
        #expect(started("debugger", "debugger-1", &bench) == [])
        let running = bench.status.ephemeralContainerStatuses.first
        #expect(running?.state?.running != nil && running?.ready == false && running?.started == nil)
        #expect(bench.status.conditions.first { $0.type == "Ready" }?.status == "True")
        // It never runs again, and its end means nothing to the pod.
        #expect(bench.ended("debugger", code: 1) == [])
        #expect(bench.status.ephemeralContainerStatuses.first?.state?.terminated?.exitCode == 1)
        #expect(bench.status.phase == "Running")
        #expect(bench.status.conditions.first { $0.type == "Ready" }?.status == "True")
    }

    /// Even while an init container does not get on; and it ends with the pod.
    @Test func anEphemeralContainerDoesNotWaitForInitContainers() {
        var bench = bench { $0.spec.initContainers = [Container { $0.name = "setup" }] }
        bench.pod.spec.ephemeralContainers = [EphemeralContainer { $0.name = "debugger" }]
        #expect(bench.decide() == [.pull(container: "debugger")])
        _ = started("debugger", "debugger-1", &bench)
        bench.delete(grace: 5)
        _ = bench.happened(.imageFailed(container: "setup", reason: "ErrImagePull", message: "no"))
        #expect(
            bench.decide() == []
                && bench.state.containers["debugger"]?.activity == .stopping(deadline: bench.now + .seconds(5)))
        #expect(bench.ended("debugger", code: 143) == [.stopSandbox(id: "s")])
    }

    /// A rule of the container's own decides before its policy.
    @Test(arguments: [("In", 42, true), ("In", 1, false), ("NotIn", 42, false), ("NotIn", 1, true)])
    func restartRulesDecide(_ operation: String, _ code: Int, _ runsAgain: Bool) {
        var bench = bench { pod in
            pod.spec.restartPolicy = "Never"
            pod.spec.containers[0].json["restartPolicy"] = "Never"
            pod.spec.containers[0].json["restartPolicyRules"] = [
                ["action": "Restart", "exitCodes": ["operator": JSON(operation), "values": [42, 43]]]
            ]
        }
        _ = started("main", "main-1", &bench)
        #expect(bench.ended("main", code: code) == (runsAgain ? [.pull(container: "main")] : [.stopSandbox(id: "s")]))
        #expect(bench.status.phase == (runsAgain ? "Running" : "Failed"))
    }

    @Test(arguments: ["Always", "OnFailure", "Never"]) func anotherImageRestartsTheContainer(_ policy: String) {
        var bench = bench { $0.spec.restartPolicy = policy }
        #expect(started("main", "main-1", &bench) == [])
        bench.pod.status = bench.status
        bench.pod.spec.containers[0].image = "two"
        let why = "Container main definition changed, will be restarted"
        #expect(bench.decide() == [.stop(container: "main", id: "main-1", graceSeconds: 30, message: why)])
        #expect(bench.decide() == [])
        #expect(bench.ended("main", code: 143) == [.pull(container: "main")])
        // Until it runs again nothing is told of it, but for what keeps it from that.
        #expect(bench.status.phase == "Running" && bench.status.conditions == bench.pod.status.conditions)
        #expect(bench.status.containerStatuses == bench.pod.status.containerStatuses)
        var failing = bench
        _ = failing.happened(.imageFailed(container: "main", reason: "ErrImagePull", message: "no"))
        #expect(failing.waiting == "ErrImagePull")
        #expect(failing.status.conditions.first { $0.type == "Ready" }?.status == "False")
        #expect(
            bench.happened(.imagePulled(container: "main", reference: "i")) == [.start(container: "main", attempt: 1)])
        #expect(
            bench.happened(
                .containerStarted(
                    container: "main", id: "main-2", imageReference: "i", at: bench.now, isMain: true, image: "two"))
                == [])
        #expect(bench.status.containerStatuses.first?.restartCount == 1)
        // From here on its policy counts again, and the back-off of its image.
        bench.pass(601)
        let steps = bench.ended("main", code: 0)
        #expect(steps == (policy == "Always" ? [.pull(container: "main")] : [.stopSandbox(id: "s")]))
    }
}
