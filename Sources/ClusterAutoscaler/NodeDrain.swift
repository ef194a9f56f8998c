import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Empties a node in order: nobody new comes, who must live on is evicted within its budgets, and it is waited until all
/// are gone.
struct NodeDrain: Sendable {
    static let taint = "ToBeDeletedByClusterAutoscaler"
    /// Somebody stayed for too long.
    struct Failure: Error, CustomStringConvertible { var description: String }
    /// How long an eviction that a budget refuses is tried again.
    private static let evictionPatience = Duration.seconds(120)
    private static let pause = Duration.seconds(5)

    let context: LoopContext
    let options: AutoscalerOptions

    /// Throws `Failure`, or what the cluster answers; then the node is as it was.
    func run(_ node: String, _ pods: [ObjectKey]) async throws {
        try await setTaint(on: node, true)
        do {
            for pod in pods { try await evict(pod) }
            try await waitUntilGone(pods, node)
        } catch {
            await giveBack(node)
            throw error
        }
    }
    /// The node is open for pods again; it does not matter if it is gone.
    func giveBack(_ node: String) async { try? await setTaint(on: node, false) }

    private func setTaint(on name: String, _ isSet: Bool) async throws {
        while true {
            let node = try await context.api.get(Node.self, ObjectKey(name: name))
            if node.hasTaint(Self.taint) == isSet { return }
            var taints = (node.json["spec"]?["taints"]?.elements ?? []).filter { $0["key"]?.string != Self.taint }
            if isSet {
                let seconds = context.clock.now.nanoseconds / 1_000_000_000
                taints.append(
                    ["key": JSON(Self.taint), "value": JSON(String(seconds)), "effect": "NoSchedule"])
            }
            let patch: JSON = [
                "metadata": ["resourceVersion": JSON(node.metadata.resourceVersion ?? "")],
                "spec": ["taints": JSON(taints)],
            ]
            do {
                _ = try await context.api.patch(Node.resource, node.key, .merge, patch, subresource: nil)
                return
            } catch let error as StatusError where error.reason == .conflict {
                // Somebody else changed the node; its taints are read again.
            }
        }
    }

    private func evict(_ key: ObjectKey) async throws {
        let deadline = context.clock.now + Self.evictionPatience
        let eviction: JSON = [
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": ["name": JSON(key.name), "namespace": JSON(key.namespace)],
        ]
        while true {
            do {
                _ = try await context.api.create(Pod.resource, eviction, name: key.name, subresource: .eviction)
                return
            } catch let error as StatusError where error.code == 404 {
                return
            } catch let error as StatusError where error.code == 429 {
                guard context.clock.now < deadline else {
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
