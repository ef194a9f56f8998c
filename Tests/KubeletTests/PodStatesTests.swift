import APIMachinery
@testable import KubeAPI
import TestKit
import Testing

@testable import Kubelet

/// Phase, conditions and what `kubectl get` prints, for every combination of restart policy, what init container, sidecar
/// and main container do, and deletion: a table, one line each.
@Suite struct PodStatesTests {
    /// Plays one line's words: what the containers do; then the pod lives on, is being deleted, or has come to its end.
    private static func row(_ policy: String, _ init: String, _ sidecar: String, _ main: String, _ last: String)
        -> String
    {
        var bench = DecisionBench { pod in
            pod.metadata.generation = 3
            pod.spec.restartPolicy = policy
            pod.spec.initContainers = [
                Container { $0.name = "setup" },
                Container {
                    $0.name = "proxy"
                    $0.restartPolicy = "Always"
                },
            ]
        }
        _ = bench.prepare()
        _ = bench.started("setup")
        if `init` != "runs" { _ = bench.ended("setup", code: `init` == "fails" ? 1 : 0) }
        if `init` == "done" {
            _ = bench.started("proxy")
            if main != "-" { _ = bench.started("main") }
            if sidecar == "dead" { _ = bench.ended("proxy", code: 1) }
            if main == "ends" { _ = bench.ended("main", code: 0) }
            if main == "fails" { _ = bench.ended("main", code: 1) }
        }
        switch last {
        case "deleted":
            bench.delete(grace: 30)
            _ = bench.decide()
        case "stopped":
            // Whatever runs is ended by its signal, whatever is on its way comes to its end, and the sandbox goes.
            bench.delete(grace: 30)
            for _ in 0..<4 {
                for (name, memory) in bench.state.containers where memory.activity == .pulling {
                    _ = bench.happened(.imagePulled(container: name, reference: "i"))
                }
                _ = bench.decide()
                for (name, memory) in bench.state.containers {
                    if case .stopping = memory.activity { _ = bench.ended(name, code: 143) }
                }
            }
            _ = bench.happened(.sandboxStopped)
        default: break
        }
        return show(bench)
    }

    private static func show(_ bench: DecisionBench) -> String {
        let status = bench.status
        let summary = PodSummary(bench.pod.with(status).json)
        let conditions = ["Initialized", "ContainersReady", "Ready"].map { type in
            let condition = status.conditions.first { $0.type == type }
            return "\(condition?.status ?? "-")" + (condition?.reason.map { "(\($0))" } ?? "")
        }
        return ([status.phase ?? ""] + conditions).joined(separator: " ")
            + " | \(summary.readyContainers)/\(summary.totalContainers) \(summary.status)"
    }

    @Test func statesFollowFromWhatContainersDo() throws {
        try Scenario.run("pod-states") { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4 else { return "policy init sidecar main" }
            return ["lives", "deleted", "stopped"].map { last in
                "\(last): " + Self.row(words[0], words[1], words[2], words[3], last)
            }.joined(separator: "\n")
        }
    }

    /// Every condition that the kubelet writes tells of which generation it is.
    @Test func conditionsTellTheGenerationThatTheySaw() {
        var bench = DecisionBench { $0.metadata.generation = 3 }
        _ = bench.prepare()
        _ = bench.started("main")
        let types = ["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "PodScheduled"]
        let conditions = bench.status.conditions
        #expect(Set(conditions.compactMap(\.type)) == Set(types))
        #expect(conditions.allSatisfy { $0.observedGeneration == 3 && $0.status == "True" })
    }
}
