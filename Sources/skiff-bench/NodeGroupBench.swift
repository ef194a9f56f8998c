import APIMachinery
import APIServer
import ArgumentParser
import Basics
import ClusterAutoscaler
import ControlLoops
import Fuzzing
import KubeAPI

/// `skiff-bench node-groups`: how long the cluster autoscaler takes to decide about pods that find no room.
struct NodeGroupBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node-groups", abstract: "Decides how many nodes of which group waiting pods need.")

    @Option(help: "Nodes that there are, all of them full.")
    var nodes = 0
    @Option(help: "Pods that find no room.")
    var pods = 1_000
    @Option(help: "Controllers that the pods are of.")
    var controllers = 20
    @Option(help: "Groups of nodes, each of up to 5,000.")
    var groups = 5

    func run() async throws {
        try await MemoryCluster.run { server in
            let world = World(server.client(as: MemoryCluster.admin))
            load(Node.resource, (0..<nodes).map { node("node-\($0)", "4") }, world)
            let full = (0..<nodes).map { pod("full-\($0)", cpu: 4_000, on: "node-\($0)", "full") }
            let waiting = (0..<pods).map { number in
                pod("web-\(number)", cpu: 100 + number % controllers * 10, on: nil, "\(number % controllers)")
            }
            load(Pod.resource, full + waiting, world)
            let groups = (0..<groups).map { number in
                NodeGroup(
                    id: "group-\(number)", minSize: 0, maxSize: 5_000, targetSize: 0,
                    template: node("template", "\(number + 2)"))
            }
            var best = Double.infinity
            var asked = 0
            for _ in 0..<5 {
                let began = processSeconds()
                asked = ScaleUpMeasure.nodes(for: waiting.map { Pod($0) }, in: world, groups)
                best = min(best, processSeconds() - began)
            }
            print(
                "\(pods) pods of \(controllers) controllers beside \(nodes) full nodes, \(groups.count) groups of up to "
                    + "5,000: \(asked) nodes asked for in \(shown(best * 1_000)) ms of processor time")
        }
    }

    private func load(_ resource: GroupResource, _ objects: [JSON], _ world: World) {
        world.cache(resource).replace(with: ObjectList(items: objects, revision: 1))
    }
    private func node(_ name: String, _ cpu: String) -> JSON {
        let amounts: JSON = ["cpu": JSON(cpu), "memory": "64Gi", "pods": "110"]
        return [
            "apiVersion": "v1", "kind": "Node",
            "metadata": ["name": JSON(name), "labels": ["kubernetes.io/hostname": JSON(name)]],
            "status": [
                "capacity": amounts, "allocatable": amounts, "conditions": [["type": "Ready", "status": "True"]],
            ],
        ]
    }
    private func pod(_ name: String, cpu: Int, on node: String?, _ controller: String) -> JSON {
        var pod: JSON = [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": JSON(name), "namespace": "default", "uid": JSON(name), "labels": ["app": JSON(controller)],
                "ownerReferences": [
                    [
                        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": JSON(controller),
                        "uid": JSON("uid-\(controller)"), "controller": true,
                    ]
                ],
            ],
            "spec": [
                "containers": [
                    ["name": "app", "image": "app:1", "resources": ["requests": ["cpu": JSON("\(cpu)m")]]]
                ]
            ], "status": ["phase": node == nil ? "Pending" : "Running"],
        ]
        if let node { pod["spec", "nodeName"] = JSON(node) }
        return pod
    }
}
