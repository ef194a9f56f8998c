import Basics
import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import Scheduler

/// The scheduler in a cluster that answers each write as if it were done, and changes nothing.
@Suite struct LostEffectsTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    @Test(.timeLimit(.minutes(1))) func noPodIsTriedWithoutEnd() async throws {
        try await cluster.make(node("n1", cpu: "2"))
        try await cluster.make(
            StorageClass {
                $0.metadata = ObjectMeta { $0.name = "late" }
                $0.provisioner = "example.com/none"
                $0.volumeBindingMode = "WaitForFirstConsumer"
            })
        try await cluster.make(
            PersistentVolumeClaim {
                $0.metadata = ObjectMeta {
                    $0.namespace = "default"; $0.name = "c"
                }
                $0.json["spec"] = [
                    "accessModes": ["ReadWriteOnce"], "storageClassName": "late",
                    "resources": ["requests": ["storage": "1Gi"]],
                ]
            })
        _ = try await cluster.create(pod("fits", cpu: "1"))
        _ = try await cluster.create(pod("too-large", cpu: "3"))
        _ = try await cluster.create(
            pod("claims") {
                $0.json["spec", "volumes"] = [["name": "d", "persistentVolumeClaim": ["claimName": "c"]]]
            })
        cluster.clearLog()
        cluster.faults.loseEffects()
        try await harness.run([SchedulerLoop(harness.context, Profile(), random: SplitMix64(seed: 7))]) {
            // Two minutes of the test's clock.
            for _ in 0..<600 {
                harness.clock.advance(by: .milliseconds(200))
                try await Task.sleep(for: .microseconds(300))
            }
        }
        func count(_ line: String) -> Int { cluster.log.count { $0 == line } }
        #expect(count("create pods/binding default/fits") == 1)
        // Its back-off is ten seconds soon.
        let told = count("patch persistentvolumeclaims default/c")
        #expect(told > 5 && told <= 20, "\(told)")
        // A pod that fits nowhere is tried and told of again when room may have come, ten seconds apart.
        #expect(cluster.log.count < 100, "\(cluster.log.count)")
    }
}
