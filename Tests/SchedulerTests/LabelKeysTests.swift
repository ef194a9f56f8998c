import APIMachinery
import KubeAPI
import LoopTestKit
import Testing

@testable import Scheduler

/// What the real server makes of label keys when a pod is created.
@Suite struct LabelKeysTests {
    @Test func keysBecomeRequirements() async throws {
        let cluster = TestCluster()
        let made = try await cluster.create(
            pod("p") {
                $0.metadata.labels = ["app": "web", "rev": "1", "tenant": "a"]
                let term: JSON = [
                    "topologyKey": "zone", "labelSelector": ["matchLabels": ["app": "web"]],
                    "matchLabelKeys": ["rev", "absent"], "mismatchLabelKeys": ["tenant"],
                ]
                $0.json["spec", "affinity", "podAffinity"] = [
                    "requiredDuringSchedulingIgnoredDuringExecution": [term]
                ]
                $0.json["spec", "affinity", "podAntiAffinity"] = [
                    "preferredDuringSchedulingIgnoredDuringExecution": [["weight": 1, "podAffinityTerm": term]]
                ]
                $0.json["spec", "topologySpreadConstraints"] = [
                    [
                        "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": ["matchLabels": ["app": "web"]], "matchLabelKeys": ["rev"],
                    ]
                ]
            })
        let spec = try #require(made.json["spec"])
        let wanted: JSON = [
            ["key": "rev", "operator": "In", "values": ["1"]], ["key": "tenant", "operator": "NotIn", "values": ["a"]],
        ]
        let required = spec["affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]?[0]
        #expect(required?["labelSelector", "matchExpressions"] == wanted)
        let preferred = spec["affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution"]?[0]
        #expect(preferred?["podAffinityTerm", "labelSelector", "matchExpressions"] == wanted)
        let spread = spec["topologySpreadConstraints"]?[0]
        #expect(spread?["labelSelector", "matchExpressions"] == [["key": "rev", "operator": "In", "values": ["1"]]])
        #expect(spread?["labelSelector", "matchLabels"] == ["app": "web"])
    }
}
