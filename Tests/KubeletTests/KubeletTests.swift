import APIMachinery
import ContainerRuntime
import ControlLoops
import Foundation
import KubeAPI
import Synchronization
import Testing

@testable import Kubelet

@Suite struct KubeletTests {
    @Test func aPodRunsIsReadyAndGoes() async throws {
        let fixture = NodeFixture(index: 81)
        try await fixture.with { kubelet in
            try await fixture.pod("web", script: "trap 'exit 0' TERM; echo at $POD_IP; while :; do sleep 0.1; done")
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            #expect(pod.status.phase == "Running")
            #expect(pod.status.podIP?.hasPrefix("127.100.81.") == true)
            #expect(pod.main?.ready == true)
            #expect(pod.main?.started == true)
            #expect(pod.main?.restartCount == 0)
            #expect(pod.main?.state?.running?.startedAt != nil)
            #expect(pod.conditionStatus("PodReadyToStartContainers") == "True")
            #expect(pod.conditionStatus("Initialized") == "True")
            let ip = try #require(pod.status.podIP)
            while try await fixture.log(kubelet, pod).isEmpty { await Task.yield() }
            #expect(try await fixture.log(kubelet, pod) == "at \(ip)\n")

            try await fixture.cluster.delete(Pod.self, pod.key)
            try await fixture.wait("web") { $0 == nil }
            let expected: Set<String> = ["Pulled", "Created", "Started", "Killing"]
            while !expected.isSubset(of: fixture.events.compactMap(\.reason)) { await Task.yield() }
        }
    }

    @Test func aNodeRegistersWithLeaseAndCapacity() async throws {
        let fixture = NodeFixture(index: 82)
        try await fixture.with { _ in
            try await fixture.world.cache(Node.resource).wait(until: ObjectKey(name: "node-1")) {
                $0?["status", "nodeInfo"] != nil
            }
            let node = try #require(fixture.world.get(Node.self, ObjectKey(name: "node-1")))
            #expect(node.labels["kubernetes.io/hostname"] == "node-1")
            #expect(node.status.nodeInfo?.kubeletVersion == "v1.36.2")
            #expect(node.status.conditions.first { $0.type == "Ready" }?.status == "True")
            #expect(try Quantity(node.status.allocatable["memory"] ?? "0").value > 0)
            try await fixture.world.cache(Lease.resource).wait(
                until: ObjectKey(namespace: "kube-node-lease", name: "node-1")
            ) { $0 != nil }
        }
    }

    @Test func endsAreCompletedOrErrorByRestartPolicy() async throws {
        let fixture = NodeFixture(index: 83)
        try await fixture.with { kubelet in
            try await fixture.pod("good", script: "echo done > /dev/termination-log; exit 0") {
                $0.spec.restartPolicy = "Never"
            }
            try await fixture.pod("bad", script: "echo why; exit 3") {
                $0.spec.restartPolicy = "Never"
                $0.spec.containers[0].terminationMessagePolicy = "FallbackToLogsOnError"
            }
            let good = try #require(try await fixture.wait("good") { $0?.status.phase == "Succeeded" })
            #expect(good.main?.state?.terminated?.reason == "Completed")
            #expect(good.conditionStatus("Ready") == "False")
            let bad = try #require(try await fixture.wait("bad") { $0?.status.phase == "Failed" })
            #expect(bad.main?.state?.terminated?.exitCode == 3)
            #expect(bad.main?.state?.terminated?.reason == "Error")
            #expect(bad.main?.state?.terminated?.message == "why\n")
            #expect(try await fixture.log(kubelet, bad) == "why\n")
        }
    }

    @Test func aContainerThatCrashesIsRestartedAndThenBackedOff() async throws {
        let fixture = NodeFixture(index: 84)
        try await fixture.with { kubelet in
            try await fixture.pod("crashing", script: "echo run; exit 1")
            let pod = try #require(
                try await fixture.wait("crashing") { $0?.main?.state?.waiting?.reason == "CrashLoopBackOff" })
            #expect(pod.main?.restartCount == 1)
            #expect(pod.main?.lastState?.terminated?.exitCode == 1)
            #expect(pod.status.phase == "Running")
            #expect(
                pod.main?.state?.waiting?.message
                    == "back-off 10s restarting failed container=main pod=crashing_default(\(pod.uid))")
            #expect(try await fixture.log(kubelet, pod) { $0.previous = true } == "run\n")
        }
    }

    @Test func onlyTheLastTwoRunsAreKept() async throws {
        let fixture = NodeFixture(index: 88)
        let runtime = try await fixture.runtime()
        let work = try await fixture.sandboxWithDeadRuns(runtime, count: 3)
        #expect(try await runtime.listContainers().count == 3)
        await work.start(3) { _ in }
        #expect(try await runtime.listContainers().map(\.attempt).sorted() == [2, 3])
        for sandbox in try await runtime.listPodSandbox() { try await runtime.removePodSandbox(sandbox.id) }
        try? FileManager.default.removeItem(atPath: fixture.directory)
    }

    @Test func unknownImagesAreNotPulled() async throws {
        let fixture = NodeFixture(index: 85)
        try await fixture.with { kubelet in
            try await fixture.pod("unknown", script: "") { $0.spec.containers[0].image = "no-such-image:v1" }
            try await fixture.pod("never", script: "") {
                $0.spec.containers[0].image = "no-such-image:v1"
                $0.spec.containers[0].imagePullPolicy = "Never"
            }
            try await fixture.pod("invalid", script: "") { $0.spec.containers[0].image = "UPPER CASE" }
            let pod = try #require(
                try await fixture.wait("unknown") { $0?.main?.state?.waiting?.reason == "ErrImagePull" })
            #expect(pod.status.phase == "Pending")
            #expect(
                pod.main?.state?.waiting?.message?.contains("docker.io/library/no-such-image:v1: not found") == true)
            try await fixture.wait("never") { $0?.main?.state?.waiting?.reason == "ErrImageNeverPull" }
            try await fixture.wait("invalid") { $0?.main?.state?.waiting?.reason == "InvalidImageName" }
            do {
                _ = try await fixture.log(kubelet, pod)
                Issue.record("a log of nothing")
            } catch let error as StatusError {
                #expect(error.message == "container \"main\" in pod \"unknown\" is waiting to start: ErrImagePull")
            }
        }
    }

    @Test func environmentComesFromEverywhere() async throws {
        let fixture = NodeFixture(index: 86)
        try await fixture.with { kubelet in
            _ = try await fixture.cluster.create(
                Service { service in
                    service.metadata.name = "my-sql"
                    service.metadata.namespace = "default"
                    service.spec.clusterIP = "127.96.0.9"
                    service.spec.ports = [
                        ServicePort {
                            $0.port = 3306
                            $0.name = "db"
                        }
                    ]
                })
            try await fixture.world.cache(Service.resource).wait(until: ObjectKey(namespace: "default", name: "my-sql"))
            {
                $0 != nil
            }
            try await fixture.pod(
                "env",
                script: "echo $MY_SQL_SERVICE_HOST $MY_SQL_SERVICE_PORT_DB $COLOUR $SECRET $NAME $GREETING; sleep 1000"
            ) { pod in
                pod.spec.containers[0].env = [
                    EnvVar { variable in
                        variable.name = "COLOUR"
                        variable.valueFrom = EnvVarSource { source in
                            source.configMapKeyRef = ConfigMapKeySelector {
                                $0.name = "settings"
                                $0.key = "colour"
                            }
                        }
                    },
                    EnvVar { variable in
                        variable.name = "NAME"
                        variable.valueFrom = EnvVarSource { source in
                            source.fieldRef = ObjectFieldSelector { $0.fieldPath = "metadata.name" }
                        }
                    },
                    EnvVar {
                        $0.name = "GREETING"
                        $0.value = "hello-$(NAME)-$$(NAME)"
                    },
                ]
                pod.spec.containers[0].envFrom = [
                    EnvFromSource { source in source.secretRef = SecretEnvSource { $0.name = "secrets" } }
                ]
            }
            let waiting = try #require(
                try await fixture.wait("env") { $0?.main?.state?.waiting?.reason == "CreateContainerConfigError" })
            #expect(waiting.main?.state?.waiting?.message == "secret \"secrets\" not found")
            _ = try await fixture.cluster.create(
                Secret {
                    $0.metadata.name = "secrets"
                    $0.metadata.namespace = "default"
                    $0.data = ["SECRET": "aGlkZGVu"]
                })
            _ = try await fixture.cluster.create(
                ConfigMap {
                    $0.metadata.name = "settings"
                    $0.metadata.namespace = "default"
                    $0.data = ["colour": "green"]
                })
            let pod = try #require(try await fixture.wait("env") { $0?.isReady == true })
            while try await fixture.log(kubelet, pod).isEmpty { await Task.yield() }
            #expect(
                try await fixture.log(kubelet, pod) == "127.96.0.9 3306 green hidden env hello-env-$(NAME)\n")
        }
    }

    @Test func aNewKubeletAdoptsWhatRunsAndCleansWhatDoesNotBelong() async throws {
        let fixture = NodeFixture(index: 87)
        let before = Mailbox()
        try await fixture.with(cleans: false) { _ in
            try await fixture.pod("kept", script: "echo started; sleep 1000")
            try await fixture.pod("gone", script: "sleep 1000")
            try await fixture.wait("gone") { $0?.isReady == true }
            let pod = try #require(try await fixture.wait("kept") { $0?.isReady == true })
            before.set(pod.main?.containerID ?? "")
        }
        // While no kubelet looks, one pod's object disappears.
        try await fixture.cluster.delete(
            Pod.self, ObjectKey(namespace: "default", name: "gone"), DeletionOptions(gracePeriodSeconds: 0))
        try await fixture.with { kubelet in
            try await fixture.wait("kept") { $0?.isReady == true }
            try await fixture.pod("after", script: "sleep 1000")
            try await fixture.wait("after") { $0?.isReady == true }
            let pod = try #require(try await fixture.wait("kept") { $0?.isReady == true })
            #expect(pod.main?.containerID == before.get())
            #expect(pod.main?.restartCount == 0)
            while try await kubelet.runningPods() != ["after", "kept"] { await Task.yield() }
        }
    }
}

/// A string that tests pass between tasks.
final class Mailbox: Sendable {
    private let content = Mutex("")
    func set(_ text: String) { content.withLock { $0 = text } }
    func get() -> String { content.withLock { $0 } }
}
