import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@Suite struct ChangeExecutorTests {
    /// The parts of a batch grow until they are as large as may be under way; a namespace has tens of thousands of objects.
    @Test(.timeLimit(.minutes(2))) func aBatchMayBeLong() async throws {
        let harness = Harness()
        let context = harness.context
        let recorder = EventRecorder(context, component: "test")
        var executor = ChangeExecutor(context, followed: [GroupResource](), recorder: recorder)
        let changes: [Change] = (0..<5_000).map { number in
            .delete(
                ConfigMap.resource, ObjectKey(namespace: "default", name: "none-\(number)"), DeletionOptions())
        }
        try await harness.cluster.start()
        try await executor.execute([.batch(Batch(changes))])
        #expect(executor.turn().outcome == .changed)
    }
}
