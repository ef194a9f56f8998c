import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import Testing

@testable import Kubelet

/// Probes and hooks with real processes.
@Suite struct LifecycleTests {
    private func probe(_ change: (inout Probe) -> Void) -> Probe {
        Probe { probe in
            probe.periodSeconds = 1
            change(&probe)
        }
    }

    @Test func anHTTPProbeDecidesReadiness() async throws {
        let fixture = NodeFixture(index: 94)
        try await fixture.with { kubelet in
            let server = """
                import http.server, os
                class H(http.server.BaseHTTPRequestHandler):
                    def log_message(self, *a): pass
                    def do_GET(self):
                        ok = os.path.exists("/tmp/ready") and self.headers.get("X-Probe") == "yes"
                        self.send_response(200 if ok else 503); self.end_headers()
                http.server.HTTPServer((os.environ["POD_IP"], 8099), H).serve_forever()
                """
            try await fixture.pod("web", script: "") { pod in
                pod.spec.containers[0].command = ["python3", "-c", server]
                pod.spec.containers[0].ports = [
                    ContainerPort {
                        $0.name = "web"
                        $0.containerPort = 8099
                    }
                ]
                pod.spec.containers[0].readinessProbe = probe { probe in
                    probe.httpGet = HTTPGetAction { action in
                        action.path = "/health"
                        action.port = "web"
                        action.httpHeaders = [
                            HTTPHeader {
                                $0.name = "X-Probe"
                                $0.value = "yes"
                            }
                        ]
                    }
                }
            }
            let pod = try #require(try await fixture.wait("web") { $0?.status.phase == "Running" })
            while !fixture.events.contains(where: {
                $0.message == "Readiness probe failed: HTTP probe failed with statuscode: 503"
            }) { await Task.yield() }
            #expect(fixture.world.get(Pod.self, pod.key)?.isReady == false)
            let id = try #require(pod.main?.containerID?.split(separator: "/").last.map(String.init))
            _ = try await kubelet.runtime.execSync(id, command: ["touch", "/tmp/ready"], timeoutSeconds: 30)
            try await fixture.wait("web") { $0?.isReady == true }
        }
    }

    @Test func aFailedLivenessProbeRestarts() async throws {
        let fixture = NodeFixture(index: 95)
        try await fixture.with { _ in
            try await fixture.pod("sick", script: "trap 'exit 0' TERM; while :; do sleep 0.05; done") { pod in
                pod.spec.containers[0].livenessProbe = probe {
                    $0.exec = ExecAction { $0.command = ["sh", "-c", "echo broken; exit 1"] }
                    $0.failureThreshold = 1
                }
            }
            let pod = try #require(try await fixture.wait("sick") { ($0?.main?.restartCount ?? 0) > 0 })
            #expect(pod.main?.lastState?.terminated != nil || pod.main?.state?.terminated != nil)
            let messages = fixture.events.compactMap(\.message)
            #expect(messages.contains("Liveness probe failed: broken\n"))
            #expect(messages.contains("Container main failed liveness probe, will be restarted"))
        }
    }

    @Test func hooksRunAroundTheContainer() async throws {
        let fixture = NodeFixture(index: 96)
        let shared = fixture.directory + "/shared"
        try await fixture.with { _ in
            try await fixture.pod(
                "hooked", script: "trap 'echo term >> /shared/log; exit 0' TERM; while :; do sleep 0.05; done"
            ) { pod in
                pod.spec.terminationGracePeriodSeconds = 20
                pod.spec.volumes = [
                    Volume { volume in
                        volume.name = "shared"
                        volume.hostPath = HostPathVolumeSource { $0.path = shared }
                    }
                ]
                pod.spec.containers[0].volumeMounts = [
                    VolumeMount {
                        $0.name = "shared"
                        $0.mountPath = "/shared"
                    }
                ]
                pod.spec.containers[0].lifecycle = Lifecycle { lifecycle in
                    lifecycle.postStart = LifecycleHandler { handler in
                        handler.exec = ExecAction { $0.command = ["sh", "-c", "echo post >> /shared/log"] }
                    }
                    lifecycle.preStop = LifecycleHandler { handler in
                        handler.exec = ExecAction { $0.command = ["sh", "-c", "echo pre >> /shared/log"] }
                    }
                }
            }
            let pod = try #require(try await fixture.wait("hooked") { $0?.isReady == true })
            try await fixture.cluster.delete(Pod.self, pod.key)
            try await fixture.wait("hooked") { $0 == nil }
            #expect(try String(contentsOfFile: shared + "/log", encoding: .utf8) == "post\npre\nterm\n")
        }
    }

    @Test func initContainersShareTheirWorkThroughVolumes() async throws {
        let fixture = NodeFixture(index: 97)
        try await fixture.with { kubelet in
            try await fixture.pod("staged", script: "cat /stage/one /stage/two; sleep 1000") { pod in
                pod.spec.volumes = [
                    Volume { volume in
                        volume.name = "work"
                        volume.emptyDir = EmptyDirVolumeSource()
                    }
                ]
                let mount = VolumeMount {
                    $0.name = "work"
                    $0.mountPath = "/stage"
                }
                pod.spec.initContainers = ["one", "two"].map { name in
                    Container { container in
                        container.name = name
                        container.image = "shell"
                        container.command = ["sh", "-c", "seen=$(ls /stage | wc -l); echo $seen > /stage/\(name)"]
                        container.volumeMounts = [mount]
                    }
                }
                pod.spec.containers[0].volumeMounts = [mount]
            }
            let pod = try #require(try await fixture.wait("staged") { $0?.isReady == true })
            while try await fixture.log(kubelet, pod).split(separator: "\n").count < 2 { await Task.yield() }
            #expect(try await fixture.log(kubelet, pod) == "0\n1\n")
            #expect(pod.status.initContainerStatuses.map { $0.state?.terminated?.exitCode } == [0, 0])
        }
    }

    @Test func manyPodsStartTogether() async throws {
        let fixture = NodeFixture(index: 98)
        try await fixture.with { _ in
            let count = 40
            let begun = SystemClock().now
            for number in 0..<count {
                try await fixture.pod("pod-\(number)", script: "trap 'exit 0' TERM; while :; do sleep 1; done")
            }
            var addresses: Set<String> = []
            for number in 0..<count {
                let pod = try #require(try await fixture.wait("pod-\(number)") { $0?.isReady == true })
                addresses.insert(pod.status.podIP ?? "")
            }
            #expect(addresses.count == count)
            print("pods ready after", SystemClock().now - begun)
            for number in 0..<count {
                try await fixture.cluster.delete(Pod.self, ObjectKey(namespace: "default", name: "pod-\(number)"))
            }
            for number in 0..<count { try await fixture.wait("pod-\(number)") { $0 == nil } }
        }
    }
}
