import APIMachinery
import Basics
import KubeAPI
import LoopTestKit
import Synchronization

@testable import ClusterAutoscaler

/// A node of a group as its template is.
func template(cpu: String = "2", memory: String = "4Gi", labels: [String: String] = [:], taints: [JSON] = []) -> JSON {
    var labelsJSON: JSON = .object
    for (name, value) in labels.sorted(by: { $0.key < $1.key }) { labelsJSON[name] = JSON(value) }
    let amounts: JSON = ["cpu": JSON(cpu), "memory": JSON(memory), "pods": "110"]
    return [
        "apiVersion": "v1", "kind": "Node", "metadata": ["labels": labelsJSON], "spec": ["taints": JSON(taints)],
        "status": ["capacity": amounts, "allocatable": amounts],
    ]
}

func group(
    _ id: String, min: Int = 0, max: Int = 10, target: Int = 0, _ template: JSON = template(), price: Double? = nil,
    priority: Int = 0
) -> NodeGroup {
    NodeGroup(
        id: id, minSize: min, maxSize: max, targetSize: target, template: template, hourlyPrice: price,
        priority: priority)
}

func readyNode(_ name: String, _ template: JSON = template(), isReady: Bool = true, at time: String? = nil) -> Node {
    var node = template
    node["metadata", "name"] = JSON(name)
    node["metadata", "labels", "kubernetes.io/hostname"] = JSON(name)
    if let time { node["metadata", "creationTimestamp"] = JSON(time) }
    node["status", "conditions"] = [
        [
            "type": "Ready", "status": isReady ? "True" : "False",
            "lastTransitionTime": JSON(time ?? "2026-01-01T00:00:00Z"),
        ]
    ]
    return Node(node)
}

/// A pod that asks for CPU; of a ReplicaSet unless `owner` is something else, or nil.
func pod(
    _ name: String, cpu: String = "1", on node: String? = nil, owner: String? = "ReplicaSet",
    namespace: String = "default",
    _ edit: (inout JSON) -> Void = { _ in }
) -> Pod {
    var pod: JSON = [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": [
            "name": JSON(name), "namespace": JSON(namespace), "uid": JSON("uid-\(namespace)-\(name)"),
            "labels": ["app": JSON(String(name.prefix { $0 != "-" }))],
            "creationTimestamp": "2026-01-01T00:00:00Z",
        ],
        "spec": [
            "schedulerName": "default-scheduler",
            "containers": [["name": "app", "image": "app:1", "resources": ["requests": ["cpu": JSON(cpu)]]]],
        ],
        "status": ["phase": "Pending"],
    ]
    if let owner {
        pod["metadata", "ownerReferences"] = [
            [
                "apiVersion": "apps/v1", "kind": JSON(owner), "name": JSON(String(name.prefix { $0 != "-" })),
                "uid": JSON("owner-\(name.prefix { $0 != "-" })"), "controller": true,
            ]
        ]
    }
    if let node {
        pod["spec", "nodeName"] = JSON(node)
        pod["status", "phase"] = "Running"
    } else {
        pod["status", "conditions"] = [["type": "PodScheduled", "status": "False", "reason": "Unschedulable"]]
    }
    edit(&pod)
    return Pod(pod)
}

/// Makes nodes in a test's cluster at once, unless it is told not to; counts what is asked of it.
final class TestProvider: NodeProvider {
    struct Refusal: Error, CustomStringConvertible { var description: String }
    struct State: Sendable {
        var groups: [NodeGroup]
        var instances: [String: [NodeInstance]] = [:]
        var number = 0
        var refusal: String?
        /// Nodes that are asked for do not come.
        var isStuck = false
        var log: [String] = []
    }
    let state: Mutex<State>
    private let cluster: TestCluster?

    init(_ groups: [NodeGroup], in cluster: TestCluster?) {
        state = Mutex(State(groups: groups))
        self.cluster = cluster
    }
    func groups() async throws -> [NodeGroup] { state.withLock { $0.groups } }
    func instances(of group: String) async throws -> [NodeInstance] { state.withLock { $0.instances[group] ?? [] } }

    func increaseSize(of group: String, by count: Int) async throws {
        let made = try state.withLock { state -> [JSON] in
            if let refusal = state.refusal { throw Refusal(description: refusal) }
            guard let index = state.groups.firstIndex(where: { $0.id == group }) else {
                throw Refusal(description: "no group")
            }
            state.groups[index].targetSize += count
            state.log.append("\(group) +\(count)")
            if state.isStuck { return [] }
            return (0..<count).map { _ in
                state.number += 1
                let name = "\(group)-\(state.number)"
                state.instances[group, default: []].append(NodeInstance(name: name, state: .running))
                return readyNode(name, state.groups[index].template).json
            }
        }
        for node in made { try await cluster?.make(Node(node)) }
    }
    func decreaseTargetSize(of group: String, by count: Int) async throws {
        state.withLock { state in
            for index in state.groups.indices where state.groups[index].id == group {
                state.groups[index].targetSize -= count
            }
            state.log.append("\(group) target -\(count)")
        }
    }
    func delete(_ names: [String], in group: String) async throws {
        state.withLock { state in
            for index in state.groups.indices where state.groups[index].id == group {
                state.groups[index].targetSize -= names.count
            }
            state.instances[group]?.removeAll { names.contains($0.name) }
            state.log.append("\(group) without \(names.sorted().joined(separator: " "))")
        }
        for name in names { try await cluster?.delete(Node.self, ObjectKey(name: name)) }
    }
    var log: [String] { state.withLock { $0.log } }
}
