import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import Foundation
import KubeAPI
import Testing

@testable import Kubelet

/// Real processes held to their limits by the machine's control groups.
@Suite(.enabled(if: NodeFixture.machineCgroups != nil), .timeLimit(.minutes(5))) struct ResourcePodTests {
    private func node(_ index: Int, _ change: @escaping @Sendable (inout KubeletConfiguration) -> Void = { _ in })
        -> NodeFixture
    {
        NodeFixture(index: index, cgroups: NodeFixture.machineCgroups, change)
    }
    private static func limited(_ pod: inout Pod, _ resources: String) {
        var container = pod.spec.containers[0].json
        container["resources"] = ResourcePolicyTests.resources(resources)
        pod.json["spec", "containers"] = [container]
    }
    private static func cgroup(_ node: NodeFixture, _ pod: Pod) -> String {
        CgroupNames(root: node.cgroupRoot).of(pod)
    }
    private static func resize(_ node: NodeFixture, _ name: String, _ resources: String) async throws {
        let key = ObjectKey(namespace: "default", name: name)
        let patch: JSON = [
            "spec": ["containers": [["name": "main", "resources": ResourcePolicyTests.resources(resources)]]]
        ]
        _ = try await node.cluster.patch(Pod.resource, key, .strategicMerge, patch, subresource: .resize)
    }

    @Test func aPodHasACgroupOfItsClassForAsLongAsItRuns() async throws {
        let node = node(90)
        let tree = try #require(NodeFixture.machineCgroups)
        try await node.with { _ in
            let script = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
            let names = CgroupNames(root: node.cgroupRoot)
            for (name, resources, quality) in [
                ("sure", "100m 64Mi / 100m 64Mi", QoSClass.guaranteed), ("some", "200m - / - -", .burstable),
                ("none", "- - / - -", .bestEffort),
            ] {
                let pod = try await node.pod(name, script: script) { Self.limited(&$0, resources) }
                try await node.wait(name) { $0?.isReady == true }
                #expect(tree.children(names.of(quality)).contains("pod" + pod.uid), "\(name)")
                #expect(tree.usage(Self.cgroup(node, pod)).map { $0.memoryBytes > 0 } == true)
            }
            let sure = try #require(try await node.wait("sure") { $0 != nil })
            #expect(tree.memoryLimit(Self.cgroup(node, sure)) == 64 << 20)
            #expect(tree.cpuQuota(Self.cgroup(node, sure)) == 10_000)
            for name in ["sure", "some", "none"] {
                try await node.cluster.delete(Pod.self, ObjectKey(namespace: "default", name: name))
                try await node.wait(name) { $0 == nil }
            }
            for quality in names.all {
                #expect(tree.children(names.of(quality)).filter { $0.hasPrefix("pod") } == [])
            }
        }
        #expect(!tree.exists(node.cgroupRoot))
    }

    @Test func whatTheKernelKillsForWantOfMemoryIsToldSo() async throws {
        let node = node(91)
        try await node.with { _ in
            try await node.pod("greedy", script: "x=aaaaaaaa; while :; do x=$x$x; done") {
                Self.limited(&$0, "10m 24Mi / - 24Mi")
                $0.spec.restartPolicy = "Never"
            }
            let pod = try await node.wait("greedy") { $0?.phase == "Failed" }
            let ended = pod?.main?.state?.terminated
            #expect(ended?.reason == "OOMKilled" && ended?.exitCode == 137)
        }
    }

    @Test func limitsChangeWhileAPodRuns() async throws {
        let node = node(92)
        let tree = try #require(NodeFixture.machineCgroups)
        try await node.with { _ in
            let pod = try await node.pod("web", script: "trap 'exit 0' TERM; while :; do sleep 0.1; done") {
                Self.limited(&$0, "100m 32Mi / 100m 32Mi")
            }
            try await node.wait("web") { $0?.isReady == true }
            let path = Self.cgroup(node, pod)
            for (resources, bytes, quota) in [
                ("200m 64Mi / 200m 64Mi", 64 << 20, 20_000), ("50m 48Mi / 50m 48Mi", 48 << 20, 5_000),
            ] {
                try await Self.resize(node, "web", resources)
                let wanted = ResourcePolicyTests.resources(resources)
                let resized = try await node.wait("web") { pod in
                    pod?.main?.resources?.limits["memory"] == wanted["limits", "memory"]?.string
                        && pod?.conditionStatus("PodResizeInProgress") == nil
                        && pod?.status.observedGeneration == pod?.metadata.generation
                }
                #expect(resized?.main?.restartCount == 0)
                #expect(resized?.main?.allocatedResources == wanted["requests"]?.stringMap)
                let container = try #require(resized?.main?.containerID?.split(separator: "/").last)
                for group in [path, "\(path)/\(container)"] {
                    #expect(tree.memoryLimit(group) == bytes)
                    #expect(tree.cpuQuota(group) == quota)
                }
            }
            // Less than it uses is refused, told, and changes nothing.
            try await Self.resize(node, "web", "50m 4Ki / 50m 4Ki")
            let failed = try await node.wait("web") {
                $0?.condition("PodResizeInProgress")?["reason"]?.string == "Error"
            }
            let message = failed?.condition("PodResizeInProgress")?["message"]?.string ?? ""
            #expect(message.hasPrefix("cannot decrease memory limits: "))
            #expect(message.contains("memory limit (4096) below current usage"))
            #expect(tree.memoryLimit(path) == 48 << 20)
            let reasons = Set(node.events.compactMap(\.reason))
            #expect(reasons.isSuperset(of: ["ResizeStarted", "ResizeCompleted"]))
        }
    }

    /// A pod that has all of the node's processors but for 200 thousandths.
    private static func fill(_ node: NodeFixture) async throws {
        let allocatable = try await node.cluster.get(Node.self, ObjectKey(name: "node-1")).status.allocatable["cpu"]
        let most = try Quantity(try #require(allocatable)).milliValue
        try await node.pod("fills", script: "sleep 100") { limited(&$0, "\(most - 200)m - / - -") }
        try await node.wait("fills") { $0?.isReady == true }
    }

    @Test func moreThanTheNodeHasLeftWaits() async throws {
        let node = node(93)
        try await node.with { _ in
            try await node.pod("web", script: "sleep 100") { Self.limited(&$0, "100m 32Mi / 100m 32Mi") }
            try await node.wait("web") { $0?.isReady == true }
            try await Self.fill(node)
            try await Self.resize(node, "web", "500m 32Mi / 500m 32Mi")
            let waiting = try await node.wait("web") { $0?.condition("PodResizePending") != nil }
            let condition = waiting?.condition("PodResizePending")
            #expect(condition?["reason"]?.string == "Deferred")
            #expect(
                condition?["message"]?.string?.hasPrefix(
                    "Node didn't have enough resource: cpu, requested: 500, used: ")
                    == true)
            #expect(waiting?.main?.resources?.limits["cpu"] == "100m")
            try await Self.resize(node, "web", "100m 32Mi / 100m 32Mi")
            try await node.wait("web") { $0?.condition("PodResizePending") == nil }
        }
    }

    /// What was agreed to and what waits outlive the kubelet; cgroups of pods that went meanwhile do not.
    @Test func aNewKubeletKnowsWhatWasAgreedTo() async throws {
        let node = node(94)
        let tree = try #require(NodeFixture.machineCgroups)
        try await node.with(cleans: false) { _ in
            for name in ["stays", "goes"] {
                try await node.pod(name, script: "sleep 100") { Self.limited(&$0, "100m 32Mi / 100m 32Mi") }
                try await node.wait(name) { $0?.isReady == true }
            }
            try await Self.fill(node)
            try await Self.resize(node, "stays", "500m 32Mi / 500m 32Mi")
            try await node.wait("stays") { $0?.condition("PodResizePending") != nil }
        }
        try await node.cluster.delete(
            Pod.self, ObjectKey(namespace: "default", name: "goes"), DeletionOptions(gracePeriodSeconds: 0))
        try await node.with { _ in
            try await node.wait("stays") { $0?.isReady == true }
            let names = CgroupNames(root: node.cgroupRoot)
            let stays = try #require(try await node.wait("stays") { $0 != nil })
            try await wait { tree.children(names.pods).filter { $0.hasPrefix("pod") } == ["pod" + stays.uid] }
            #expect(stays.main?.restartCount == 0)
            #expect(tree.cpuQuota(names.of(stays)) == 10_000)
            #expect(stays.main?.allocatedResources["cpu"] == "100m")
        }
    }
    private func wait(_ condition: () -> Bool) async throws {
        for _ in 0..<200 where !condition() { try await Task.sleep(for: .milliseconds(50)) }
        #expect(condition())
    }

    @Test func noMoreProcessesThanThePodMayHave() async throws {
        let node = node(95) { $0.podMaxPids = 4 }
        try await node.with { kubelet in
            let script = "for i in 1 2 3 4 5 6; do sleep 100 & done; echo all"
            let pod = try await node.pod("forks", script: script) { $0.spec.restartPolicy = "Never" }
            let ended = try await node.wait("forks") { $0?.phase == "Failed" }
            #expect(ended?.main?.state?.terminated?.exitCode != 0)
            #expect(try await !node.log(kubelet, pod).split(separator: "\n").contains("all"))
        }
    }

    @Test func aPodThatHoldsMoreOfTheDiskThanItMayGoes() async throws {
        let node = node(96)
        try await node.with { kubelet in
            try await node.pod("writer", script: "head -c 3000000 /dev/zero >/tmp/all; sleep 100") {
                $0.json["spec", "containers"] = JSON(
                    $0.spec.containers.map { container in
                        var container = container.json
                        container["resources"] = ["limits": ["ephemeral-storage": "1Mi"]]
                        return container
                    })
            }
            try await node.wait("writer") { $0?.isReady == true }
            var pod: Pod?
            for _ in 0..<100 where pod?.phase != "Failed" {
                for worker in await kubelet.workers.values { await worker.checkUsage() }
                try await Task.sleep(for: .milliseconds(100))
                pod = node.world.get(Pod.self, ObjectKey(namespace: "default", name: "writer"))
            }
            #expect(pod?.status.reason == "Evicted")
            #expect(
                pod?.status.message == "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ")
        }
    }

    @Test func aNodeShortOfMemorySaysSoAndHasAPodGo() async throws {
        let node = node(97) { $0.evictionThresholds = (try? EvictionThreshold.list("memory.available<100Mi")) ?? [] }
        let observed: @Sendable () -> [EvictionSignal: EvictionObservation] = {
            [.memory: EvictionObservation(available: 50 << 20, capacity: 1 << 30)]
        }
        try await node.with(runtime: try await node.runtime(), observe: observed) { kubelet in
            try await node.pod("web", script: "sleep 100")
            try await node.wait("web") { $0?.isReady == true }
            await kubelet.checkPressure()
            let pod = try await node.wait("web") { $0?.phase == "Failed" }
            #expect(pod?.status.reason == "Evicted")
            #expect(
                pod?.status.message?.hasPrefix(
                    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container main was using "
                )
                    == true)
            #expect(pod?.condition("DisruptionTarget")?["reason"]?.string == "TerminationByKubelet")
            try await node.world.cache(Node.resource).wait(until: ObjectKey(name: "node-1")) { json in
                let conditions = json?["status", "conditions"]?.elements ?? []
                return conditions.contains {
                    $0["type"]?.string == "MemoryPressure" && $0["status"]?.string == "True"
                        && $0["reason"]?.string == "KubeletHasInsufficientMemory"
                }
            }
            // It takes no more pods that ask for nothing.
            try await node.pod("next", script: "sleep 100")
            let refused = try await node.wait("next") { $0?.phase == "Failed" }
            #expect(
                refused?.status.message == "Pod was rejected: The node had condition: [MemoryPressure]. ")
        }
    }
}
