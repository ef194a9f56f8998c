import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Scheduler

/// A cluster in words: nodes, pods on them, and pods that look for one.
///
///     node NAME [cpu=4] [memory=8Gi] [pods=110] [labels={…}] [spec={…}] [status={…}]
///     pod NAME on NODE [PARTS]     a pod that runs there
///     schedule NAME [PARTS]        a pod that looks for a node, and is put there
///     try NAME [PARTS]             the same, not put there
///     promise NAME NODE [PARTS]    a pod that waits for room on the node
///     drop NAME                    the pod goes
///     bind NAME NODE               what is done before the pod that was scheduled is bound there, until nothing is
///     KIND {…}                     another object, as flow YAML
///
/// PARTS: cpu=, memory=, priority=, namespace=, and labels=, spec=, status=, metadata= in flow YAML.
private struct Town {
    var judge = Judge()
    private var objects: [GroupResource: [JSON]] = [:]
    private var asked: [String: Pod] = [:]

    mutating func answer(_ line: String) throws -> String {
        var words = Self.words(line)
        let verb = words.removeFirst()
        switch verb {
        case "node":
            let name = words.removeFirst()
            _ = judge.cache.update(node: name, try Self.node(name, words))
        case "pod":
            let name = words.removeFirst()
            let node = words[1]
            judge.place(Pod(try Self.pod(name, Array(words.dropFirst(2)))), on: node)
        case "schedule", "try":
            let pod = Pod(try Self.pod(words[0], Array(words.dropFirst())))
            return tell(pod, isPlaced: verb == "schedule")
        case "promise":
            let pod = Pod(try Self.pod(words[0], Array(words.dropFirst(2))))
            judge.nominations.nominate(PendingPod(pod.json), words[1])
        case "bind": return try bind(words[0], words[1])
        case "drop": _ = judge.cache.update(pod: key(words[0]), nil)
        default: try add(verb, words[0])
        }
        return ""
    }

    /// Carries out what is wanted before the binding, and tells which devices claims have after it.
    private mutating func bind(_ name: String, _ node: String) throws -> String {
        let pod = PendingPod(try #require(asked[name]).json)
        var claims: [ObjectKey] = []
        for _ in 0..<3 {
            guard case .wait(let changes, let holds) = DynamicResources().preBind(pod, node, judge.view) else { break }
            claims += holds.map(\.claim)
            for case .patch(let resource, let key, _, let patch, _) in changes {
                var list = objects[resource] ?? []
                let index = try #require(list.firstIndex { $0.key == key })
                var patch = patch
                patch["metadata", "resourceVersion"] = nil
                list[index] = try MergePatch.apply(patch, to: list[index])
                list[index]["metadata", "resourceVersion"] = JSON(String(list[index].revision + 1))
                show(resource, list)
            }
        }
        return try claims.map { try devices(of: $0) }.joined(separator: "\n")
    }
    private func devices(of claim: ObjectKey) throws -> String {
        let status = try #require(judge.world.cache(ResourceClaim.resource).get(claim))["status"]
        let results = (status?["allocation", "devices", "results"]?.elements ?? []).map {
            "\($0["device"]?.string ?? "") for \($0["request"]?.string ?? "")"
        }
        let users = (status?["reservedFor"]?.elements ?? []).compactMap { $0["name"]?.string }
        let term = status?["allocation", "nodeSelector", "nodeSelectorTerms"]?.elements.first?["matchFields"]?[0]
        let place = term.map {
            "nodes: \($0["key"]?.string ?? "") \($0["operator"]?.string ?? "") \($0["values"]?.strings.joined() ?? "")"
        }
        let count = status?["allocation", "devices", "config"]?.count ?? 0
        let parts = [place ?? "everywhere"] + (count > 0 ? ["\(count) configurations"] : [])
        return "\(claim.name): \(results.joined(separator: ", ")), reserved for \(users.joined(separator: ", ")); "
            + parts.joined(separator: "; ")
    }

    private mutating func tell(_ pod: Pod, isPlaced: Bool) -> String {
        asked[pod.name] = pod
        switch judge.decision(pod) {
        case .place(let node):
            if isPlaced { judge.place(pod, on: node) }
            return "\(pod.name): \(node)"
        case .unschedulable(let diagnosis):
            var line = "\(pod.name): \(diagnosis.sentence)"
            for change in diagnosis.remedy?.changes ?? [] {
                line += "\n  \(change.description.prefix { $0 != "{" }.dropLast())"
            }
            if diagnosis.remedy != nil { return line }
            switch diagnosis.nomination {
            case .kept: break
            case .forgotten: line += "\n  no node is promised"
            case .made(let node, let victims):
                line += "\n  promised \(node), which leave: \(victims.map(\.key.name).joined(separator: " "))"
            }
            return line
        }
    }

    private mutating func add(_ kind: String, _ text: String) throws {
        let resource = try #require(
            [
                "pdb": PodDisruptionBudget.resource, "service": Service.resource, "replicaset": ReplicaSet.resource,
                "namespace": GroupResource(resource: "namespaces"), "claim": PersistentVolumeClaim.resource,
                "volume": PersistentVolume.resource, "class-of-storage": StorageClass.resource,
                "csinode": CSINode.resource, "attachment": VolumeAttachment.resource, "driver": CSIDriver.resource,
                "capacity": CSIStorageCapacity.resource, "class": DeviceClass.resource,
                "slice": ResourceSlice.resource, "devices": ResourceClaim.resource,
            ][kind])
        objects[resource, default: []].append(try Self.yaml(text))
        if kind == "namespace", let object = objects[resource]?.last {
            _ = judge.cache.update(namespace: object.key.name, object)
        }
        show(resource, objects[resource] ?? [])
    }
    private mutating func show(_ resource: GroupResource, _ list: [JSON]) {
        objects[resource] = list
        let cache = judge.world.cache(resource)
        cache.replace(with: ObjectList(items: list, revision: cache.revision + 1))
        for object in list {
            if resource == ResourceSlice.resource { judge.cache.devices.update(slice: object.key.name, object) }
            if resource == ResourceClaim.resource { judge.cache.devices.update(claim: object.key, object) }
        }
    }

    private static func node(_ name: String, _ words: [String]) throws -> JSON {
        var amounts: [String: String] = ["cpu": "4", "memory": "8Gi", "pods": "110"]
        var node: JSON = ["metadata": ["name": JSON(name)], "spec": .object, "status": .object]
        for (part, value) in words.compactMap(split) {
            switch part {
            case "labels": node["metadata", "labels"] = try yaml(value)
            case "spec": node["spec"] = try yaml(value)
            case "status": node["status"] = try yaml(value)
            default: amounts[part] = value
            }
        }
        node["status", "allocatable"] = JSON(amounts)
        return node
    }

    private static func pod(_ name: String, _ words: [String]) throws -> JSON {
        var pod = plain(name)
        for (part, value) in words.compactMap(split) {
            switch part {
            case "cpu", "memory": pod["spec", "containers"]?[0]["resources", "requests", part] = JSON(value)
            case "priority": pod["spec", "priority"] = JSON(Int(value) ?? 0)
            case "namespace": pod["metadata", "namespace"] = JSON(value)
            case "labels": pod["metadata", "labels"] = try yaml(value)
            case "status": pod["status"] = try yaml(value)
            default:
                for member in try yaml(value).members { pod[part, member.name] = member.value }
            }
        }
        return pod
    }

    private static func yaml(_ text: String) throws -> JSON { try YAML.document(Array(text.utf8)).value }
    private static func split(_ word: String) -> (String, String)? {
        guard let sign = word.firstIndex(of: "=") else { return nil }
        return (String(word[..<sign]), String(word[word.index(after: sign)...]))
    }
    /// At spaces outside of braces.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var depth = 0
        var isWord = false
        for character in line {
            if "{[".contains(character) { depth += 1 }
            if "}]".contains(character) { depth -= 1 }
            if character == " ", depth == 0 {
                isWord = false
            } else if isWord {
                words[words.count - 1].append(character)
            } else {
                words.append(String(character))
                isWord = true
            }
        }
        return words
    }
}

private func plain(_ name: String) -> JSON { pod(name) { $0.metadata.uid = name }.json }

@Suite struct ScenarioTests {
    @Test(arguments: Scenario.names()) func decidesAsWritten(_ name: String) throws {
        var town = Town()
        try Scenario.run(name) { line in
            if line == "anew" {
                town = Town()
                return ""
            }
            return try town.answer(line)
        }
    }
}
