import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import Scheduler

/// Claims on devices at the real server: what the scheduler writes is let in, and one device is given once.
@Suite struct DeviceLoopTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private func claim(_ name: String) -> ResourceClaim {
        ResourceClaim {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"; $0.name = name
            }
            $0.json["spec"] = [
                "devices": ["requests": [["name": "r", "exactly": ["deviceClassName": "gpu"]]]]
            ]
        }
    }
    private func user(_ name: String, of claim: String) -> Pod {
        pod(name) { $0.json["spec", "resourceClaims"] = [["name": "c", "resourceClaimName": JSON(claim)]] }
    }

    @Test(.timeLimit(.minutes(1))) func aDeviceIsAllocatedReservedAndGivenOnce() async throws {
        let loop = SchedulerLoop(harness.context, Profile(), random: SplitMix64(seed: 7))
        try await harness.run([loop]) {
            try await cluster.make(node("n1"))
            _ = try await cluster.create(
                DeviceClass {
                    $0.metadata = ObjectMeta { $0.name = "gpu" }
                    $0.json["spec"] = ["selectors": [["cel": ["expression": "device.driver == 'd.example.com'"]]]]
                })
            _ = try await cluster.create(
                ResourceSlice {
                    $0.metadata = ObjectMeta { $0.name = "s" }
                    $0.json["spec"] = [
                        "driver": "d.example.com", "nodeName": "n1", "devices": [["name": "x"]],
                        "pool": ["name": "n1", "generation": 1, "resourceSliceCount": 1],
                    ]
                })
            _ = try await cluster.create(claim("a"))
            _ = try await cluster.create(claim("b"))
            _ = try await cluster.create(user("first", of: "a"))
            try await harness.wait(Pod.self) { $0.first?.spec.nodeName == "n1" }
            let made = try #require(cluster.objects(ResourceClaim.self).first { $0.name == "a" }?.json)
            #expect(made["status", "allocation", "devices", "results"]?[0]["device"]?.string == "x")
            #expect(made["status", "reservedFor"]?[0]["name"]?.string == "first")
            #expect(made["metadata", "finalizers"]?.strings == [DynamicResources.finalizer])
            _ = try await cluster.create(user("second", of: "b"))
            try await harness.wait(Event.self) { events in
                events.contains {
                    $0.involvedObject?.name == "second" && $0.reason == "FailedScheduling"
                        && $0.message?.contains("1 cannot allocate all claims") == true
                }
            }
        }
    }
}
