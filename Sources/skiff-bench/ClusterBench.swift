import APIMachinery
import APIServer
import ArgumentParser
import Basics
import Foundation
import KubeAPI
import SimulatedNodes

/// `skiff-bench cluster`: a whole cluster of simulated nodes in this process, filled, left alone, rolled over, stirred and
/// emptied.
struct ClusterBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Fills a cluster of simulated nodes with pods and measures what that takes.")

    @OptionGroup var cluster: BenchCluster
    @Option(help: "Nodes.")
    var nodes = 5_000
    @Option(help: "Pods on each node, on average.")
    var podsPerNode = 30
    @Option(help: "Replicas of each Deployment but the last; the last is rolled over.")
    var replicas = 5_000
    @Option(help: "Objects in the namespace that is deleted.")
    var objects = 10_000
    @Option(help: "Seconds of rest in which is measured what an idle cluster costs.")
    var rest = 60
    @Option(help: "Changes a second for the last part.")
    var churn = 20

    private static let deployments = GroupResource(group: "apps", resource: "deployments")

    func run() async throws {
        var simulation = NodeSimulator.Configuration(names: NodeSimulator.names(nodes))
        simulation.stages.nodes.zones = 3
        let start = Sample()
        try await cluster.run(simulating: simulation) { server in
            let api = server.client(as: BenchCluster.admin)
            try await until { try await readyNodes(api) == nodes }
            report("\(nodes) nodes are ready", since: start, per: nodes, "node")
            try await leaveAlone()
            try await fill(api)
            try await leaveAlone()
            try await rollOver(api)
            try await stir(api)
            try await emptyNamespace(api)
        }
    }

    // MARK: The parts

    private func leaveAlone() async throws {
        let start = Sample()
        try await Task.sleep(for: .seconds(rest))
        let now = Sample()
        let share = (now.processor - start.processor) / (now.elapsed - start.elapsed)
        print("at rest: \(shown(share * 100)) % of one processor, \(now.megabytes) MB")
    }

    private func fill(_ api: any ClusterAPI) async throws {
        let start = Sample()
        let total = nodes * podsPerNode
        var left = total
        var number = 0
        while left > 0 {
            number += 1
            let count = min(replicas, left)
            left -= count
            _ = try await api.create(
                Self.deployments, Self.deployment("d-\(number)", count), name: nil, subresource: nil)
        }
        let last = min(replicas, total)
        try await until { try await readyReplicas(api) >= total }
        report("\(total) pods in \(number) Deployments are ready", since: start, per: total, "pod")
        let single = Sample()
        _ = try await api.create(Self.deployments, Self.deployment("rolled", last), name: nil, subresource: nil)
        try await until { try await status(api, "rolled", "replicas") == last }
        report("\(last) pods of one Deployment exist", since: single, per: last, "pod")
        try await until { try await status(api, "rolled", "readyReplicas") == last }
        report("… and are ready", since: single, per: last, "pod")
    }

    private func rollOver(_ api: any ClusterAPI) async throws {
        let count = min(replicas, nodes * podsPerNode)
        let start = Sample()
        let patch: JSON = ["spec": ["template": ["metadata": ["annotations": ["version": "2"]]]]]
        let key = ObjectKey(namespace: "default", name: "rolled")
        let changed = try await api.patch(Self.deployments, key, .merge, patch, subresource: nil)
        let generation = changed["metadata", "generation"]?.int ?? 0
        try await until {
            let status = try await api.get(Self.deployments, key)["status"]
            return ["replicas", "updatedReplicas", "availableReplicas"].allSatisfy { status?[$0]?.int == count }
                && status?["observedGeneration"]?.int ?? 0 >= generation
        }
        report("\(count) pods are rolled over", since: start, per: count, "pod")
    }

    /// Changes at a steady rate, and how long each call takes that somebody makes meanwhile.
    private func stir(_ api: any ClusterAPI) async throws {
        let start = Sample()
        var latencies: [Double] = []
        let clock = ContinuousClock()
        for number in 0..<(churn * 30) {
            let began = clock.now
            let count = min(replicas, nodes * podsPerNode) - number % 10
            let key = ObjectKey(namespace: "default", name: "rolled")
            _ = try await api.patch(
                Self.deployments, key, .merge, ["spec": ["replicas": JSON(count)]], subresource: nil)
            _ = try await api.get(Self.deployments, key)
            latencies.append((clock.now - began) / .milliseconds(1))
            try await Task.sleep(until: began + .seconds(1) / churn)
        }
        latencies.sort()
        let now = Sample()
        let share = (now.processor - start.processor) / (now.elapsed - start.elapsed)
        print(
            "\(churn) changes a second: a change and a look take \(shown(latencies[latencies.count / 2])) ms, p99 "
                + "\(shown(latencies[latencies.count * 99 / 100])) ms; \(shown(share * 100)) % of one processor")
    }

    private func emptyNamespace(_ api: any ClusterAPI) async throws {
        let name = "full"
        _ = try await api.create(Namespace { $0.metadata.name = name })
        let made = Sample()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<32 {
                group.addTask {
                    for number in stride(from: caller, to: objects, by: 32) {
                        _ = try await api.create(
                            ConfigMap { map in
                                map.metadata.namespace = name
                                map.metadata.name = "c-\(number)"
                                map.json["data"] = ["key": "value"]
                            })
                    }
                }
            }
            try await group.waitForAll()
        }
        report("\(objects) ConfigMaps are made", since: made, per: objects, "object")
        let start = Sample()
        try await api.delete(Namespace.self, ObjectKey(name: name))
        try await until {
            do { _ = try await api.get(Namespace.self, ObjectKey(name: name)) } catch let error as StatusError
                where error.reason == .notFound
            { return true }
            return false
        }
        report("their namespace is gone", since: start, per: objects, "object")
    }

    // MARK: Looking

    private func readyNodes(_ api: any ClusterAPI) async throws -> Int {
        try await api.list(Node.resource).items.count { node in
            node["spec", "taints"] == nil
                && (node["status", "conditions"]?.elements ?? []).contains {
                    $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
                }
        }
    }
    private func readyReplicas(_ api: any ClusterAPI) async throws -> Int {
        try await api.list(Self.deployments).items.reduce(0) { $0 + ($1["status", "readyReplicas"]?.int ?? 0) }
    }
    private func status(_ api: any ClusterAPI, _ name: String, _ field: String) async throws -> Int {
        let object = try await api.get(Self.deployments, ObjectKey(namespace: "default", name: name))
        return object["status", field]?.int ?? 0
    }
    private func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(100)) }
    }

    private func report(_ what: String, since start: Sample, per count: Int, _ unit: String) {
        let now = Sample()
        let (elapsed, processor) = (now.elapsed - start.elapsed, now.processor - start.processor)
        print(
            "\(what): \(shown(elapsed)) s, \(Int(Double(count) / max(elapsed, 0.001)))/s; "
                + "\(shown(processor / Double(count) * 1_000)) ms of a processor for each \(unit), \(now.megabytes) MB")
    }

    private static func deployment(_ name: String, _ replicas: Int) -> JSON {
        [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": JSON(name), "namespace": "default"],
            "spec": [
                "replicas": JSON(replicas), "selector": ["matchLabels": ["app": JSON(name)]],
                "template": [
                    "metadata": ["labels": ["app": JSON(name)]],
                    "spec": [
                        "containers": [
                            [
                                "name": "main", "image": "registry.k8s.io/pause:3.10",
                                "resources": ["requests": ["cpu": "100m", "memory": "200Mi"]],
                            ]
                        ]
                    ],
                ],
            ],
        ]
    }
}

/// What this process has used up to now.
private struct Sample {
    let elapsed = Double(SystemClock().uptime) / 1e9
    let processor = processSeconds()
    /// Resident.
    let megabytes: Int = {
        let pages = KernelFile.text(of: "/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * 4_096 / 1_048_576
    }()
}
