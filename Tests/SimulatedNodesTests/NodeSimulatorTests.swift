import APIMachinery
import Basics
import APIServer
import ControlLoops
import KubeAPI
import Kubelet
import Logging
import LoopTestKit
import Testing
import TestKit

@testable import SimulatedNodes

/// Simulated nodes on the real server, each as the user that it is.
@Suite struct NodeSimulatorTests {
    @Test func nodesBeatAndPodsComeAndGo() async throws {
        try await withSimulator(nodes: 3, SimulationStages()) { cluster, world in
            let key = ObjectKey(namespace: "default", name: "web")
            for number in 1...3 {
                let node = ObjectKey(name: "node-\(number)")
                try await world.cache(Node.resource).wait(until: node) { object in
                    (object?["status", "conditions"]?.elements ?? []).contains {
                        $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
                    }
                }
                let description = try await cluster.get(Node.self, node)
                #expect(description.status.capacity["cpu"] == "32")
                #expect(description.spec.podCIDR == "10.0.\(number - 1).0/24")
                let lease = ObjectKey(namespace: "kube-node-lease", name: node.name)
                while cluster.object(Lease.self, lease) == nil {
                    try await cluster.waitForChange(after: cluster.revision)
                }
            }
            _ = try await cluster.create(
                Pod { pod in
                    pod.metadata.name = key.name
                    pod.metadata.namespace = key.namespace
                    pod.spec.nodeName = "node-2"
                    pod.spec.containers = [
                        Container {
                            $0.name = "main"
                            $0.image = "pause"
                        }
                    ]
                })
            try await world.cache(Pod.resource).wait(until: key) { $0.map { Pod($0).isReady } ?? false }
            #expect(try await cluster.get(Pod.self, key).status.podIP == "10.0.1.2")
            try await cluster.delete(Pod.self, key)
            try await world.cache(Pod.resource).wait(until: key) { $0 == nil }
        }
    }

    private func withSimulator(
        nodes count: Int, _ stages: SimulationStages,
        _ body: @Sendable (TestCluster, World) async throws -> Void
    ) async throws {
        let cluster = TestCluster(clock: SystemClock())
        try await cluster.start()
        let world = World(cluster)
        var configuration = NodeSimulator.Configuration(names: NodeSimulator.names(count))
        configuration.stages = stages
        let simulator = NodeSimulator(
            configuration, world: world,
            client: { identity in
                ConfinedAPI(
                    cluster.client(as: UserInfo(name: identity.userName, groups: ["system:masters"])), to: identity,
                    onRefusal: { cluster.note(refusal: $0) })
            }, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.run() }
            group.addTask { try await simulator.run() }
            defer { group.cancelAll() }
            try await body(cluster, world)
        }
        if let refusal = cluster.refusal { throw refusal }
    }
}
