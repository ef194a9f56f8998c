import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
@testable import Scheduler
import Testing

/// Wants things done before any pod is bound: a class created, another deleted, an event told.
private struct Preparing: PreBindPlugin {
    static let name = "Preparing"
    static let writes: [Permission] = [.create(StorageClass.self), .delete(StorageClass.self)]
    func preBind(_ pod: PendingPod, _ node: String, _ view: CycleView) -> PreBindStep {
        let old = view.world.get(StorageClass.self, ObjectKey(name: "old"))
        if old == nil, view.world.get(StorageClass.self, ObjectKey(name: "new")) != nil { return .ready }
        return .wait(
            for: [
                .note(EventNote(Pod(pod.object), .normal, "Preparing", "Preparing \(node)")),
                .batch(Batch([.create(storageClass("new"))])),
            ] + (old.map { [.delete($0)] } ?? []))
    }
}
private func storageClass(_ name: String) -> StorageClass {
    StorageClass {
        $0.metadata = ObjectMeta { $0.name = name }
        $0.provisioner = "example.com/none"
    }
}

@Suite struct PreBindTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }
    var loop: SchedulerLoop {
        var profile = Profile()
        profile.preBinds = [Preparing()]
        return SchedulerLoop(harness.context, profile, random: SplitMix64(seed: 7))
    }

    @Test(.timeLimit(.minutes(1))) func changesOfEverySortAreCarriedOut() async throws {
        try await cluster.make(storageClass("old"))
        try await harness.run([loop]) {
            try await cluster.make(node("n1"))
            _ = try await cluster.create(pod("p"))
            try await harness.wait(Pod.self) { $0.first?.spec.nodeName == "n1" }
            #expect(cluster.objects(StorageClass.self).map(\.name) == ["new"])
            try await harness.wait(Event.self) { events in
                events.contains { $0.reason == "Preparing" && $0.message == "Preparing n1" }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func afterAFailureThePlaceIsFreeAndThatIsTold() async throws {
        cluster.fail("create", StorageClass.resource, with: .internalError("no"))
        try await harness.run([loop]) {
            try await cluster.make(node("n1", cpu: "1"))
            _ = try await cluster.create(pod("a", cpu: "800m"))
            try await harness.wait(Event.self) { events in
                events.contains {
                    $0.reason == "FailedScheduling"
                        && $0.message?.hasPrefix("running PreBind plugin \"Preparing\": ") == true
                }
            }
            _ = try await cluster.create(pod("b", cpu: "800m"))
            try await harness.wait(Pod.self) { $0.contains { $0.name == "b" && $0.spec.nodeName == "n1" } }
            #expect(cluster.object(Pod.self, key("a"))?.spec.nodeName == nil)
        }
    }

    /// While a pod's node is prepared nobody else gets its room.
    @Test(.timeLimit(.minutes(1))) func thePlaceIsKeptMeanwhile() async throws {
        cluster.faults.inject(.delayed(by: .seconds(10)), "create", StorageClass.resource)
        try await harness.run([loop]) {
            try await cluster.make(node("n1", cpu: "1"))
            _ = try await cluster.create(pod("a", cpu: "800m"))
            while harness.clock.nextDeadline == nil { try await Task.sleep(for: .microseconds(200)) }
            _ = try await cluster.create(pod("b", cpu: "800m"))
            try await harness.wait(Event.self) { events in
                events.contains { $0.involvedObject?.name == "b" && $0.reason == "FailedScheduling" }
            }
            harness.clock.advance(by: .seconds(10))
            try await harness.wait(Pod.self) { $0.contains { $0.name == "a" && $0.spec.nodeName == "n1" } }
        }
    }
}
