import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit

@testable import ControllerManager

/// Plays the scheduler and the nodes: binds pods, runs them, and lets go of those that are to go.
struct PlayedNodes {
    let harness: Harness
    /// What becomes of a pod that is bound: "Running" pods are ready.
    var outcome: @Sendable (Pod) -> String = { _ in "Running" }

    private var cluster: TestCluster { harness.cluster }

    /// Moves everything on until the condition holds; the clock moves by itself as far as retries need it.
    func play(until condition: () throws -> Bool) async throws {
        while true {
            let revision = cluster.revision
            if try condition() { return try await cluster.catchUp(to: revision) }
            for pod in cluster.objects(Pod.self) {
                do {
                    try await step(pod)
                } catch let error as StatusError where error.code == 404 || error.code == 409 {
                    // A controller was quicker.
                }
            }
            if cluster.revision == revision { try await cluster.waitForChange(after: revision) }
        }
    }

    private func step(_ pod: Pod) async throws {
        if pod.nodeName.isEmpty {
            guard !pod.isBeingDeleted else { return }
            let binding: JSON = [
                "metadata": ["name": JSON(pod.name), "namespace": JSON(pod.namespace)],
                "target": ["kind": "Node", "name": JSON(pod.targetNode ?? "n1")],
            ]
            _ = try await cluster.create(Pod.resource, binding, name: pod.name, subresource: .binding)
        } else if pod.isBeingDeleted {
            if !pod.isTerminal { try await end(pod, "Failed") }
            if pod.metadata.finalizers.isEmpty {
                try await cluster.delete(Pod.self, pod.key, DeletionOptions(uid: pod.uid, gracePeriodSeconds: 0))
            }
        } else if pod.phase == "Pending" {
            try await end(pod, outcome(pod))
        }
    }

    private func end(_ pod: Pod, _ phase: String) async throws {
        let since = JSON(harness.clock.now.rfc3339)
        let ready: JSON = ["type": "Ready", "status": JSON(phase == "Running" ? "True" : "False")]
        try await cluster.edit(Pod.self, pod.key) { pod in
            guard pod.phase != phase else { return }
            pod.json["status", "phase"] = JSON(phase)
            pod.json["status", "conditions"] = [ready.setting("lastTransitionTime", to: since)]
        }
    }
}

extension JSON {
    fileprivate func setting(_ name: String, to value: JSON) -> JSON {
        var new = self
        new[name] = value
        return new
    }
}
