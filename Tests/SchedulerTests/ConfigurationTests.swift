import APIMachinery
import LoopTestKit
import Testing

@testable import Scheduler

@Suite struct ConfigurationTests {
    private func read(_ text: String) throws -> SchedulerConfiguration {
        let head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
        return try SchedulerConfiguration(try YAML.document(Array((head + text).utf8)).value)
    }
    private func fault(_ text: String) -> String {
        do {
            _ = try read(text)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func whatIsNotSaidIsAsWithoutAFile() throws {
        let configuration = try read("")
        #expect(configuration.profiles.map(\.schedulerName) == ["default-scheduler"])
        #expect(configuration.profiles[0].filters.count == Profile().filters.count)
        #expect(configuration.firstBackoff == .seconds(1) && configuration.longestBackoff == .seconds(10))
    }

    @Test func profilesChooseAndWeighPlugins() throws {
        let configuration = try read(
            """
            percentageOfNodesToScore: 30
            podInitialBackoffSeconds: 2
            podMaxBackoffSeconds: 20
            profiles:
            - schedulerName: default-scheduler
            - schedulerName: packed
              percentageOfNodesToScore: 100
              plugins:
                multiPoint:
                  disabled: [{name: DefaultPreemption}]
                score:
                  disabled: [{name: "*"}]
                  enabled: [{name: NodeResourcesFit, weight: 5}]
                filter:
                  disabled: [{name: TaintToleration}]
              pluginConfig:
              - name: NodeResourcesFit
                args:
                  scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 3}, {name: example.com/gpu, weight: 1}]}
            """)
        let packed = configuration.profiles[1]
        #expect(configuration.profiles[0].percentageOfNodesToScore == 30 && packed.percentageOfNodesToScore == 100)
        #expect(packed.scores.map(\.weight) == [5])
        let fit = try #require(packed.scores.first?.plugin as? NodeResourcesFit)
        #expect(fit.scoring.strategy == .mostAllocated && fit.scoring.resources.map(\.weight) == [3, 1])
        #expect(
            !packed.filters.contains { $0 is TaintToleration } && packed.filters.contains { $0 is NodeResourcesFit })
        #expect(!packed.postFilters.contains { $0 is DefaultPreemption })
        #expect(configuration.firstBackoff == .seconds(2) && configuration.longestBackoff == .seconds(20))
    }

    @Test func strategiesScoreAsTheyAreCalled() {
        let full = node("a", cpu: "4", memory: "4Gi")
        var cache = SchedulerCache()
        _ = cache.update(node: "a", full.json)
        let usage = PodUsage(pod("p", cpu: "1", memory: "3Gi").json)
        guard let info = cache.node("a") else { return }
        func score(_ strategy: ResourceScoring.Strategy) -> Int {
            ResourceScoring(strategy: strategy).score(usage, info)
        }
        #expect(score(.leastAllocated) == 50)
        #expect(score(.mostAllocated) == 50)
        let shape: [ResourceScoring.Point] = [.init(utilization: 0, score: 0), .init(utilization: 50, score: 100)]
        // CPU is used to a quarter, and memory beyond the line's end.
        #expect(score(.requestedToCapacityRatio(shape)) == 75)
    }

    @Test func addedAffinityHoldsForEveryPod() throws {
        let configuration = try read(
            """
            profiles:
            - pluginConfig:
              - name: NodeAffinity
                args:
                  addedAffinity:
                    requiredDuringSchedulingIgnoredDuringExecution:
                      nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [batch]}]}]
              schedulerName: batch
            """)
        var judge = Judge([node("a"), node("b") { $0.metadata.labels = ["pool": "batch"] }])
        judge.profile = configuration.profiles[0]
        #expect(judge.decide(pod("p")) == "b")
        _ = judge.cache.update(node: "b", nil)
        #expect(
            judge.decide(pod("p"))
                == "0/1 nodes are available: 1 node(s) didn't match scheduler-enforced node affinity.")
    }

    @Test func whatIsWrongIsNamed() {
        #expect(
            fault("profiles: [{schedulerName: a}, {schedulerName: a}]")
                == "profiles[1].schedulerName: Duplicate value: \"a\"")
        #expect(
            fault("percentageOfNodesToScore: 101")
                == "percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]")
        #expect(fault("colour: red") == "colour: unknown field")
        #expect(
            fault("profiles: [{schedulerName: a, plugins: {score: {enabled: [{name: Luck}]}}}]")
                == "profiles[0].plugins.score.enabled: plugin \"Luck\" does not exist")
        #expect(
            fault(
                "profiles: [{schedulerName: a, pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 101}}]}]"
            )
                == "profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]"
        )
        #expect(
            fault(
                "profiles: [{schedulerName: a, pluginConfig: [{name: PodTopologySpread, args: {defaultConstraints: "
                    + "[{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}}]}]")
                == "profiles[0].pluginConfig[0].args.defaultingType: Invalid value: \"System\": when .defaultConstraints are not empty"
        )
        #expect(fault("podInitialBackoffSeconds: 5\npodMaxBackoffSeconds: 2").contains("PodInitialBackoffSeconds"))
        #expect(
            fault("extenders: [{urlPrefix: 'http://x', prioritizeVerb: p, weight: 0}]")
                == "extenders[0].weight: Invalid value: 0: must have a positive weight applied to it")
        #expect(fault("extenders: [{filterVerb: f}]").hasPrefix("extenders[0].urlPrefix: Invalid value"))
    }
}
