import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Empties a node in order: nobody new comes, who must live on is evicted within its budgets, and it is waited until all
/// are gone.
struct NodeDrain: Sendable {
    /// Somebody stayed for too long.
    struct Failure: Error, CustomStringConvertible { var description: String }
    private static let pause = Duration.seconds(5)

    let context: LoopContext
    let options: AutoscalerOptions
    /// Told of each pod that is evicted, or cannot be.
    var evicted: @Sendable (ObjectKey, _ isDone: Bool) -> Void = { _, _ in }

    /// `ending` are pods that nobody needs to evict. Throws `Failure`, or what the cluster answers; then the node is as it was.
    func run(_ node: String, _ pods: [ObjectKey], ending: [ObjectKey]) async throws {
        try await NodeTaints.set(NodeTaints.toBeDeleted, "NoSchedule", on: node, true, context)
        do {
            for pod in pods { try await evict(pod) }
            try await waitUntilGone(pods + ending, node)
            // Who was placed before the taint was seen is seen now.
            try await context.clock.sleep(for: options.nodeDeleteDelayAfterTaint)
        } catch {
            await giveBack(node)
            throw error
        }
    }
    /// The node is open for pods again; it does not matter if it is gone.
    func giveBack(_ node: String) async {
        try? await NodeTaints.set(NodeTaints.toBeDeleted, "NoSchedule", on: node, false, context)
    }

    private func evict(_ key: ObjectKey) async throws {
        let deadline = context.clock.now + options.maxPodEvictionTime
        let eviction: JSON = [
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": ["name": JSON(key.name), "namespace": JSON(key.namespace)],
        ]
        while true {
            do {
                _ = try await context.api.create(Pod.resource, eviction, name: key.name, subresource: .eviction)
                evicted(key, true)
                return
            } catch let error as StatusError where error.code == 404 {
                return
            } catch let error as StatusError where error.code == 429 {
                guard context.clock.now < deadline else {
                    evicted(key, false)
                    throw Failure(description: "pod \(key) cannot be evicted: \(error.message)")
                }
            }
            try await context.clock.sleep(for: Self.pause)
        }
    }

    private func waitUntilGone(_ pods: [ObjectKey], _ node: String) async throws {
        let deadline = context.clock.now + options.maxGracefulTermination
        while true {
            let left = pods.filter { context.world.get(Pod.self, $0)?.nodeName == node }
            guard let first = left.first else { return }
            guard context.clock.now < deadline else {
                throw Failure(description: "\(left.count) pods are still there, such as \(first)")
            }
            try await context.clock.sleep(for: Self.pause)
        }
    }
}
