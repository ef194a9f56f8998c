import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Autoscalers

@Suite struct UsageTests {
    private let key = ObjectKey(namespace: "n", name: "p")
    private static func at(_ seconds: Int64) -> Instant { Instant(secondsSince1970: 1_000_000 + seconds) }

    private static func usage(_ seconds: Int64, node: Int, pod: Int, started: Int64 = -1_000) -> NodeUsage {
        func amount(_ milliseconds: Int) -> NodeUsage.Amount {
            NodeUsage.Amount(
                time: at(seconds), processorNanoseconds: milliseconds * 1_000_000, workingSetBytes: 3 << 20)
        }
        return NodeUsage(
            amount: amount(node),
            pods: [
                .init(
                    namespace: "n", name: "p",
                    containers: [.init(name: "c", startedAt: at(started), amount: amount(pod))])
            ])
    }

    @Test func ratesAreBetweenTwoCounts() {
        var table = UsageTable()
        table.heard(Self.usage(0, node: 1_000, pod: 500), of: "a", 0)
        #expect(table.node("a") == nil && table.pod(key) == nil)
        table.heard(Self.usage(10, node: 6_000, pod: 1_500), of: "a", 10)
        #expect(table.node("a")?.nanocores == 500_000_000)
        #expect(table.pod(key)?.containers.first?.rate.nanocores == 100_000_000)
        #expect(table.pod(key)?.window == .seconds(10))
        // Asked again at once: what was known stays.
        table.heard(Self.usage(10, node: 6_000, pod: 1_500), of: "a", 10)
        #expect(table.node("a")?.nanocores == 500_000_000)
        // The container began anew, and says nothing until it was counted twice or is ten seconds old.
        table.heard(Self.usage(20, node: 7_000, pod: 100, started: 15), of: "a", 20)
        #expect(table.pod(key) == nil && table.node("a")?.nanocores == 100_000_000)
        table.heard(Self.usage(30, node: 8_000, pod: 1_100, started: 15), of: "a", 30)
        #expect(table.pod(key)?.containers.first?.rate.nanocores == 100_000_000)
        // The clock was set back: no rate, and then again one.
        table.heard(Self.usage(-500, node: 9_000, pod: 2_000, started: 15), of: "a", 40)
        #expect(table.node("a") == nil && table.pod(key) == nil)
        table.heard(Self.usage(-490, node: 10_000, pod: 3_000, started: 15), of: "a", 50)
        #expect(table.node("a")?.nanocores == 100_000_000)
        table.keep(only: ["a"], heardSince: 51)
        #expect(table.node("a") == nil && table.pod(key) == nil)
    }

    @Test func aYoungContainerIsCountedFromItsStart() {
        var table = UsageTable()
        table.heard(Self.usage(20, node: 0, pod: 1_000, started: 0), of: "a", 20)
        #expect(table.pod(key)?.containers.first?.rate.nanocores == 50_000_000)
    }

    @Test func aNodesPageIsRead() throws {
        let text = """
            # TYPE container_cpu_usage_seconds_total counter
            container_cpu_usage_seconds_total{container="c",namespace="n",pod="p"} 1.5 1000000000
            # TYPE container_memory_working_set_bytes gauge
            container_memory_working_set_bytes{container="c",namespace="n",pod="p"} 2.097152e+06 1000000000
            # TYPE container_start_time_seconds gauge
            container_start_time_seconds{container="c",namespace="n",pod="p"} 999000
            # TYPE node_cpu_usage_seconds_total counter
            node_cpu_usage_seconds_total 100 1000000000
            # TYPE node_memory_working_set_bytes gauge
            node_memory_working_set_bytes 1e+09 1000000000

            """
        let usage = try NodeUsage(resourcePage: Array(text.utf8), now: Self.at(5))
        #expect(usage.amount.processorNanoseconds == 100_000_000_000)
        #expect(usage.amount.time == Self.at(0))
        let container = try #require(usage.pods.first?.containers.first)
        #expect(container.amount.processorNanoseconds == 1_500_000_000)
        #expect(container.amount.workingSetBytes == 2 << 20)
        #expect(container.startedAt == Self.at(-1_000))
        #expect(throws: ExpositionError.self) { _ = try NodeUsage(resourcePage: [], now: Self.at(0)) }
    }

    // MARK: Served

    private struct Source: NodeUsageSource {
        let clock: ManualClock
        func usage(ofNode name: String) async throws -> NodeUsage {
            if name == "silent" { throw MetricFailure("silent") }
            let seconds = Int(clock.uptime / 1_000_000_000)
            func amount(_ share: Int) -> NodeUsage.Amount {
                NodeUsage.Amount(
                    time: clock.now, processorNanoseconds: seconds * share * 1_000_000, workingSetBytes: 10 << 20)
            }
            return NodeUsage(
                amount: amount(700),
                pods: [
                    .init(
                        namespace: "n", name: "p",
                        containers: [
                            .init(name: "a", startedAt: nil, amount: amount(120)),
                            .init(name: "b", startedAt: nil, amount: amount(30)),
                        ])
                ])
        }
    }

    private func collected() async throws -> (CollectedUsage, UsageGroup) {
        let clock = ManualClock()
        let world = World(TestCluster())
        world.load([
            Node(["metadata": ["name": "node-1", "labels": ["zone": "a"]]]), Node(["metadata": ["name": "silent"]]),
        ])
        world.load([
            Pod(["metadata": ["name": "p", "namespace": "n", "labels": ["app": "web"]]]),
            Pod(["metadata": ["name": "q", "namespace": "n"]]),
        ])
        let context = LoopContext(world: world, api: TestCluster(), clock: clock)
        let collector = UsageCollector(context, source: Source(clock: clock))
        await collector.ask()
        clock.advance(by: .milliseconds(15_500))
        await collector.ask()
        return (collector.usage, UsageGroup(collector.usage, clock: clock))
    }

    @Test func whatIsUsedIsServed() async throws {
        let (usage, group) = try await collected()
        guard case .list("NodeMetricsList", let nodes) = try await group.answer(.init(resource: "nodes")) else {
            Issue.record("no list")
            return
        }
        #expect(nodes.count == 1)
        #expect(nodes[0]["usage", "memory"]?.string == "10Mi")
        #expect(nodes[0]["metadata", "labels", "zone"]?.string == "a")
        #expect(nodes[0]["window"]?.string == "15.5s")
        guard case .object(let pod) = try await group.answer(.init(resource: "pods", namespace: "n", name: "p")) else {
            Issue.record("no object")
            return
        }
        #expect(pod["kind"]?.string == "PodMetrics" && pod["apiVersion"]?.string == "metrics.k8s.io/v1beta1")
        #expect(pod["containers"]?.elements.compactMap { $0["name"]?.string } == ["a", "b"])
        func count(_ question: ProvidedQuestion) async throws -> Int {
            guard case .list(_, let items) = try await group.answer(question) else { return -1 }
            return items.count
        }
        #expect(try await count(.init(resource: "pods")) == 1)
        #expect(try await count(.init(resource: "pods", namespace: "other")) == 0)
        #expect(try await count(.init(resource: "pods", labels: try LabelSelector(parsing: "app=web"))) == 1)
        #expect(try await count(.init(resource: "pods", labels: try LabelSelector(parsing: "app=db"))) == 0)
        #expect(try await count(.init(resource: "pods", fields: try FieldSelector(parsing: "metadata.name=q"))) == 0)
        await #expect(throws: StatusError.self) {
            _ = try await group.answer(.init(resource: "pods", fields: try FieldSelector(parsing: "spec.nodeName=x")))
        }
        do {
            _ = try await group.answer(.init(resource: "pods", namespace: "n", name: "q"))
            Issue.record("found")
        } catch let error as StatusError {
            #expect(error.message == "podmetrics.metrics.k8s.io \"n/q\" not found")
        }
        let samples = try usage.samples(of: "cpu", container: nil, namespace: "n", .everything)
        #expect((140...150).contains(samples["p"]?.value ?? 0))
        #expect(throws: MetricFailure("no metrics returned from resource metrics API")) {
            _ = try usage.samples(of: "cpu", container: nil, namespace: "other", .everything)
        }
    }

    @Test(arguments: [(15_003, "15.003s"), (15_000, "15s"), (60_000, "1m0s"), (3_661_500, "1h1m1.5s"), (0, "0s")])
    func windowsAreWrittenAsGoWritesThem(_ milliseconds: Int, _ text: String) {
        #expect(Duration.milliseconds(milliseconds).goText == text)
    }
}
