import APIMachinery
import KubeAPI
import Testing

@testable import APIServer

/// What a pod gets from the classes that it names.
@Suite struct PodClassesTests {
    private static let priorities = "/apis/scheduling.k8s.io/v1/priorityclasses"
    private static let runtimes = "/apis/node.k8s.io/v1/runtimeclasses"
    private static func priority(_ name: String, _ value: Int, _ more: JSON = .object) -> JSON {
        var object: JSON = [
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": ["name": JSON(name)],
            "value": JSON(value),
        ]
        for (field, value) in more.members { object[field] = value }
        return object
    }
    private static func pod(_ name: String, _ more: JSON) -> JSON {
        var pod = Harness.pod(name)
        for (field, value) in more.members { pod["spec", field] = value }
        return pod
    }

    @Test func everyClusterHasTheSystemsClasses() async throws {
        try await Harness.run { cluster in
            for (name, value) in [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)] {
                let found = try await cluster.call("GET", "\(Self.priorities)/\(name)")
                #expect(found.json["value"]?.int == value)
            }
        }
    }

    @Test func aPodHasThePriorityOfItsClass() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call(
                "POST", Self.priorities, Self.priority("high", 1_000, ["preemptionPolicy": "Never"]))
            let plain = try await cluster.call("POST", Harness.pods, Harness.pod("plain"))
            #expect(plain.json["spec", "priority"] == 0)
            #expect(plain.json["spec", "preemptionPolicy"] == "PreemptLowerPriority")
            let high = try await cluster.call(
                "POST", Harness.pods, Self.pod("high", ["priorityClassName": "high"]))
            #expect(high.json["spec", "priority"] == 1_000)
            #expect(high.json["spec", "preemptionPolicy"] == "Never")
            let none = try await cluster.call("POST", Harness.pods, Self.pod("none", ["priorityClassName": "none"]))
            #expect(none.status == 403)
            #expect(
                none.json["message"] == "pods \"none\" is forbidden: no PriorityClass with name none was found")
            let set = try await cluster.call(
                "POST", Harness.pods, Self.pod("set", ["priorityClassName": "high", "priority": 7]))
            #expect(
                set.json["message"]
                    == """
                    pods "set" is forbidden: the integer value of priority (7) must not be provided in pod spec; \
                    priority admission controller computed 1000 from the given PriorityClass name
                    """)
        }
    }

    @Test func theGlobalDefaultIsOne() async throws {
        try await Harness.run { cluster in
            let usual = Self.priority("usual", 5, ["globalDefault": true])
            #expect(try await cluster.call("POST", Self.priorities, usual).status == 201)
            let pod = try await cluster.call("POST", Harness.pods, Harness.pod("p"))
            #expect(pod.json["spec", "priority"] == 5)
            #expect(pod.json["spec", "priorityClassName"] == "usual")
            let second = try await cluster.call(
                "POST", Self.priorities, Self.priority("second", 6, ["globalDefault": true]))
            #expect(
                second.json["message"]
                    == """
                    priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass usual is already marked as \
                    default. Only one default can exist
                    """)
            #expect(try await cluster.call("PUT", "\(Self.priorities)/usual", usual).status == 200)
        }
    }

    @Test func aRuntimeClassGivesOverheadAndPlace() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call(
                "POST", Self.runtimes,
                [
                    "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": ["name": "heavy"],
                    "handler": "heavy", "overhead": ["podFixed": ["cpu": "100m"]],
                    "scheduling": [
                        "nodeSelector": ["kind": "big"], "tolerations": [["key": "heavy", "operator": "Exists"]],
                    ],
                ])
            let pod = try await cluster.call(
                "POST", Harness.pods,
                Self.pod("p", ["runtimeClassName": "heavy", "overhead": ["cpu": "0.1"], "nodeSelector": ["a": "b"]]))
            #expect(pod.status == 201)
            #expect(pod.json["spec", "nodeSelector"] == ["a": "b", "kind": "big"])
            #expect(pod.json["spec", "tolerations"]?.elements.contains { $0["key"] == "heavy" } == true)
            let bare = try await cluster.call("POST", Harness.pods, Self.pod("q", ["runtimeClassName": "heavy"]))
            #expect(bare.json["spec", "overhead"] == ["cpu": "100m"])
            for (more, sentence) in [
                (["runtimeClassName": "no"], "pod rejected: RuntimeClass \"no\" not found"),
                (
                    ["overhead": ["cpu": "1"]],
                    "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
                ),
                (
                    ["runtimeClassName": "heavy", "overhead": ["cpu": "1"]],
                    "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
                ),
                (
                    ["runtimeClassName": "heavy", "nodeSelector": ["kind": "small"]],
                    "conflict: runtimeClass.scheduling.nodeSelector[kind] = big; pod.spec.nodeSelector[kind] = small"
                ),
            ] as [(JSON, String)] {
                let refused = try await cluster.call("POST", Harness.pods, Self.pod("r", more))
                #expect(refused.status == 403)
                #expect(refused.json["message"]?.string == "pods \"r\" is forbidden: \(sentence)")
            }
        }
    }
}
