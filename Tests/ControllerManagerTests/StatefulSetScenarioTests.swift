import TestKit
import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// A StatefulSet whose pods a script makes ready, ends and takes away.
private final class StatefulScript {
    let script = WorldScript()
    let reconciler: StatefulSetReconciler
    private let key = ObjectKey(namespace: "default", name: "db")

    init() { reconciler = StatefulSetReconciler(script.context) }

    func run(_ line: String) -> String {
        let (words, options) = WorldScript.options(line)
        switch words[0] {
        case "set": set(options)
        case "change": script.edit(StatefulSet.self, "db") { Self.change(&$0, options) }
        case "reconcile": return told(script.carryOut(reconciler.reconcile(key)))
        // Until nothing changes: pods become ready as they are made, and go as they are deleted.
        case "settle":
            var lines: [String] = []
            for _ in 0..<60 {
                let more = script.carryOut(reconciler.reconcile(key))
                lines += more
                let moved = makeReady(all: true) || takeAway()
                if more.isEmpty, !moved { break }
            }
            return told(lines.filter { !$0.hasPrefix("status") && !$0.hasPrefix("event") })
        case "ready": for name in words.dropFirst() { ready(name) }
        case "unready":
            for name in words.dropFirst() { script.edit(Pod.self, name) { $0.json["status"] = ["phase": "Running"] } }
        case "fail":
            for name in words.dropFirst() { script.edit(Pod.self, name) { $0.json["status"] = ["phase": "Failed"] } }
        case "gone":
            for name in words.dropFirst() { script.remove(Pod.resource, ObjectKey(namespace: "default", name: name)) }
        case "pods":
            return script.world.all(Pod.self).sorted { $0.name < $1.name }.map { pod in
                let image = pod.spec.containers.first?.image ?? ""
                return "\(pod.name) \(image)\(pod.isReady ? " ready" : "")\(pod.isBeingDeleted ? " leaving" : "")"
            }.joined(separator: "\n")
        case "claims":
            return script.world.all(PersistentVolumeClaim.self).sorted { $0.name < $1.name }.map { claim in
                "\(claim.name) \(claim.metadata.ownerReferences.map { "\($0.kind ?? "")/\($0.name ?? "")" }.joined(separator: ","))"
            }.joined(separator: "\n")
        case "revisions":
            return script.world.all(ControllerRevision.self).sorted { $0.revision ?? 0 < $1.revision ?? 0 }.map {
                "\($0.revision ?? 0) \(RevisionHistory.template($0).spec.containers.first?.image ?? "")"
            }.joined(separator: "\n")
        case "status":
            guard let status = script.world.get(StatefulSet.self, key)?.status else { return "" }
            let isUpdated = status.currentRevision == status.updateRevision
            return
                "replicas=\(status.replicas ?? 0) ready=\(status.readyReplicas ?? 0) current=\(status.currentReplicas ?? 0) "
                + "updated=\(status.updatedReplicas ?? 0)\(isUpdated ? "" : " updating")"
        default: return "what is \(words[0])?"
        }
        return ""
    }

    private func told(_ lines: [String]) -> String {
        lines.filter { !$0.hasPrefix("status") && !$0.hasPrefix("event") }.joined(separator: "\n")
    }

    private func ready(_ name: String) {
        let since = script.clock.now.rfc3339
        script.edit(Pod.self, name) { pod in
            pod.json["status"] = [
                "phase": "Running",
                "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": JSON(since)]],
            ]
        }
    }
    private func makeReady(all: Bool) -> Bool {
        let waiting = script.world.all(Pod.self).filter { !$0.isReady && !$0.isBeingDeleted }
        for pod in waiting { ready(pod.name) }
        return !waiting.isEmpty
    }
    private func takeAway() -> Bool {
        let leaving = script.world.all(Pod.self).filter(\.isBeingDeleted)
        for pod in leaving { script.remove(Pod.resource, pod.key) }
        return !leaving.isEmpty
    }

    private func set(_ options: [String: String]) {
        var set = StatefulSet {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"
                $0.name = "db"
                $0.uid = "s"
            }
            $0.json["spec"] = [
                "serviceName": "db", "replicas": 1, "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10,
                "selector": ["matchLabels": ["app": "db"]],
                "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["partition": 0, "maxUnavailable": 1]],
                "persistentVolumeClaimRetentionPolicy": ["whenDeleted": "Retain", "whenScaled": "Retain"],
                "template": [
                    "metadata": ["labels": ["app": "db"]], "spec": ["containers": [["name": "c", "image": "a"]]],
                ],
                "volumeClaimTemplates": [["metadata": ["name": "data"], "spec": ["accessModes": ["ReadWriteOnce"]]]],
            ]
        }
        Self.change(&set, options)
        script.put(set)
    }

    private static func change(_ set: inout StatefulSet, _ options: [String: String]) {
        for (name, value) in options {
            let json: JSON = Int(value).map { JSON($0) } ?? JSON(value)
            switch name {
            case "image": set.json["spec", "template", "spec", "containers"] = [["name": "c", "image": json]]
            case "policy": set.spec.podManagementPolicy = value
            case "strategy": set.json["spec", "updateStrategy"] = ["type": json]
            case "partition", "maxUnavailable": set.json["spec", "updateStrategy", "rollingUpdate", name] = json
            case "start": set.json["spec", "ordinals"] = ["start": json]
            case "whenScaled", "whenDeleted": set.json["spec", "persistentVolumeClaimRetentionPolicy", name] = json
            case "history": set.spec.revisionHistoryLimit = Int(value)
            default: set.json["spec", name] = json
            }
        }
    }
}

@Suite struct StatefulSetScenarioTests {
    @Test(arguments: ["statefulset-order", "statefulset-update", "statefulset-claims", "statefulset-parallel"])
    func scenario(name: String) throws {
        let set = StatefulScript()
        try Scenario.run(name, set.run)
    }
}
