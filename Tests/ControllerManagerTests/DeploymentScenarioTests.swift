import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import TestKit
import Testing

@testable import ControllerManager

/// A Deployment and its sets without pods: a script says what becomes available, and reads what the reconciler does.
private final class DeploymentScript {
    let clock = ManualClock()
    let world: World
    let reconciler: DeploymentReconciler
    var revision: Int64 = 1
    var deployment = Deployment {
        $0.metadata = ObjectMeta {
            $0.namespace = "default"
            $0.name = "web"
            $0.uid = "d"
            $0.generation = 0
        }
        $0.json["spec"] = [
            "replicas": 1, "selector": ["matchLabels": ["app": "web"]],
            "template": ["metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c"]]]],
        ]
    }

    init() {
        let cluster = MemoryCluster()
        world = World(cluster)
        reconciler = DeploymentReconciler(LoopContext(world: world, api: cluster, clock: clock))
    }

    func run(_ line: String) -> String {
        let words = line.split(separator: " ").map(String.init)
        var options: [String: String] = [:]
        for word in words.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
            options[pair[0]] = pair.count == 2 ? pair[1] : ""
        }
        switch words[0] {
        case "deployment": set(options)
        case "available":
            for (name, value) in options { report(name, available: Int(value) ?? 0) }
        case "all-available":
            for set in world.all(ReplicaSet.self) { report(set.name, available: set.replicas) }
        case "pods-end":
            for set in world.all(ReplicaSet.self) where set.replicas == 0 { report(set.name, available: 0) }
        case "advance": clock.advance(by: .seconds(Int(words[1]) ?? 0))
        case "reconcile": return reconcile().joined(separator: "\n")
        case "settle":
            var lines: [String] = []
            for _ in 0..<50 {
                let changes = reconcile().filter { !$0.hasPrefix("again") }
                let before = revision
                for set in world.all(ReplicaSet.self) where set.status.availableReplicas ?? 0 != set.replicas {
                    report(set.name, available: set.replicas)
                }
                lines += changes.filter { !$0.hasPrefix("status") }
                if changes.isEmpty, before == revision { break }
            }
            return lines.joined(separator: "\n")
        case "conditions":
            return deployment.status.conditions.map {
                "\($0.type ?? "")=\($0.status ?? "") \($0.reason ?? ""): \($0.message ?? "")"
            }.joined(separator: "\n")
        default: return "what is \(words[0])?"
        }
        return ""
    }

    private func set(_ options: [String: String]) {
        for (name, value) in options {
            let json: JSON = Int(value).map { JSON($0) } ?? JSON(value)
            switch name {
            case "maxSurge", "maxUnavailable": deployment.json["spec", "strategy", "rollingUpdate", name] = json
            case "strategy": deployment.json["spec", "strategy"] = ["type": json]
            case "paused": deployment.json["spec", "paused"] = JSON(value == "true")
            case "image": deployment.json["spec", "template", "spec", "containers"] = [["name": "c", "image": json]]
            case "deadline": deployment.json["spec", "progressDeadlineSeconds"] = json
            case "history": deployment.json["spec", "revisionHistoryLimit"] = json
            case "replicas": deployment.json["spec", "replicas"] = json
            default: break
            }
        }
        deployment.metadata.generation = (deployment.metadata.generation ?? 0) + 1
        put(deployment.json, Deployment.resource)
    }

    private func put(_ object: JSON, _ resource: GroupResource) {
        revision += 1
        var object = object
        object["metadata", "resourceVersion"] = JSON(String(revision))
        if resource == Deployment.resource { deployment = Deployment(object) }
        world.cache(resource).apply([.modified(object)])
    }

    private func report(_ name: String, available: Int) {
        guard var set = world.get(ReplicaSet.self, ObjectKey(namespace: "default", name: name)) else { return }
        set.json["status"] = [
            "replicas": JSON(set.replicas), "readyReplicas": JSON(available), "availableReplicas": JSON(available),
            "observedGeneration": JSON(set.metadata.generation ?? 0),
        ]
        put(set.json, ReplicaSet.resource)
    }

    private func reconcile() -> [String] {
        var lines: [String] = []
        for change in reconciler.reconcile(deployment.key) { carryOut(change, &lines) }
        return lines
    }

    private func carryOut(_ change: Change, _ lines: inout [String]) {
        switch change {
        case .batch(let batch): for change in batch.changes { carryOut(change, &lines) }
        case .create(_, var object):
            object["metadata", "uid"] = JSON("uid-\(object.key.name)")
            object["metadata", "generation"] = 1
            object["metadata", "creationTimestamp"] = JSON(clock.now.rfc3339)
            // Later sets are younger, whatever the script's clock says.
            clock.advance(by: .seconds(1))
            let set = ReplicaSet(object)
            lines.append("create \(set.name) replicas=\(set.replicas) revision=\(set.revision)")
            put(object, ReplicaSet.resource)
        case .update(ReplicaSet.resource, let object, _):
            let new = ReplicaSet(object)
            guard let old = world.get(ReplicaSet.self, new.key) else { return }
            var parts: [String] = []
            if old.replicas != new.replicas { parts.append("replicas \(old.replicas)→\(new.replicas)") }
            if old.revision != new.revision { parts.append("revision \(old.revision)→\(new.revision)") }
            lines.append("update \(new.name) \(parts.joined(separator: " "))")
            put(object, ReplicaSet.resource)
        case .update(_, let object, _):
            let before = deployment
            deployment.status = Deployment(object).status
            deployment.metadata.annotations = Deployment(object).annotations
            put(deployment.json, Deployment.resource)
            let status = deployment.status.json
            let numbers = ["replicas", "updatedReplicas", "availableReplicas", "unavailableReplicas"].map {
                "\($0)=\(status[$0]?.int ?? 0)"
            }
            if deployment.status != before.status { lines.append("status \(numbers.joined(separator: " "))") }
            if deployment.annotations != before.annotations {
                lines.append("revision \(deployment.annotations[DeploymentAnnotations.revision] ?? "")")
            }
        case .delete(_, let key, _):
            lines.append("delete \(key.name)")
            guard var object = world.cache(ReplicaSet.resource).get(key) else { return }
            revision += 1
            object["metadata", "resourceVersion"] = JSON(String(revision))
            world.cache(ReplicaSet.resource).apply([.deleted(object)])
        case .note(let note): lines.append("event \(note.reason): \(note.message)")
        default: lines.append(change.description)
        }
    }
}

@Suite struct DeploymentScenarioTests {
    @Test(arguments: [
        "rolling", "recreate", "scaling", "pause", "rollback", "deadline", "unhealthy",
    ])
    func scenario(_ name: String) throws {
        let script = DeploymentScript()
        try Scenario.run(name) { script.run($0) }
    }

    @Test(
        arguments: [
            (10, "25%", "25%", 3, 2), (1, "25%", "25%", 1, 0), (10, "0", "0", 0, 1), (3, "1", "100%", 1, 3),
            (0, "25%", "25%", 0, 0), (4, "50%", "5", 2, 4),
        ] as [(Int, String, String, Int, Int)])
    func surgeRoundsUpAndUnavailabilityDown(
        replicas: Int, surge: String, unavailable: String, maxSurge: Int, maxUnavailable: Int
    ) {
        func value(_ text: String) -> JSON { Int(text).map { JSON($0) } ?? JSON(text) }
        let limits = RolloutLimits(
            Deployment {
                $0.json["spec"] = [
                    "replicas": JSON(replicas),
                    "strategy": [
                        "type": "RollingUpdate",
                        "rollingUpdate": ["maxSurge": value(surge), "maxUnavailable": value(unavailable)],
                    ],
                ]
            })
        #expect(limits.maxSurge == maxSurge)
        #expect(limits.maxUnavailable == maxUnavailable)
    }
}
