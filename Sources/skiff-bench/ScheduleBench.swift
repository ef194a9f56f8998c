import APIMachinery
import APIServer
import ArgumentParser
import Foundation
import KubeAPI

/// `skiff-bench schedule`: how long it takes until pods have nodes, with all loops running.
struct ScheduleBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "Creates nodes, then pods, and waits until all have a node.")

    @OptionGroup var cluster: BenchCluster
    @Option(
        name: .customLong("case"),
        help: "What the pods want: \(ScheduleCase.allCases.map(\.rawValue).joined(separator: ", ")).")
    var scheduleCase = ScheduleCase.basic
    @Option(help: "Nodes.")
    var nodes = 5_000
    @Option(help: "Pods that are scheduled while the clock runs. (default: by the case)")
    var pods: Int?
    @Option(help: "Pods that are there before. (default: by the case)")
    var initialPods: Int?
    @Option(help: "Callers that create pods.")
    var callers = 64

    private static let resource = GroupResource(resource: "pods")

    func run() async throws {
        try await cluster.run { server in
            let api = server.client(as: BenchCluster.admin)
            try await makeNodes(api)
            let before = initialPods ?? scheduleCase.initialPods(nodes)
            let measured = pods ?? scheduleCase.measuredPods(nodes)
            // Gated ones wait where they are.
            async let ready: Void = waitUntilBound(api, "i-", scheduleCase == .gated ? 0 : before)
            try await makePods(api, "i-", before, isInitial: true)
            try await ready
            let clock = ContinuousClock()
            let start = clock.now
            let cpu = processSeconds()
            let company = scheduleCase == .churn ? Task { try await churn(api) } : nil
            async let bound: Void = waitUntilBound(api, "p-", measured)
            try await makePods(api, "p-", measured, isInitial: false)
            let created = (clock.now - start) / .seconds(1)
            try await bound
            let elapsed = (clock.now - start) / .seconds(1)
            let used = processSeconds() - cpu
            company?.cancel()
            if let turns = try await company?.value {
                print("\(turns) nodes, pods and Services came and went meanwhile")
            }
            print(
                "\(scheduleCase.rawValue): \(measured) pods beside \(before) on \(nodes) nodes: created in "
                    + "\(shown(created)) s, bound in \(shown(elapsed)) s: \(Int(Double(measured) / elapsed)) pods/s, "
                    + "\(Int(Double(measured) / used)) per CPU-second")
        }
    }

    /// Makes what churns anew each second until it is cancelled, as scheduler_perf's SchedulingWithMixedChurn does; how often.
    private func churn(_ api: any ClusterAPI) async throws -> Int {
        var number = 0
        while !Task.isCancelled {
            let made = ScheduleCase.churning(number)
            for (resource, object) in made { _ = try await api.create(resource, object, name: nil, subresource: nil) }
            try? await Task.sleep(for: .seconds(1))
            for (resource, _) in made {
                let name = "churn-\(number)"
                let key =
                    resource.resource == "nodes" ? ObjectKey(name: name) : ObjectKey(namespace: "default", name: name)
                try await api.delete(resource, key, DeletionOptions())
            }
            number += 1
        }
        return number
    }

    private func makePods(_ api: any ClusterAPI, _ prefix: String, _ count: Int, isInitial: Bool) async throws {
        try await spread(count) { number in
            let pod = scheduleCase.pod("\(prefix)\(number)", isInitial: isInitial)
            _ = try await api.create(Self.resource, pod, name: nil, subresource: nil)
        }
    }

    private func makeNodes(_ api: any ClusterAPI) async throws {
        try await spread(nodes) { number in
            let name = "node-\(number)"
            let amounts: JSON = ["cpu": "32", "memory": "256Gi", "pods": "250"]
            let node: JSON = [
                "apiVersion": "v1", "kind": "Node",
                "metadata": ["name": JSON(name), "labels": JSON(scheduleCase.labels(ofNode: number))],
            ]
            _ = try await api.create(GroupResource(resource: "nodes"), node, name: nil, subresource: nil)
            let status: JSON = [
                "status": [
                    "capacity": amounts, "allocatable": amounts,
                    "conditions": [["type": "Ready", "status": "True", "reason": "KubeletReady"]],
                ]
            ]
            let key = ObjectKey(name: name)
            _ = try await api.patch(
                GroupResource(resource: "nodes"), key, .merge, status, subresource: .status)
            _ = try await api.patch(
                GroupResource(resource: "nodes"), key, .merge, ["spec": ["taints": .null]], subresource: nil)
        }
    }

    private func waitUntilBound(_ api: any ClusterAPI, _ prefix: String, _ count: Int) async throws {
        if count == 0 { return }
        let watch = try await api.watch(
            Self.resource, namespace: "default", labelSelector: "", fieldSelector: "", from: 0)
        var bound: Set<String> = []
        while bound.count < count, let events = try await watch.next() {
            for event in events {
                if case .modified(let pod) = event, pod["spec", "nodeName"] != nil, pod.key.name.hasPrefix(prefix) {
                    bound.insert(pod.key.name)
                }
            }
        }
        watch.cancel()
    }

    private func spread(_ count: Int, _ work: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for number in stride(from: caller, to: count, by: callers) { try await work(number) }
                }
            }
            try await group.waitForAll()
        }
    }
}
