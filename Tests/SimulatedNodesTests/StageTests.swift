import APIMachinery
import KubeAPI
import Testing

@testable import SimulatedNodes

/// Stages as they are written and as they are read.
@Suite struct StageTests {
    private func stages(_ text: String) throws -> SimulationStages { try SimulationStages(yaml: Array(text.utf8)) }
    private func failure(_ text: String) -> String {
        do { _ = try stages(text) } catch { return "\(error)" }
        return ""
    }

    @Test func everythingThatCanBeSaidIsRead() throws {
        let read = try stages(
            """
            seed: 7
            nodes:
              capacity: {cpu: "4", pods: "20", example.com/gpu: "2"}
              labels: {disk: ssd}
              zones: 3
              heartbeat: 5s
              stages:
              - {name: flaky, names: [node-1*], share: 0.5, silent: {after: 1m, for: {from: 10s, to: 20s}, times: 2}}
            pods:
            - name: broken
              match: {namespaces: [a, b], labels: "app in (x, y)", owners: [Job], annotations: {k: v}, share: 0.2}
              image: {pull: 300ms, failures: 2}
              start: {from: 1s, to: 3s}
              initialization: 1s
              startup: 2s
              ready: 1m30s
              flaps: {every: 30s, for: 0s}
              ends: {after: 5s, code: 3, times: 4}
              stop: {after: 2s, code: 143}
            """)
        #expect(read.seed == 7)
        #expect(read.nodes.capacity["cpu"] == "4")
        #expect(read.nodes.capacity["memory"] == "256Gi")
        #expect(read.nodes.capacity["example.com/gpu"] == "2")
        #expect(read.nodes.labels == ["disk": "ssd"])
        #expect(read.nodes.zones == 3)
        #expect(read.nodes.heartbeat == .seconds(5))
        let node = try #require(read.nodes.stages.first)
        #expect(node.names == ["node-1*"])
        #expect(node.after == Span(.seconds(60)))
        #expect(node.lasting == Span(from: .seconds(10), to: .seconds(20)))
        #expect(node.times == 2)
        var wanted = PodStage(name: "broken")
        wanted.match.namespaces = ["a", "b"]
        wanted.match.labels = try LabelSelector(parsing: "app in (x, y)")
        wanted.match.owners = ["Job"]
        wanted.match.annotations = ["k": "v"]
        wanted.match.share = 0.2
        wanted.pull = Span(.milliseconds(300))
        wanted.pullFailures = 2
        wanted.start = Span(from: .seconds(1), to: .seconds(3))
        wanted.initialization = Span(.seconds(1))
        wanted.startup = Span(.seconds(2))
        wanted.ready = Span(.seconds(90))
        // Without a pause a pod would write all the time.
        wanted.flaps = PodStage.Flaps(every: Span(.seconds(30)), lasting: Span(.seconds(1)))
        wanted.end = PodStage.End(after: Span(.seconds(5)), code: 3, times: 4)
        wanted.stop = Span(.seconds(2))
        wanted.stopCode = 143
        #expect(read.pods == [wanted])
    }

    @Test func anEmptyFileIsTheDefault() throws {
        #expect(try stages("") == SimulationStages())
        #expect(try stages("{}") == SimulationStages())
        #expect(SimulationStages().pods.map(\.name) == ["jobs"])
    }

    @Test func whatIsWrongIsToldWithItsPlace() {
        #expect(failure("[]") == "must be a mapping")
        #expect(failure("pods: {}") == "pods: must be a list")
        #expect(failure("pods: [{ready: soon}]") == "pods[0].ready: must be a duration, such as 500ms, 5s or 1m30s")
        #expect(failure("pods: [{start: {from: 2s, to: 1s}}]") == "pods[0].start.to: must not be before from")
        #expect(failure("pods: [{ends: {code: 256}}]") == "pods[0].ends.code: must be a number from 0 to 255")
        #expect(failure("pods: [{name: a}, {name: a}]") == "pods[1].name: there is another stage of this name")
        #expect(failure("pods: [{match: {share: 2}}]") == "pods[0].match.share: must be a number from 0 to 1")
        #expect(failure("nodes: {capacity: {pods: \"254\"}}") == "nodes.capacity.pods: must be from 1 to 253")
        #expect(failure("nodes: {capacity: {cpu: many}}").hasPrefix("nodes.capacity.cpu: "))
        #expect(failure("nodes: {heartbeat: 10ms}") == "nodes.heartbeat: must be one duration of at least 1s")
        #expect(failure("node: 1") == "node: is not known; known are nodes, pods, seed")
        #expect(failure("a: [").hasPrefix("error converting YAML to JSON"))
    }

    @Test(
        arguments: [
            ("0", 0), ("500ms", 500), ("1.5s", 1_500), ("1m30s", 90_000), ("2h", 7_200_000), ("999999h", nil),
            ("5", nil),
            ("", nil), ("s", nil), ("1d", nil), ("-1s", nil), ("1.2.3s", nil),
        ] as [(String, Int?)])
    func durationsAreAsGoWritesThem(text: String, milliseconds: Int?) {
        #expect(Duration(goText: text) == milliseconds.map { .milliseconds($0) })
    }

    @Test func patternsOfNames() {
        #expect(NamePattern.matches("node-1*", "node-1"))
        #expect(NamePattern.matches("node-1*", "node-17"))
        #expect(!NamePattern.matches("node-1*", "node-2"))
        #expect(NamePattern.matches("*a*b", "xaxb"))
        #expect(!NamePattern.matches("ab*ba", "aba"))
        #expect(NamePattern.matches("n", "n"))
        #expect(!NamePattern.matches("n", "nn"))
    }

    @Test func aShareOfPodsIsAboutThatMany() {
        var match = PodStage.Match()
        match.share = 0.2
        let hits = (0..<1_000).count { number in
            match.matches(Pod { $0.metadata.name = "p" }, Chance(seed: 1, of: "uid-\(number)").number("stage"))
        }
        #expect((150...250).contains(hits))
    }
}
