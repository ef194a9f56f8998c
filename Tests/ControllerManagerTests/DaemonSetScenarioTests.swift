import TestKit
import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// A DaemonSet and nodes that a script adds, taints and takes away.
private final class DaemonScript {
    let script = WorldScript()
    let reconciler: DaemonSetReconciler
    private let key = ObjectKey(namespace: "default", name: "agent")

    init() { reconciler = DaemonSetReconciler(script.context) }

    func run(_ line: String) -> String {
        let (words, options) = WorldScript.options(line)
        switch words[0] {
        case "node": node(words[1], options)
        case "no-node": script.remove(Node.resource, ObjectKey(name: words[1]))
        case "set": set(options)
        case "change": script.edit(DaemonSet.self, "agent") { Self.change(&$0, options) }
        case "reconcile": return told(script.carryOut(reconciler.reconcile(key)))
        case "settle":
            var lines: [String] = []
            for _ in 0..<60 {
                let more = script.carryOut(reconciler.reconcile(key))
                lines += more
                let moved = makeReady() || takeAway()
                if more.isEmpty, !moved { break }
            }
            return told(lines.filter { !$0.hasPrefix("event") })
        case "ready": _ = makeReady()
        case "gone": _ = takeAway()
        case "fail": phase(words, "Failed")
        case "unready": phase(words, "Running")
        case "advance": script.clock.advance(by: .seconds(Int(words[1]) ?? 0))
        case "pods":
            return script.world.all(Pod.self).sorted { ($0.targetNode ?? "", $0.name) < ($1.targetNode ?? "", $1.name) }
                .map {
                    let image = $0.spec.containers.first?.image ?? ""
                    return
                        "\($0.targetNode ?? "?") \(image)\($0.isReady ? " ready" : "")\($0.isBeingDeleted ? " leaving" : "")"
                }.joined(separator: "\n")
        case "status":
            guard let status = script.world.get(DaemonSet.self, key)?.status else { return "" }
            return "desired=\(status.desiredNumberScheduled ?? 0) current=\(status.currentNumberScheduled ?? 0) "
                + "ready=\(status.numberReady ?? 0) updated=\(status.updatedNumberScheduled ?? 0) "
                + "misscheduled=\(status.numberMisscheduled ?? 0)"
        default: return "what is \(words[0])?"
        }
        return ""
    }

    private func told(_ lines: [String]) -> String { lines.filter { !$0.hasPrefix("status") }.joined(separator: "\n") }

    private func node(_ name: String, _ options: [String: String]) {
        script.put(
            Node { node in
                node.metadata = ObjectMeta {
                    $0.name = name
                    $0.uid = name
                    $0.labels = options["zone"].map { ["zone": $0] } ?? [:]
                }
                if let taint = options["taint"] {
                    node.json["spec"] = ["taints": [["key": "t", "effect": JSON(taint)]]]
                }
            })
    }
    private func phase(_ words: [String], _ phase: String) {
        for pod in script.world.all(Pod.self) where words.dropFirst().contains(pod.targetNode ?? "") {
            script.edit(Pod.self, pod.name) { $0.json["status"] = ["phase": JSON(phase)] }
        }
    }
    /// Plays scheduler and kubelet.
    private func makeReady() -> Bool {
        let waiting = script.world.all(Pod.self).filter { !$0.isReady && !$0.isBeingDeleted && !$0.isTerminal }
        for pod in waiting {
            script.edit(Pod.self, pod.name) { pod in
                pod.json["spec", "nodeName"] = pod.targetNode.map { JSON($0) }
                pod.json["status"] = [
                    "phase": "Running",
                    "conditions": [
                        ["type": "Ready", "status": "True", "lastTransitionTime": JSON(self.script.clock.now.rfc3339)]
                    ],
                ]
            }
        }
        return !waiting.isEmpty
    }
    private func takeAway() -> Bool {
        let leaving = script.world.all(Pod.self).filter(\.isBeingDeleted)
        for pod in leaving { script.remove(Pod.resource, pod.key) }
        return !leaving.isEmpty
    }

    private func set(_ options: [String: String]) {
        var set = DaemonSet {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"
                $0.name = "agent"
                $0.uid = "d"
            }
            $0.json["spec"] = [
                "selector": ["matchLabels": ["app": "agent"]], "revisionHistoryLimit": 10,
                "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 1, "maxSurge": 0]],
                "template": [
                    "metadata": ["labels": ["app": "agent"]], "spec": ["containers": [["name": "c", "image": "a"]]],
                ],
            ]
        }
        Self.change(&set, options)
        script.put(set)
    }
    private static func change(_ set: inout DaemonSet, _ options: [String: String]) {
        for (name, value) in options {
            let json: JSON = Int(value).map { JSON($0) } ?? JSON(value)
            switch name {
            case "image": set.json["spec", "template", "spec", "containers"] = [["name": "c", "image": json]]
            case "zone": set.json["spec", "template", "spec", "nodeSelector"] = ["zone": json]
            case "strategy": set.json["spec", "updateStrategy"] = ["type": json]
            case "maxUnavailable", "maxSurge": set.json["spec", "updateStrategy", "rollingUpdate", name] = json
            default: set.json["spec", name] = json
            }
        }
    }
}

@Suite struct DaemonSetScenarioTests {
    @Test(arguments: ["daemonset-nodes", "daemonset-update"])
    func scenario(name: String) throws {
        let set = DaemonScript()
        try Scenario.run(name, set.run)
    }

    @Test func podsTolerateTroubleAndAskForTheirNode() {
        let set = DaemonSet { $0.json["spec"] = ["template": ["spec": ["hostNetwork": true]]] }
        let pod = Pod(of: set, on: "n1", hash: "h")
        #expect(pod.targetNode == "n1")
        let keys = pod.json["spec", "tolerations"]?.elements.compactMap { $0["key"]?.string } ?? []
        #expect(
            keys
                == [
                    "not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable",
                    "network-unavailable",
                ].map { "node.kubernetes.io/\($0)" })
    }
}
