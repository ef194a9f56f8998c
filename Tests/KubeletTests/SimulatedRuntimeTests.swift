import APIMachinery
import KubeAPI
import TestKit
import Testing

@testable import Kubelet

/// The kubelet over another runtime than `process`: nothing of it may know which one it drives.
@Suite struct SimulatedRuntimeTests {
    @Test func podsRunEndAndGoOverAnotherRuntime() async throws {
        let fixture = NodeFixture(index: 97)
        let runtime = SimulatedRuntime()
        try await fixture.with(runtime: runtime) { kubelet in
            try await fixture.pod("web", script: "") { $0.spec.restartPolicy = "OnFailure" }
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            #expect(pod.status.podIP?.hasPrefix("192.0.2.") == true)
            #expect(pod.main?.containerID?.hasPrefix("simulated://container-") == true)
            let node = try await fixture.cluster.get(Node.self, ObjectKey(name: "node-1"))
            #expect(node.status.nodeInfo?.containerRuntimeVersion == "simulated://7")
            await runtime.end("main", code: 1)
            _ = try await fixture.wait("web") { $0?.main?.restartCount == 1 && $0?.isReady == true }
            await runtime.end("main", code: 0)
            _ = try await fixture.wait("web") { $0?.phase == "Succeeded" }
            try await fixture.cluster.delete(Pod.self, pod.key)
            _ = try await fixture.wait("web") { $0 == nil }
            // A pod that has ended goes at once; what is left of it here goes after it.
            try await eventually("no sandbox") { try await runtime.listPodSandbox().isEmpty }
        }
    }

    /// One is lost before anything runs in it, all later while containers run.
    @Test func aPodWhoseSandboxIsLostRunsInAnother() async throws {
        let fixture = NodeFixture(index: 89)
        let runtime = SimulatedRuntime()
        try await fixture.with(runtime: runtime) { _ in
            await runtime.loseNextSandbox()
            try await fixture.pod("early", script: "")
            try await fixture.wait("early") { $0?.main?.state?.waiting?.reason == "CreateContainerError" }
            try await fixture.pod("late", script: "")
            let before = try #require(try await fixture.wait("late") { $0?.isReady == true })
            try await fixture.wait("early") { $0?.isReady == true }
            // Nothing ran in the first, so that nothing is kept of it.
            #expect(try await runtime.listPodSandbox().map(\.configuration.attempt).sorted() == [0, 1])
            try await runtime.loseSandboxes()
            for name in ["early", "late"] {
                try await fixture.wait(name) { $0?.isReady == true && $0?.main?.restartCount == 1 }
            }
            let after = try #require(try await fixture.wait("late") { $0?.isReady == true })
            #expect(after.status.podIP != before.status.podIP)
            for pod in ["early", "late"] {
                let key = ObjectKey(namespace: "default", name: pod)
                try await fixture.cluster.delete(Pod.self, key)
                try await fixture.wait(pod) { $0 == nil }
            }
            try await eventually("no sandbox") { try await runtime.listPodSandbox().isEmpty }
        }
    }

    @Test func whatARuntimeCannotDoIsRefusedByName() async throws {
        let fixture = NodeFixture(index: 98)
        try await fixture.with(runtime: SimulatedRuntime()) { kubelet in
            try await fixture.pod("web", script: "")
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            for subresource in [SubresourceName.exec, .attach, .portForward, .proxy] {
                let error = await #expect(throws: StatusError.self) {
                    try await kubelet.connect(
                        pod, subresource: subresource, query: "command=sh&stdout=true&ports=80",
                        headers: [(name: "upgrade", value: "SPDY/3.1")])
                }
                #expect(error?.code == 501)
                #expect(error?.message == "the container runtime simulated does not know \(subresource)")
            }
            await #expect(throws: StatusError.self) { try await kubelet.logs(pod, ContainerLogOptions()) }
        }
    }
}
