import APIMachinery
import Basics
import ContainerRuntime
import Foundation
import KubeAPI
import LoopTestKit
import Scheduler
import Testing

@testable import ClusterAutoscaler

/// The protocol of other processes' providers, with one that runs here.
@Suite(.timeLimit(.minutes(2))) struct ExternalProviderTests {
    private let server = ProviderServer()

    init() {
        server.state.withLock { $0.template = template(cpu: "2", labels: ["pool": "cloud"]) }
    }

    private func run(
        timeout: Duration = .seconds(5), node: Node? = nil, expanders: [AutoscalerOptions.Expander] = [.price],
        _ body: (ExternalProvider) async throws -> Void
    ) async throws {
        try await server.run { port in
            var options = AutoscalerOptions()
            options.expanders = expanders
            let provider = ExternalProvider(CloudConfig(address: "127.0.0.1:\(port)", timeout: timeout), options) { _ in
                node
            }
            try await body(provider)
            await provider.cleanUp()
        }
    }

    @Test func aGroupIsReadWhole() async throws {
        try await run { provider in
            try await provider.refresh()
            let groups = try await provider.groups()
            let group = try #require(groups.first)
            #expect(groups.count == 1 && group.id == "cloud" && group.minSize == 0 && group.maxSize == 5)
            #expect(group.hourlyPrice == 0.75 && group.capacity.cpu == 2_000 && group.capacity.memory == 4 << 30)
            #expect(group.template["metadata", "labels", "pool"]?.string == "cloud")
            #expect(group.options.scaleDownUtilizationThreshold == 0.25)
            #expect(group.options.scaleDownUnneededTime == .seconds(90))
            // What it was told as the default comes back.
            #expect(group.options.scaleDownUnreadyTime == .seconds(1_200))
            #expect(group.options.ignoresDaemonSetsUtilization == true)
            // What does not change is asked once.
            _ = try await provider.groups()
            let calls = server.state.withLock { $0.calls }
            #expect(calls.filter { $0 == "NodeGroupTemplateNodeInfo" }.count == 1)
            #expect(calls.filter { $0 == "NodeGroupTargetSize" }.count == 2)
        }
        #expect(server.state.withLock { $0.calls.last } == "Cleanup")
    }

    @Test func whatAProviderHasNotIsDoneWithout() async throws {
        server.state.withLock { $0.missing = ["NodeGroupTemplateNodeInfo", "NodeGroupGetOptions", "PricingNodePrice"] }
        try await run { provider in
            let group = try #require(try await provider.groups().first)
            #expect(!group.hasTemplate && group.hourlyPrice == nil && group.options == NodeGroup.Options())
        }
    }

    @Test func sizesAndInstances() async throws {
        let node = Node {
            $0.metadata.name = "n1"
            $0.metadata.labels = ["pool": "cloud"]
            $0.json["spec", "providerID"] = "cloud://0"
        }
        try await run(node: node) { provider in
            try await provider.increaseSize(of: "cloud", by: 3)
            #expect(try await provider.groups().first?.targetSize == 3)
            try await provider.decreaseTargetSize(of: "cloud", by: 1)
            #expect(try await provider.groups().first?.targetSize == 2)
            server.state.withLock { state in
                state.instances[0].state = 1
                state.instances[1].state = 3
                state.instances[2].error = ("QUOTA", "no more cores")
            }
            #expect(
                try await provider.instances(of: "cloud").map(\.state) == [
                    .running, .deleting, .failed(code: "QUOTA", message: "no more cores"),
                ])
            try await provider.delete(["n1"], in: "cloud")
            #expect(server.state.withLock { $0.deleted } == ["cloud://0 n1 cloud"])
        }
    }

    @Test func whatFailsOrHangsIsAnErrorInTime() async throws {
        server.state.withLock {
            $0.failures["NodeGroupIncreaseSize"] = "no quota in zone b"
            $0.hangs = ["Refresh"]
        }
        try await run(timeout: .milliseconds(300)) { provider in
            let refused = await #expect(throws: GRPCStatus.self) { try await provider.increaseSize(of: "cloud", by: 1) }
            #expect(refused?.description == "rpc error: code = Unavailable desc = no quota in zone b")
            let late = await #expect(throws: GRPCStatus.self) { try await provider.refresh() }
            #expect(late?.code == GRPCStatus.deadlineExceeded)
        }
    }

    /// The loop with it: nodes come under ids of the provider and are known by their providerID; while it is away nothing is
    /// lost, and when it refuses the group is left alone for a while.
    @Test func theLoopWithAProvider() async throws {
        let harness = Harness()
        try await server.run { port in
            let provider = ExternalProvider(
                CloudConfig(address: "127.0.0.1:\(port)", timeout: .seconds(5)), AutoscalerOptions(),
                clock: harness.clock
            ) { harness.world.get(Node.self, ObjectKey(name: $0)) }
            let autoscaler = AutoscalerLoop(
                harness.context, provider, AutoscalerOptions(), random: SplitMix64(seed: 3))
            func pass(until condition: () -> Bool) async throws {
                for _ in 0..<2_000 where !condition() {
                    harness.clock.advance(by: .seconds(5))
                    try await Task.sleep(for: .milliseconds(10))
                }
                try #require(condition())
            }
            func events(_ reason: String) -> [String] {
                harness.cluster.objects(Event.self).filter { $0.reason == reason }.compactMap(\.message)
            }
            try await harness.run([SchedulerLoop(harness.context), autoscaler]) {
                server.state.withLock { $0.failures["NodeGroupIncreaseSize"] = "no quota" }
                var new = pod("web-0")
                new.json["status"] = nil
                for field in ["uid", "creationTimestamp"] { new.json["metadata", field] = nil }
                _ = try await harness.cluster.create(new)
                try await pass { !events("FailedToScaleUpGroup").isEmpty }
                #expect(
                    events("FailedToScaleUpGroup") == [
                        "Scale-up failed for group cloud: rpc error: code = Unavailable desc = no quota"
                    ])
                // Away altogether, and back.
                server.state.withLock {
                    $0.failures = ["Refresh": "away"]
                    $0.calls = []
                }
                try await pass { server.state.withLock { $0.calls.count > 3 } }
                #expect(server.state.withLock { Set($0.calls) } == ["Refresh"])
                server.state.withLock { $0.failures = [:] }
                try await pass { server.state.withLock { $0.target == 1 } }
                var node = readyNode("n1", server.state.withLock { $0.template }, at: harness.clock.now.rfc3339)
                node.json["spec", "providerID"] = "cloud://0"
                try await harness.cluster.make(node)
                server.state.withLock { $0.instances[0].state = 1 }
                let key = ObjectKey(namespace: "default", name: "web-0")
                try await pass { harness.cluster.object(Pod.self, key)?.nodeName == "n1" }
                try await harness.cluster.delete(Pod.self, key, DeletionOptions(gracePeriodSeconds: 0))
                try await pass { server.state.withLock { !$0.deleted.isEmpty } }
                #expect(server.state.withLock { $0.deleted } == ["cloud://0 n1 cloud"])
                #expect(autoscaler.explainer.explanation("cloud")?["maxSize"]?.int == 5)
            }
        }
    }

    @Test func cloudConfigs() throws {
        let place = FileManager.default.temporaryDirectory.path + "/cloud-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: place) }
        func read(_ text: String) throws -> CloudConfig {
            try text.write(toFile: place, atomically: true, encoding: .utf8)
            return try CloudConfig(path: place)
        }
        let plain = try read("{address: 'provider:8086', grpc_timeout: 2s}")
        #expect(plain.address == "provider:8086" && plain.tls == nil && plain.timeout == .seconds(2))
        #expect(try read("{address: '[::1]:1', cacert: \(place)}").tls?.authorities?.isEmpty == false)
        for (text, sentence) in [
            ("{}", "address: must be a host and a port, such as provider:8086"),
            ("address: provider", "address: must be a host and a port, such as provider:8086"),
            ("address: 'a/b:1'", "address: must be a host and a port, such as provider:8086"),
            ("{address: 'p:1', key: /nowhere/key}", "key: the file /nowhere/key cannot be read"),
            ("{address: 'p:1', cert: \(place)}", "key: goes with cert"),
            ("{address: 'p:1', port: 3}", "port: is not known; known are address, cacert, cert, grpc_timeout, key"),
        ] {
            let fault = #expect(throws: NodeGroupsFile.Fault.self) { try read(text) }
            #expect(fault?.description == sentence)
        }
    }
}
