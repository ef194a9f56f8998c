import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import Scheduler

@Suite struct ExplainTests {
    let harness = Harness()
    let explainer = SchedulingExplainer()

    @Test(.timeLimit(.minutes(1))) func everyNodeIsExplained() async throws {
        let loop = SchedulerLoop(
            harness.context, SchedulerConfiguration(), explainer, random: SplitMix64(seed: 7))
        try await harness.run([loop]) {
            try await harness.cluster.make(node("large", cpu: "8"))
            try await harness.cluster.make(node("small", cpu: "1"))
            try await harness.cluster.make(node("cordoned") { $0.json["spec"] = ["unschedulable": true] })
            _ = try await harness.cluster.create(pod("placed", cpu: "2"))
            try await harness.wait(Pod.self) { $0.first?.spec.nodeName == "large" }
            _ = try await harness.cluster.create(pod("waiting", cpu: "20"))
            try await harness.wait(Event.self) { $0.contains { $0.reason == "FailedScheduling" } }

            let placed = try await explainer.explain(key("placed"))
            #expect(placed["state"]?.string == "scheduled" && placed["node"]?.string == "large")
            let nodes = placed["nodes"]?.elements ?? []
            #expect(nodes.map { $0["name"]?.string } == ["large", "cordoned", "small"])
            #expect(nodes.first?["fits"]?.bool == true && nodes.first?["scores"]?.count ?? 0 > 1)
            #expect(nodes[1]["refusedBy"]?[0]["plugin"]?.string == "NodeUnschedulable")
            #expect(nodes[2]["refusedBy"]?[0]["reasons"]?[0].string == "Insufficient cpu")

            let waiting = try await explainer.explain(key("waiting"))
            #expect(waiting["state"]?.string == "unschedulable" && waiting["attempts"]?.int == 1)
            #expect(
                waiting["message"]?.string?.hasPrefix(
                    "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.") == true)
            await #expect(throws: StatusError.self) { try await explainer.explain(key("nobody")) }
            // To explain is not to decide.
            #expect(harness.cluster.object(Pod.self, key("waiting"))?.spec.nodeName == nil)
        }
        // No scheduler runs any more.
        let error = await #expect(throws: StatusError.self) { try await explainer.explain(key("placed")) }
        #expect(error?.code == 503)
    }

    @Test(.timeLimit(.minutes(1))) func everyProfileDecidesInItsOwnWay() async throws {
        let text = """
            apiVersion: kubescheduler.config.k8s.io/v1
            kind: KubeSchedulerConfiguration
            profiles:
            - schedulerName: default-scheduler
            - schedulerName: packed
              pluginConfig:
              - {name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated}}}
              plugins:
                score:
                  disabled: [{name: NodeResourcesBalancedAllocation}]
            """
        let configuration = try SchedulerConfiguration(try YAML.document(Array(text.utf8)).value)
        let loop = SchedulerLoop(harness.context, configuration, random: SplitMix64(seed: 7))
        try await harness.run([loop]) {
            try await harness.cluster.make(node("a", cpu: "8"))
            try await harness.cluster.make(node("b", cpu: "8"))
            _ = try await harness.cluster.create(pod("first", cpu: "2") { $0.json["spec", "nodeSelector"] = nil })
            try await harness.wait(Pod.self) { $0.first?.spec.nodeName != nil }
            let taken = try #require(harness.cluster.object(Pod.self, key("first"))?.spec.nodeName)
            _ = try await harness.cluster.create(pod("apart", cpu: "1"))
            _ = try await harness.cluster.create(pod("close", cpu: "1") { $0.spec.schedulerName = "packed" })
            _ = try await harness.cluster.create(pod("nobodys", cpu: "1") { $0.spec.schedulerName = "other" })
            try await harness.wait(Pod.self) { $0.filter { $0.spec.nodeName != nil }.count == 3 }
            #expect(harness.cluster.object(Pod.self, key("close"))?.spec.nodeName == taken)
            #expect(harness.cluster.object(Pod.self, key("apart"))?.spec.nodeName != taken)
            #expect(harness.cluster.object(Pod.self, key("nobodys"))?.spec.nodeName == nil)
        }
    }
}
