import APIMachinery
import ContainerRuntime
import ControlLoops
import Foundation
import KubeAPI
import TestKit
import Testing

@testable import Kubelet

/// What becomes of pods with real processes, as a table: one pod a line, all on one node at the same time.
@Suite(.enabled(if: NodeFixture.machineCgroups != nil), .timeLimit(.minutes(5))) struct PodBehaviourTests {
    /// `name: {…}` in YAML's flow form. `main`, `init` and `sidecar` are shell scripts, `limits` and `requests` the main
    /// container's, `container` more of it; `until` is what is waited for; all else is the pod's spec.
    private struct Line {
        var name: String
        var until: String
        var pod: JSON

        init(_ text: String) throws {
            let colon = try #require(text.firstIndex(of: ":"))
            name = String(text[..<colon])
            var spec = try #require(try YAML.documents(String(text[text.index(after: colon)...])).first).value
            func take(_ field: String) -> JSON? {
                defer { spec[field] = nil }
                return spec[field]
            }
            until = take("until")?.string ?? ""
            let image = take("image") ?? "shell"
            func container(_ name: String, _ script: JSON?) -> JSON {
                var container: JSON = ["name": JSON(name), "image": image, "imagePullPolicy": "IfNotPresent"]
                if let script { container["command"] = ["/bin/sh", "-c", script] }
                container["volumeMounts"] = [["name": "data", "mountPath": "/data"]]
                return container
            }
            var main = container("main", take("main"))
            if let command = take("command") { main["command"] = command }
            for kind in ["limits", "requests"] {
                if let amounts = take(kind) { main["resources"] = [kind: amounts] }
            }
            for member in take("container")?.members ?? [] { main[member.name] = member.value }
            var inits: [JSON] = []
            let initLimits = take("initLimits")
            if let script = take("init") {
                var first = container("init", script)
                if let initLimits { first["resources"] = ["limits": initLimits] }
                inits.append(first)
            }
            if let script = take("sidecar") {
                var sidecar = container("sidecar", script)
                sidecar["restartPolicy"] = "Always"
                inits.append(sidecar)
            }
            spec["containers"] = [main]
            if !inits.isEmpty { spec["initContainers"] = JSON(inits) }
            spec["volumes"] = [["name": "data", "emptyDir": .object]]
            spec["nodeName"] = "node-1"
            spec["terminationGracePeriodSeconds"] = 1
            pod = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": JSON(name), "namespace": "default"],
                "spec": spec,
            ]
        }

        func isReached(_ pod: Pod) -> Bool {
            switch until {
            case "running": pod.phase == "Running" && pod.main?.state?.running != nil
            case "restarted": pod.main?.restartCount == 1 && pod.main?.state?.running != nil
            case "waiting":
                !["", "ContainerCreating", "PodInitializing"].contains(pod.main?.state?.waiting?.reason ?? "")
            default: pod.phase == until || pod.main?.state?.waiting?.reason == until
            }
        }
    }

    private static func show(_ pod: Pod) -> String {
        var parts = [pod.phase + (pod.status.reason.map { " \($0)" } ?? "")]
        if let message = pod.status.message { parts.append("\"\(message)\"") }
        for status in pod.status.initContainerStatuses + pod.status.containerStatuses {
            var words = [status.name ?? ""]
            for (when, state) in [("", status.state), ("before: ", status.lastState)] {
                if let ended = state?.terminated {
                    words.append("\(when)\(ended.reason ?? "-") \(ended.exitCode ?? -1)")
                    if let message = ended.message { words.append("\"\(message.replacing("\n", with: " "))\"") }
                } else if let waiting = state?.waiting {
                    words.append("waits for \(waiting.reason ?? "-")")
                    if let message = waiting.message { words.append("\"\(message)\"") }
                } else if state?.running != nil {
                    words.append(status.ready == true ? "runs" : "runs, not ready")
                }
            }
            if status.restartCount ?? 0 > 0 { words.append("restarts \(status.restartCount ?? 0)") }
            parts.append(words.joined(separator: ", "))
        }
        // Each pod has another, and each machine.
        let processors = NodeDescription.Machine.read("/").processors * 1000
        return parts.joined(separator: " | ").replacing(pod.uid, with: "UID")
            .replacing("capacity: \(processors)", with: "capacity: ALL")
    }

    @Test func podsBecomeWhatKubernetesSays() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios/pod-behaviours.txt")
        let text = try String(contentsOf: file, encoding: .utf8)
        let lines = try text.components(separatedBy: "\n").filter { $0.contains(": {") && $0.contains("until:") }
            .map { ($0, try Line($0)) }
        let node = NodeFixture(index: 98, cgroups: NodeFixture.machineCgroups)
        let answers = Answers()
        try await node.with { _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (command, line) in lines {
                    _ = try await node.cluster.create(Pod.resource, line.pod)
                    group.addTask {
                        let pod = try await node.wait(line.name) { pod in pod.map { line.isReached($0) } ?? false }
                        await answers.set(command, pod.map { Self.show($0) } ?? "gone")
                    }
                }
                try await group.waitForAll()
            }
        }
        let all = await answers.all
        #expect(all.count == lines.count)
        try Scenario.run("pod-behaviours") { all[$0] ?? "" }
    }
    private actor Answers {
        var all: [String: String] = [:]
        func set(_ command: String, _ answer: String) { all[command] = answer }
    }
}
