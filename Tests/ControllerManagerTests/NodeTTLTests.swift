import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

@Suite struct NodeTTLTests {
    @Test func largerClustersKeepLonger() {
        let size = ClusterSize()
        for (nodes, seconds) in [
            (1, 0), (100, 0), (101, 15), (90, 15), (89, 0), (500, 15), (501, 30), (1_000, 30), (5_000, 300),
            (1_800, 300),
            (1_799, 60), (0, 0),
        ] { #expect(size.seconds(of: nodes) == seconds, "\(nodes)") }
    }

    @Test(.timeLimit(.minutes(1))) func everyNodeIsTold() async throws {
        let harness = Harness()
        let loop = ReconcilerRunner(NodeTTLReconciler(harness.context), harness.context, concurrency: 1)
        try await harness.run([loop], retrying: true) {
            for name in ["a", "b"] { _ = try await harness.cluster.create(Node { $0.metadata.name = name }) }
            func isTold(_ nodes: [Node]) -> Bool {
                nodes.count == 2 && nodes.allSatisfy { $0.annotations[NodeTTLReconciler.annotation] == "0" }
            }
            try await harness.wait(Node.self, until: isTold)
            try await harness.cluster.edit(Node.self, ObjectKey(name: "a")) {
                $0.metadata.annotations[NodeTTLReconciler.annotation] = "7"
            }
            try await harness.wait(Node.self, until: isTold)
        }
    }
}
