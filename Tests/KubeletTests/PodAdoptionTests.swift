import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI
import Testing

@testable import Kubelet

/// What a new kubelet makes of what the runtime still knows.
@Suite struct PodAdoptionTests {
    private let now = Instant(rfc3339: "2026-01-01T00:00:00Z") ?? Instant(nanoseconds: 0)
    private let pod = Pod { pod in
        pod.metadata.name = "web"
        pod.metadata.namespace = "default"
        pod.metadata.uid = "u"
        pod.spec.initContainers = [
            Container { $0.name = "setup" },
            Container {
                $0.name = "proxy"
                $0.restartPolicy = "Always"
            },
        ]
        pod.spec.containers = [Container { $0.name = "main" }]
        pod.status.phase = "Running"
    }
    private let running: Int? = nil
    private func state(sandboxIsReady: Bool, _ ends: [String: Int?]) -> PodState {
        let created = Instant(secondsSince1970: 1)
        let sandbox = Sandbox(
            id: "s", configuration: SandboxConfiguration(name: "web", namespace: "default", uid: "u"),
            isReady: sandboxIsReady, ip: "127.100.0.2", createdAt: created)
        let containers = ends.map { name, code in
            var container = RuntimeContainer(
                id: name + "-0", sandbox: "s", name: name, attempt: 0, state: code == nil ? .running : .exited,
                createdAt: created, image: "i", imageReference: "i")
            container.startedAt = created
            container.finishedAt = code == nil ? nil : created
            container.exitCode = code ?? 0
            return container
        }
        return PodAdoption(
            pod: pod, sandbox: sandbox, containers: containers, volumes: PodVolumes(directory: "/nowhere", uid: "u")
        ).state()
    }
    private func steps(_ state: PodState) -> [PodStep] {
        var state = state
        return state.decide(pod, at: now).steps
    }

    @Test func whatRunsGoesOn() {
        let state = state(sandboxIsReady: true, ["setup": 0, "proxy": running, "main": running])
        #expect(state.hasInitialized)
        #expect(steps(state) == [])
        // A sidecar that died meanwhile does not bring the init containers back.
        let withoutProxy = self.state(sandboxIsReady: true, ["setup": 0, "proxy": 1, "main": running])
        #expect(steps(withoutProxy) == [.pull(container: "proxy")])
    }

    /// After the machine has started anew the pod begins with its init containers, whatever came of them before.
    @Test func inANewSandboxInitContainersRunAgain() {
        var state = state(sandboxIsReady: false, ["setup": 0, "proxy": 137, "main": 137])
        #expect(!state.hasInitialized)
        #expect(state.containers["setup"]?.restartCount == 1)
        var steps: [PodStep] = state.decide(pod, at: now).steps
        #expect(steps == [.prepareVolumes])
        state.happened(.volumesPrepared, at: now)
        steps = state.decide(pod, at: now).steps
        #expect(steps == [.startSandbox(attempt: 1)])
        state.happened(.sandboxStarted(id: "t", ip: "127.100.0.3"), at: now)
        steps = state.decide(pod, at: now).steps
        #expect(steps == [.pull(container: "setup")])
        let status = PodStatusBuilder(pod: pod, state: state, hostIP: "", runtimeName: "test", now: now).status()
        #expect(status.phase == "Pending")
        #expect(status.conditions.first { $0.type == "Initialized" }?.status == "False")
        #expect(status.initContainerStatuses.first?.lastState?.terminated?.exitCode == 0)
    }
}
