import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import Scheduler

func node(
    _ name: String, cpu: String = "4", memory: String = "8Gi", pods: Int = 110, _ edit: (inout Node) -> Void = { _ in }
)
    -> Node
{
    var node = Node {
        $0.metadata = ObjectMeta { $0.name = name }
        $0.json["spec"] = .object
        $0.json["status"] = [
            "allocatable": ["cpu": JSON(cpu), "memory": JSON(memory), "pods": JSON(String(pods))]
        ]
    }
    edit(&node)
    return node
}

func pod(_ name: String, cpu: String? = nil, memory: String? = nil, _ edit: (inout Pod) -> Void = { _ in }) -> Pod {
    var pod = Pod {
        $0.metadata = ObjectMeta {
            $0.namespace = "default"; $0.name = name
        }
        var requests: JSON = .object
        if let cpu { requests["cpu"] = JSON(cpu) }
        if let memory { requests["memory"] = JSON(memory) }
        $0.json["spec"] = [
            "schedulerName": "default-scheduler",
            "containers": [["name": "app", "image": "app:1", "resources": ["requests": requests]]],
        ]
    }
    edit(&pod)
    return pod
}
func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

@Suite struct SchedulerLoopTests {
    let harness = Harness()
    var loop: SchedulerLoop { SchedulerLoop(harness.context, Profile(), random: SplitMix64(seed: 7)) }

    @Test(.timeLimit(.minutes(1))) func bindsAndSaysSo() async throws {
        try await harness.run([loop]) {
            try await harness.cluster.make(node("n1"))
            for number in 1...20 { _ = try await harness.cluster.create(pod("p\(number)", cpu: "100m")) }
            try await harness.wait(Pod.self) { $0.count == 20 && $0.allSatisfy { $0.spec.nodeName == "n1" } }
            try await harness.wait(Event.self) { $0.count == 20 }
            let event = try #require(harness.cluster.objects(Event.self).first)
            #expect(event.reason == "Scheduled" && event.message?.hasPrefix("Successfully assigned default/p") == true)
        }
    }

    @Test(.timeLimit(.minutes(1))) func saysWhyNotAndTriesAgainWhenThereIsRoom() async throws {
        try await harness.run([loop]) {
            try await harness.cluster.make(node("n1", cpu: "1"))
            try await harness.cluster.make(
                node("n2") { $0.json["spec"] = ["taints": [["key": "k", "effect": "NoSchedule"]]] })
            try await harness.cluster.make(node("n3") { $0.json["spec"] = ["unschedulable": true] })
            _ = try await harness.cluster.create(pod("a", cpu: "800m"))
            try await harness.wait(Pod.self) { $0[0].spec.nodeName == "n1" }
            _ = try await harness.cluster.create(pod("b", cpu: "800m"))
            let sentence =
                "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable."
                + " no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for "
                + "incoming pod, 2 Preemption is not helpful for scheduling."
            try await harness.wait(Pod.self) { pods in
                pods.contains { $0.name == "b" && $0.json["status", "conditions"]?[0]["message"]?.string == sentence }
            }
            try await harness.wait(Event.self) {
                $0.contains { $0.reason == "FailedScheduling" && $0.message == sentence }
            }
            // Room is made; after its back-off the pod comes back.
            try await harness.cluster.delete(Pod.self, key("a"), .init(gracePeriodSeconds: 0))
            while harness.cluster.object(Pod.self, key("b"))?.spec.nodeName != "n1" {
                harness.clock.advance(by: .seconds(1))
                await Task.yield()
            }
        }
    }

    /// Who waits for company is woken when it comes, and not by others.
    @Test(.timeLimit(.minutes(1))) func companyWakesWhoWaitsForIt() async throws {
        try await harness.run([loop]) {
            try await harness.cluster.make(node("n1") { $0.metadata.labels = ["host": "n1"] })
            let term: JSON = ["topologyKey": "host", "labelSelector": ["matchLabels": ["app": "db"]]]
            _ = try await harness.cluster.create(
                pod("web") {
                    $0.json["spec", "affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution"] = [
                        term
                    ]
                })
            func attempts() -> Int {
                harness.cluster.objects(Event.self).filter { $0.involvedObject?.name == "web" }.reduce(0) {
                    $0 + ($1.json["count"]?.int ?? 1)
                }
            }
            try await harness.wait(Event.self) { _ in attempts() == 1 }
            harness.clock.advance(by: .seconds(2))
            _ = try await harness.cluster.create(pod("other"))
            try await harness.wait(Pod.self) { $0.contains { $0.name == "other" && $0.spec.nodeName == "n1" } }
            _ = try await harness.cluster.create(pod("db") { $0.metadata.labels = ["app": "db"] })
            try await harness.wait(Pod.self) { $0.contains { $0.name == "web" && $0.spec.nodeName == "n1" } }
            // It was not tried in vain.
            #expect(attempts() <= 2)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aFailedBindingGivesTheRoomBack() async throws {
        harness.cluster.fail("binding", Pod.resource, with: .internalError("no"))
        try await harness.run([loop]) {
            try await harness.cluster.make(node("n1", cpu: "1"))
            _ = try await harness.cluster.create(pod("a", cpu: "800m"))
            try await harness.wait(Event.self) { $0.contains { $0.message?.hasPrefix("binding rejected") == true } }
            // The room is free again for another, who comes before the first has waited out its back-off.
            _ = try await harness.cluster.create(pod("b", cpu: "800m"))
            try await harness.wait(Pod.self) { $0.contains { $0.name == "b" && $0.spec.nodeName == "n1" } }
            #expect(harness.cluster.object(Pod.self, key("a"))?.spec.nodeName == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func othersPodsAndGatedOnesAreLeftAlone() async throws {
        try await harness.run([loop]) {
            try await harness.cluster.make(node("n1"))
            _ = try await harness.cluster.create(pod("other") { $0.spec.schedulerName = "mine" })
            _ = try await harness.cluster.create(pod("gated") { $0.json["spec", "schedulingGates"] = [["name": "g"]] })
            _ = try await harness.cluster.create(pod("plain"))
            try await harness.wait(Pod.self) { $0.contains { $0.name == "plain" && $0.spec.nodeName == "n1" } }
            #expect(harness.cluster.object(Pod.self, key("gated"))?.spec.nodeName == nil)
            try await harness.cluster.edit(Pod.self, key("gated")) { $0.json["spec", "schedulingGates"] = nil }
            try await harness.wait(Pod.self) { $0.contains { $0.name == "gated" && $0.spec.nodeName == "n1" } }
            #expect(harness.cluster.object(Pod.self, key("other"))?.spec.nodeName == nil)
        }
    }
}
