import APIMachinery
import ControlLoops
import Foundation
import KubeAPI
import Synchronization
import TestKit
import Testing

@testable import Kubelet

/// A pod as a line of a table, and what becomes of it, as its answer.
///
/// `name: {…}` in YAML's flow form. `main`, `init` and `sidecar` are shell scripts, `limits` and `requests` the main
/// container's, `container` more of it; all else is the pod's spec. `until` is what is waited for, one after the other
/// when there are several; with `delete` the pod is deleted then, and its last status counts.
struct PodBehaviour: Sendable {
    let name: String
    private let steps: [String]
    private let isDeleted: Bool
    let pod: JSON

    init(_ text: String) throws {
        let colon = try #require(text.firstIndex(of: ":"))
        let name = String(text[..<colon])
        self.name = name
        var spec = try #require(try YAML.documents(String(text[text.index(after: colon)...])).first).value
        func take(_ field: String) -> JSON? {
            defer { spec[field] = nil }
            return spec[field]
        }
        let until = take("until")
        steps = until?.string.map { [$0] } ?? (until?.elements ?? []).compactMap(\.string)
        isDeleted = take("delete")?.bool == true
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
        for field in ["init", "init2"] {
            guard let script = take(field) else { continue }
            var first = container(field, script)
            if let initLimits { first["resources"] = ["limits": initLimits] }
            inits.append(first)
        }
        let sidecarMore = take("sidecarContainer")
        if let script = take("sidecar") {
            var sidecar = container("sidecar", script)
            sidecar["restartPolicy"] = "Always"
            for member in sidecarMore?.members ?? [] { sidecar[member.name] = member.value }
            inits.append(sidecar)
        }
        spec["containers"] = take("second").map { [main, container("second", $0)] } ?? [main]
        if !inits.isEmpty { spec["initContainers"] = JSON(inits) }
        spec["volumes"] = [["name": "data", "emptyDir": take("emptyDir") ?? .object]]
        spec["nodeName"] = "node-1"
        if spec["terminationGracePeriodSeconds"] == nil { spec["terminationGracePeriodSeconds"] = 1 }
        var metadata: JSON = ["name": JSON(name), "namespace": "default"]
        if let labels = take("labels") { metadata["labels"] = labels }
        if let annotations = take("annotations") { metadata["annotations"] = annotations }
        pod = ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec]
    }

    /// More at a time, and probes of a second take longer than that on two processors.
    private static let atOnce = 12

    /// All pods of a file of `Scenarios/` on one node, many at the same time.
    static func run(
        _ file: String, on node: NodeFixture, replacing words: [String: String] = [:], source: String = #filePath
    ) async throws {
        let place = URL(filePath: source).deletingLastPathComponent().appending(path: "Scenarios/\(file).txt")
        let text = try String(contentsOf: place, encoding: .utf8)
        let lines = try text.components(separatedBy: "\n")
            .filter { $0.contains(": {") && $0.contains("until:") }
            .map { line in (line, try PodBehaviour(words.reduce(line) { $0.replacing($1.key, with: $1.value) })) }
        let last = LastSeen(node.world)
        var waiting = lines[...]
        var answers = try await withThrowingTaskGroup(of: (String, String).self) { group in
            func startNext() {
                guard let (command, behaviour) = waiting.popFirst() else { return }
                group.addTask { (command, try await behaviour.lived(node, last)) }
            }
            for _ in 0..<atOnce { startNext() }
            var answers: [String: String] = [:]
            for try await (command, outcome) in group {
                answers[command] = outcome
                startNext()
            }
            return answers
        }
        #expect(answers.count == lines.count)
        // Seconds decide some of them, and a busy machine has no seconds to give: what came out otherwise is tried alone.
        let expected = Self.expected(text)
        for (command, behaviour) in lines.filter({ answers[$0.0] != expected[$0.0] }).prefix(Self.triedAgain) {
            answers[command] = try await behaviour.lived(node, last)
        }
        try Scenario.run(file, beside: source) { answers[$0] ?? "" }
    }

    /// So many are tried a second time; where more are wrong it is no matter of seconds.
    private static let triedAgain = 8

    /// What follows each command in the file.
    private static func expected(_ text: String) -> [String: String] {
        var expected: [String: String] = [:]
        for block in text.components(separatedBy: "\n\n") {
            let lines = block.components(separatedBy: "\n").filter { !$0.isEmpty }
            guard let rule = lines.firstIndex(of: "----"), rule > 0 else { continue }
            expected[lines[rule - 1]] = lines[(rule + 1)...].joined(separator: "\n")
        }
        return expected
    }

    /// What became of the pod, which is gone afterwards: it makes room for others.
    private func lived(_ node: NodeFixture, _ last: LastSeen) async throws -> String {
        _ = try await node.cluster.create(Pod.resource, pod)
        let outcome = try await limited { try await self.outcome(node, last) }
        let key = ObjectKey(namespace: "default", name: name)
        try? await node.cluster.delete(Pod.self, key, DeletionOptions(gracePeriodSeconds: 0))
        return outcome
    }

    /// Every pod's last object, also of those that are gone.
    private final class LastSeen: Sendable {
        private let pods = Mutex<[ObjectKey: Pod]>([:])
        init(_ world: World) {
            world.cache(Pod.resource).observe { [weak self] change in
                guard let new = change.new else { return }
                self?.pods.withLock { $0[change.key] = Pod(new) }
            }
        }
        func pod(_ key: ObjectKey) -> Pod? { pods.withLock { $0[key] } }
    }

    /// What takes longer than any of them should is the answer, rather than the end of all.
    private func limited(_ body: @escaping @Sendable () async throws -> String) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(for: .seconds(60))
                return "not within a minute"
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }

    private func outcome(_ node: NodeFixture, _ last: LastSeen) async throws -> String {
        var pod: Pod?
        for step in steps {
            if step.hasPrefix("event ") { return try await event(String(step.dropFirst(6)), node) }
            pod = try await node.wait(name) { pod in pod.map { Self.isReached(step, $0) } ?? false }
        }
        if isDeleted {
            let key = ObjectKey(namespace: "default", name: name)
            try await node.cluster.delete(Pod.self, key)
            try await node.wait(name) { $0 == nil }
            pod = last.pod(key)
        }
        let shown = pod.map { Self.show($0) } ?? "gone"
        return shown.replacing(node.directory, with: "DIR")
    }

    private func event(_ reason: String, _ node: NodeFixture) async throws -> String {
        while true {
            if let event = node.events.first(where: { $0.involvedObject?.name == name && $0.reason == reason }) {
                let uid = event.involvedObject?.uid ?? ""
                // Later container runtimes tell of their handlers.
                return "\(reason): \(event.message ?? "")".replacing(uid, with: "UID")
                    .replacing(": the handler \"\" is not known", with: "")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func isReached(_ step: String, _ pod: Pod) -> Bool {
        switch step {
        case "running": pod.phase == "Running" && pod.main?.state?.running != nil
        case "ready": pod.conditionStatus("Ready") == "True"
        case "unready": pod.phase == "Running" && pod.conditionStatus("Ready") == "False"
        case "restarted": pod.main?.restartCount == 1 && pod.main?.state?.running != nil
        case "sidecar restarted":
            pod.status.initContainerStatuses.last.map { $0.restartCount ?? 0 > 0 && $0.state?.running != nil } ?? false
                && pod.main?.state?.running != nil
        case "waiting":
            !["", "ContainerCreating", "PodInitializing"].contains(pod.main?.state?.waiting?.reason ?? "")
        default: pod.phase == step || pod.main?.state?.waiting?.reason == step
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
                    if let message = ended.message {
                        // What else containerd says is runc's, and other with each version.
                        let isOfRuntime =
                            message.hasPrefix("failed to create containerd task") && message.hasSuffix(": unknown")
                        let text = isOfRuntime ? "failed to create containerd task" : message
                        words.append("\"\(text.replacing("\n", with: " "))\"")
                    }
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
}
