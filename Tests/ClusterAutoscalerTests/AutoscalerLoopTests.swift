import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Scheduler
import Testing

@testable import ClusterAutoscaler

/// The loop on the real server, beside the real scheduler, by the test's clock.
@Suite(.timeLimit(.minutes(2))) struct AutoscalerLoopTests {
    let harness = Harness()

    private func run(
        _ provider: TestProvider, _ options: AutoscalerOptions = AutoscalerOptions(), _ body: () async throws -> Void
    ) async throws {
        let autoscaler = AutoscalerLoop(harness.context, provider, options, random: SplitMix64(seed: 3))
        try await harness.run([SchedulerLoop(harness.context), autoscaler], body)
    }

    /// Lets the clock go on, five seconds at a time, until the condition holds; fails after so much of the clock's time.
    private func pass(_ limit: Duration, until condition: () -> Bool) async throws {
        let start = harness.clock.now
        while !condition() {
            try #require(harness.clock.now - start < limit, "nothing came of \(limit)")
            harness.clock.advance(by: .seconds(5))
            try await Task.sleep(for: .milliseconds(10))
            // There is no kubelet that would end what was evicted.
            for pod in harness.cluster.objects(Pod.self) where pod.isBeingDeleted {
                try? await harness.cluster.delete(
                    Pod.self, pod.key, DeletionOptions(uid: pod.uid, gracePeriodSeconds: 0))
            }
        }
    }
    private func pass(_ time: Duration) async throws {
        let end = harness.clock.now + time
        try await pass(time + .seconds(10)) { harness.clock.now >= end }
    }

    private func create(_ pods: [Pod]) async throws {
        for pod in pods {
            var new = pod
            new.json["status"] = nil
            for field in ["uid", "creationTimestamp"] { new.json["metadata", field] = nil }
            _ = try await harness.cluster.create(new)
        }
    }
    private func events(_ reason: String) -> [String] {
        harness.cluster.objects(Event.self).filter { $0.reason == reason }.compactMap(\.message)
    }
    private var bound: Int { harness.cluster.objects(Pod.self).filter { !$0.nodeName.isEmpty }.count }
    private var nodes: [String] { harness.cluster.objects(Node.self).map(\.name) }
    private var status: String {
        harness.cluster.object(ConfigMap.self, ObjectKey(namespace: "kube-system", name: "cluster-autoscaler-status"))?
            .json["data", "status"]?.string ?? ""
    }

    @Test func nodesComeForPodsAndGoWithThem() async throws {
        let provider = TestProvider([group("a", min: 1, max: 5)], in: harness.cluster)
        try await run(provider) {
            try await create((0..<6).map { pod("web-\($0)", cpu: "1") })
            try await pass(.seconds(120)) { bound == 6 }
            #expect(provider.log == ["a +3"] && nodes.count == 3)
            try await pass(.seconds(60)) { events("TriggeredScaleUp").count == 6 }
            #expect(
                events("TriggeredScaleUp") == Array(repeating: "pod triggered scale-up: [{a 0->3 (max: 5)}]", count: 6))
            try await pass(.seconds(30)) { status.contains("autoscalerStatus: Running") && status.contains("ready: 3") }

            for pod in harness.cluster.objects(Pod.self) {
                try await harness.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
            }
            let left = harness.clock.now
            try await pass(.seconds(900)) { nodes.count == 1 }
            // Not before they were unneeded for ten minutes.
            #expect(harness.clock.now - left >= .seconds(590))
            try await pass(.seconds(900))
            #expect(nodes.count == 1 && provider.log.count == 3)
        }
    }

    @Test func aNodeWithLittleOnItIsEmptiedWithinBudgets() async throws {
        let provider = TestProvider([group("a", max: 5)], in: harness.cluster)
        var options = AutoscalerOptions()
        options.scaleDownDelayAfterAdd = .seconds(60)
        options.scaleDownUnneededTime = .seconds(120)
        try await run(provider, options) {
            try await create((0..<4).map { pod("web-\($0)", cpu: "900m") })
            try await pass(.seconds(120)) { bound == 4 }
            #expect(nodes.count == 2)
            // One of each node goes: the two that are left fit on one.
            var seen: Set<String> = []
            for pod in harness.cluster.objects(Pod.self) where seen.insert(pod.nodeName).inserted {
                try await harness.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
            }
            try await pass(.seconds(600)) { nodes.count == 1 }
            #expect(events("ScaleDown").contains { $0.contains("pods to reschedule: default/web-") })
            let survivors = harness.cluster.objects(Pod.self)
            #expect(survivors.count == 1 && survivors.allSatisfy { nodes.contains($0.nodeName) })
        }
    }

    @Test func aProviderThatRefusesIsLeftAloneForAWhile() async throws {
        let provider = TestProvider([group("a")], in: harness.cluster)
        provider.state.withLock { $0.refusal = "no quota" }
        try await run(provider) {
            try await create([pod("web-0")])
            try await pass(.seconds(60)) { !events("FailedToScaleUpGroup").isEmpty }
            #expect(events("FailedToScaleUpGroup") == ["Scale-up failed for group a: no quota"])
            provider.state.withLock { $0.refusal = nil }
            try await pass(.seconds(240))
            #expect(provider.log.isEmpty && status.contains("errorMessage: no quota"))
            #expect(events("NotTriggerScaleUp").contains { $0.contains("1 in backoff after failed scale-up") })
            try await pass(.seconds(120)) { bound == 1 }
            #expect(provider.log == ["a +1"])
        }
    }

    @Test func nodesThatDoNotComeAreGivenUp() async throws {
        let provider = TestProvider([group("a")], in: harness.cluster)
        provider.state.withLock { $0.isStuck = true }
        try await run(provider) {
            try await create([pod("web-0")])
            try await pass(.seconds(60)) { provider.log == ["a +1"] }
            // Only one is asked for, however long it takes.
            try await pass(.seconds(600))
            #expect(provider.log == ["a +1"])
            try await pass(.seconds(600)) { provider.log.count > 1 }
            #expect(provider.log.prefix(2) == ["a +1", "a target -1"])
        }
    }

    @Test func nothingIsDoneWhileTheClusterIsIll() async throws {
        let provider = TestProvider([group("a", target: 8)], in: harness.cluster)
        let names = (0..<8).map { "a-x\($0)" }
        provider.state.withLock { $0.instances["a"] = names.map { NodeInstance(name: $0, state: .running) } }
        try await run(provider) {
            for (index, name) in names.enumerated() {
                try await harness.cluster.make(readyNode(name, isReady: index > 3, at: nil))
            }
            // Since long after they came.
            for name in names.prefix(4) {
                try await harness.cluster.edit(Node.self, ObjectKey(name: name)) {
                    $0.json["status", "conditions"] = [
                        ["type": "Ready", "status": "Unknown", "lastTransitionTime": "2026-01-02T00:00:00Z"]
                    ]
                }
            }
            try await pass(.seconds(30)) { status.contains("status: Unhealthy") }
            try await pass(.seconds(2_000))
            #expect(provider.log.isEmpty)
        }
    }
}
