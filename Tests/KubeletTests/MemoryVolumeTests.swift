import APIMachinery
import ControlLoops
import Foundation
import Glibc
import KubeAPI
import Testing

@testable import ContainerRuntime
@testable import Kubelet

/// emptyDir with medium Memory.
@Suite struct MemoryVolumeTests {
    @Test func itIsInMemoryHoldsWhatItMayAndGoesWithThePod() async throws {
        guard MemoryFileSystem.isAllowed else { return }
        let fixture = NodeFixture(index: 96)
        try await fixture.with { kubelet in
            try await fixture.pod(
                "cache",
                script: """
                    stat -f -c %T /cache; df --output=size -k /cache | tail -1 | tr -d ' '; stat -c %A /cache
                    (head -c 2000000 /dev/zero > /cache/file) 2> /dev/null || echo full
                    rm /cache/file; echo kept > /cache/file; echo done; sleep 1000
                    """
            ) { pod in
                pod.spec.volumes = [
                    Volume { volume in
                        volume.name = "cache"
                        volume.emptyDir = EmptyDirVolumeSource {
                            $0.medium = "Memory"
                            $0.sizeLimit = "1Mi"
                        }
                    }
                ]
                pod.spec.containers[0].volumeMounts = [
                    VolumeMount {
                        $0.name = "cache"
                        $0.mountPath = "/cache"
                    }
                ]
            }
            let pod = try #require(try await fixture.wait("cache") { $0?.isReady == true })
            while try await !fixture.log(kubelet, pod).contains("done") { await Task.yield() }
            #expect(try await fixture.log(kubelet, pod) == "tmpfs\n1024\ndrwxrwxrwx\nfull\ndone\n")
            let place = fixture.directory + "/pods"
            #expect(Self.mounts(below: place) == 1)
            try await fixture.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 1))
            try await fixture.wait("cache") { $0 == nil }
            #expect(Self.mounts(below: place) == 0)
        }
    }
    private static func mounts(below path: String) -> Int {
        String(decoding: SystemCall.contents(of: "/proc/self/mountinfo") ?? [], as: UTF8.self).split(separator: "\n")
            .count { $0.contains(" \(path)/") }
    }

    @Test func whoHoldsMoreOnDiskIsEvicted() async throws {
        let fixture = NodeFixture(index: 94)
        try await fixture.with { kubelet in
            try await fixture.pod("glutton", script: "head -c 3000000 /dev/zero > /cache/file; sleep 1000") { pod in
                pod.spec.terminationGracePeriodSeconds = 100
                pod.spec.volumes = [
                    Volume { volume in
                        volume.name = "cache"
                        volume.emptyDir = EmptyDirVolumeSource { $0.sizeLimit = "2Mi" }
                    }
                ]
                pod.spec.containers[0].volumeMounts = [
                    VolumeMount {
                        $0.name = "cache"
                        $0.mountPath = "/cache"
                    }
                ]
            }
            let pod = try #require(try await fixture.wait("glutton") { $0?.isReady == true })
            let worker = try #require(await kubelet.worker(pod.uid))
            // As the kubelet does every few seconds.
            while await !worker.isEvicted {
                await worker.checkUsage()
                await Task.yield()
            }
            let status = try await fixture.wait("glutton") { $0?.phase == "Failed" }?.status
            #expect(status?.reason == "Evicted")
            #expect(status?.message == "Usage of EmptyDir volume \"cache\" exceeds the limit \"2Mi\". ")
        }
    }

    @Test func theLeastLimitCounts() throws {
        func plan(_ limit: String?, containers: [String?], node: String) throws -> VolumePlan {
            let pod = Pod { pod in
                pod.spec.containers = containers.map { memory in
                    Container {
                        if let memory { $0.resources = ResourceRequirements { $0.limits = ["memory": memory] } }
                    }
                }
            }
            let planner = VolumePlanner(
                pod: pod,
                fields: DownwardFields(pod: pod, podIP: "", hostIP: "", nodeCapacity: ["memory": node]),
                configMap: { _ in nil }, secret: { _ in nil }, claim: { _ in nil }, volume: { _ in nil }, tokens: [:])
            return try planner.plan(
                Volume { volume in
                    volume.name = "v"
                    volume.emptyDir = EmptyDirVolumeSource {
                        $0.medium = "Memory"
                        $0.sizeLimit = limit
                    }
                })
        }
        #expect(try plan("1Mi", containers: [nil], node: "1Gi") == .memory(sizeBytes: 1 << 20))
        #expect(try plan(nil, containers: ["3Mi", "1Mi"], node: "1Gi") == .memory(sizeBytes: 4 << 20))
        #expect(try plan("5Mi", containers: ["3Mi", nil], node: "4Mi") == .memory(sizeBytes: 4 << 20))
        #expect(try plan("0", containers: [nil], node: "1Gi") == .memory(sizeBytes: 1 << 30))
    }
}
