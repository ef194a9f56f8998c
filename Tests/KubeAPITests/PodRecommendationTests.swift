import APIMachinery
import Testing

@testable import KubeAPI

/// What a recommendation comes to for a pod: policies, LimitRanges, limits in proportion; whose pods an autoscaler is about.
@Suite struct PodRecommendationTests {
    private func autoscaler(_ targets: [String: JSON], policies: JSON = .array) -> JSON {
        [
            "metadata": ["name": "sizer"],
            "spec": ["resourcePolicy": ["containerPolicies": policies]],
            "status": [
                "recommendation": [
                    "containerRecommendations": JSON(
                        targets.sorted { $0.key < $1.key }.map { name, target in
                            ["containerName": JSON(name), "target": target, "lowerBound": target, "upperBound": target]
                        })
                ]
            ],
        ]
    }
    private func pod(_ resources: [String: JSON]) -> JSON {
        [
            "metadata": ["name": "p"],
            "spec": [
                "containers": JSON(
                    resources.sorted { $0.key < $1.key }.map { ["name": JSON($0.key), "resources": $0.value] })
            ],
            "status": ["phase": "Pending", "qosClass": "BestEffort"],
        ]
    }
    private func resources(_ pod: JSON?, _ index: Int = 0) -> String {
        pod?["spec", "containers"]?[index]["resources"]?.text ?? ""
    }
    private func annotation(_ pod: JSON?) -> String { pod?["metadata", "annotations", "vpaUpdates"]?.string ?? "" }

    @Test func limitsKeepTheirProportion() {
        let sizer = autoscaler(["a": ["cpu": "300m", "memory": "600Mi"]])
        let pod = pod([
            "a": ["requests": ["cpu": "100m", "memory": "200Mi"], "limits": ["cpu": "250m", "memory": "200Mi"]],
            "b": [:],
        ])
        let changed = PodRecommendation(sizer, pod, limitRanges: []).applied(to: pod, by: "sizer")
        #expect(
            resources(changed)
                == #"{"requests":{"cpu":"300m","memory":"600Mi"},"limits":{"cpu":"750m","memory":"600Mi"}}"#)
        #expect(resources(changed, 1) == "{}")
        #expect(
            annotation(changed)
                == "Pod resources updated by sizer: container 0: cpu request, memory request, cpu limit, memory limit")
        #expect(changed?["metadata", "annotations", "vpaObservedContainers"]?.string == "a, b")
        #expect(changed?["status", "qosClass"]?.string == "Burstable")
        // Requests alone, and then not above the limits.
        let only = autoscaler(
            ["a": ["cpu": "300m", "memory": "600Mi"]],
            policies: [["containerName": "*", "controlledValues": "RequestsOnly"]])
        let less = PodRecommendation(only, pod, limitRanges: []).applied(to: pod, by: "sizer")
        #expect(
            resources(less)
                == #"{"requests":{"cpu":"250m","memory":"200Mi"},"limits":{"cpu":"250m","memory":"200Mi"}}"#)
        #expect(
            annotation(less)
                == "Pod resources updated by sizer: container 0: cpu capped to container limit, memory capped to container limit, cpu request, memory request"
        )
    }

    @Test func withoutALimitNoneIsMadeButByDefault() {
        let sizer = autoscaler(["a": ["cpu": "300m", "memory": "600Mi"]])
        let bare = pod(["a": [:]])
        let changed = PodRecommendation(sizer, bare, limitRanges: []).applied(to: bare, by: "sizer")
        #expect(resources(changed) == #"{"requests":{"cpu":"300m","memory":"600Mi"}}"#)
        let range: JSON = ["spec": ["limits": [["type": "Container", "default": ["cpu": "1"]]]]]
        let ranged = PodRecommendation(sizer, bare, limitRanges: [range]).applied(to: bare, by: "sizer")
        #expect(resources(ranged) == #"{"requests":{"cpu":"300m","memory":"600Mi"},"limits":{"cpu":"300m"}}"#)
        // Without a recommendation nothing is done, nor for a container that is left alone.
        #expect(PodRecommendation(autoscaler([:]), bare, limitRanges: []).applied(to: bare, by: "s") == nil)
        let off = autoscaler(["a": ["cpu": "1"]], policies: [["containerName": "a", "mode": "Off"]])
        #expect(PodRecommendation(off, bare, limitRanges: []).applied(to: bare, by: "s") == nil)
    }

    @Test func policiesBoundWhatIsRecommended() throws {
        let sizer = autoscaler(
            ["a": ["cpu": "300m", "memory": "600Mi"], "b": ["cpu": "10m"]],
            policies: [
                ["containerName": "*", "minAllowed": ["cpu": "50m"]],
                ["containerName": "a", "maxAllowed": ["cpu": "200m", "memory": "1Gi"]],
            ])
        let recommendation = PodRecommendation(sizer, pod(["a": [:], "b": [:]]), limitRanges: [])
        let (a, b) = (try #require(recommendation.container("a")), try #require(recommendation.container("b")))
        #expect(a.target.sentence == "cpu=200m,memory=600Mi" && a.notes == ["cpu capped to maxAllowed"])
        #expect(b.target.sentence == "cpu=50m" && b.notes == ["cpu capped to minAllowed"])
        #expect(recommendation.container("c") == nil)
    }

    @Test func containersFitTheirLimitRange() throws {
        let sizer = autoscaler(["a": ["cpu": "2", "memory": "10Mi"]])
        let range: JSON = [
            "spec": [
                "limits": [["type": "Container", "max": ["cpu": "3"], "min": ["memory": "64Mi"]]]
            ]
        ]
        let pod = pod(["a": ["requests": ["cpu": "1"], "limits": ["cpu": "2", "memory": "128Mi"]]])
        let a = try #require(PodRecommendation(sizer, pod, limitRanges: [range]).container("a"))
        // Its limit is twice its request, so 1.5 is the most it may ask for.
        #expect(a.target.sentence == "cpu=1500m,memory=64Mi", "\(a.target.sentence)")
        #expect(
            a.notes == [
                "cpu capped to fit Max in container LimitRange", "memory capped to fit Min in container LimitRange",
            ])
    }

    @Test func aPodFitsItsLimitRange() {
        let sizer = autoscaler(["a": ["cpu": "2"], "b": ["cpu": "1"]])
        let range: JSON = ["spec": ["limits": [["type": "Pod", "max": ["cpu": "1500m"]]]]]
        let one: JSON = ["requests": ["cpu": "100m"], "limits": ["cpu": "100m"]]
        let pod = pod(["a": one, "b": one])
        let recommendation = PodRecommendation(sizer, pod, limitRanges: [range])
        #expect(recommendation.container("a")?.target.sentence == "cpu=1")
        #expect(recommendation.container("b")?.target.sentence == "cpu=500m")
    }

    @Test func theTopmostControllersOldestAutoscalerGoverns() {
        func owned(_ kind: String, _ name: String, _ owner: (String, String)?) -> JSON {
            var object: JSON = [
                "metadata": ["name": JSON(name), "namespace": "n", "labels": ["app": "web"]],
                "spec": ["selector": ["matchLabels": ["app": "web"]]],
            ]
            if let owner {
                object["metadata", "ownerReferences"] = [
                    ["apiVersion": "apps/v1", "kind": JSON(owner.0), "name": JSON(owner.1), "controller": true]
                ]
            }
            return object
        }
        let objects = [
            "replicasets.apps n/web-1": owned("ReplicaSet", "web-1", ("Deployment", "web")),
            "deployments.apps n/web": owned("Deployment", "web", nil),
        ]
        func autoscaler(_ name: String, _ kind: String, _ target: String, _ time: String) -> JSON {
            [
                "metadata": ["name": JSON(name), "namespace": "n", "creationTimestamp": JSON(time)],
                "spec": ["targetRef": ["kind": JSON(kind), "name": JSON(target)]],
            ]
        }
        let all = [
            autoscaler("b", "Deployment", "web", "2026-01-02T00:00:00Z"),
            autoscaler("c", "Deployment", "web", "2026-01-01T00:00:00Z"),
            autoscaler("a", "ReplicaSet", "web-1", "2025-01-01T00:00:00Z"),
            autoscaler("d", "Deployment", "web", "2026-01-01T00:00:00Z"),
        ]
        func governing(_ pod: JSON, scalable: Bool = false) -> String? {
            VerticalTarget.governing(pod, among: all) {
                objects["\($0) \($1)"]
            } isScalable: { _ in
                scalable
            }?.key.name
        }
        #expect(governing(owned("Pod", "p", ("ReplicaSet", "web-1"))) == "c")
        #expect(governing(owned("Pod", "p", nil)) == nil)
        #expect(governing(owned("Pod", "p", ("ReplicaSet", "gone"))) == nil)
        var other = owned("Pod", "p", ("ReplicaSet", "web-1"))
        other["metadata", "labels"] = ["app": "db"]
        #expect(governing(other) == nil)
    }
}
