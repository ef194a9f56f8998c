import APIMachinery
import KubeAPI
import Testing

@testable import APIServer

/// New pods get the sizes that a VerticalPodAutoscaler recommends, after the LimitRanges' defaults and before quotas count.
@Suite struct VerticalAdmissionTests {
    private static let autoscalers = "/apis/autoscaling.k8s.io/v1/namespaces/default/verticalpodautoscalers"

    private static func pod(_ name: String, owner: String, _ uid: String, resources: JSON = [:]) -> JSON {
        [
            "metadata": [
                "name": JSON(name), "labels": ["app": "web"],
                "ownerReferences": [
                    [
                        "apiVersion": "apps/v1", "kind": JSON(owner), "name": "web", "uid": JSON(uid),
                        "controller": true,
                    ]
                ],
            ],
            "spec": ["containers": [["name": "c", "image": "busybox", "resources": resources]]],
        ]
    }

    private func prepare(_ cluster: Harness) async throws -> String {
        let set: JSON = [
            "metadata": ["name": "web"],
            "spec": [
                "serviceName": "web", "selector": ["matchLabels": ["app": "web"]],
                "template": [
                    "metadata": ["labels": ["app": "web"]],
                    "spec": ["containers": [["name": "c", "image": "busybox"]]],
                ],
            ],
        ]
        let made = try await cluster.call("POST", "/apis/apps/v1/namespaces/default/statefulsets", set)
        #expect(made.status == 201, "\(made.message)")
        let autoscaler: JSON = [
            "metadata": ["name": "sizer"],
            "spec": ["targetRef": ["apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web"]],
            "status": ["recommendation": .object],
        ]
        let sizer = try await cluster.call("POST", Self.autoscalers, autoscaler)
        #expect(sizer.status == 201 && sizer.json["status"] == nil, "\(sizer.message)")
        let recommendation: JSON = [
            "containerRecommendations": [["containerName": "c", "target": ["cpu": "300m", "memory": "400Mi"]]]
        ]
        let told = try await cluster.call(
            "PATCH", "\(Self.autoscalers)/sizer/status", ["status": ["recommendation": recommendation]],
            headers: DeletionTests.merge)
        #expect(told.status == 200 && told.json["metadata", "generation"]?.int == 1, "\(told.message)")
        return made.json.uid
    }

    @Test func aPodOfTheTargetIsSized() async throws {
        try await Harness.run { cluster in
            let uid = try await prepare(cluster)
            let small: JSON = ["requests": ["cpu": "100m", "memory": "100Mi"], "limits": ["cpu": "200m"]]
            let made = try await cluster.call(
                "POST", Harness.pods, Self.pod("a", owner: "StatefulSet", uid, resources: small))
            #expect(
                made.json["spec", "containers"]?[0]["resources"]
                    == ["requests": ["cpu": "300m", "memory": "400Mi"], "limits": ["cpu": "600m"]], "\(made.message)")
            #expect(
                made.json["metadata", "annotations", "vpaUpdates"]?.string
                    == "Pod resources updated by sizer: container 0: memory: limit NOT set since originalLimit is nil or 0, cpu request, memory request, cpu limit"
            )
            // One of somebody else is as it was asked for, and so are all while the autoscaler is off.
            let other = try await cluster.call(
                "POST", Harness.pods, Self.pod("b", owner: "DaemonSet", uid, resources: small))
            #expect(other.json["spec", "containers"]?[0]["resources", "requests", "cpu"]?.string == "100m")
            _ = try await cluster.call(
                "PATCH", "\(Self.autoscalers)/sizer", ["spec": ["updatePolicy": ["updateMode": "Off"]]],
                headers: DeletionTests.merge)
            let off = try await cluster.call("POST", Harness.pods, Self.pod("d", owner: "StatefulSet", uid))
            #expect(off.json["spec", "containers"]?[0]["resources", "requests"] == nil)
        }
    }

    @Test func limitRangesAndQuotasSeeTheNewSizes() async throws {
        try await Harness.run { cluster in
            let uid = try await prepare(cluster)
            _ = try await cluster.call(
                "POST", "/api/v1/namespaces/default/limitranges",
                [
                    "metadata": ["name": "range"],
                    "spec": [
                        "limits": [
                            [
                                "type": "Container", "max": ["memory": "200Mi"], "default": ["memory": "100Mi"],
                                "defaultRequest": ["memory": "100Mi"],
                            ]
                        ]
                    ],
                ])
            let made = try await cluster.call("POST", Harness.pods, Self.pod("a", owner: "StatefulSet", uid))
            #expect(
                made.json["spec", "containers"]?[0]["resources"]
                    == ["requests": ["cpu": "300m", "memory": "200Mi"], "limits": ["memory": "200Mi"]],
                "\(made.json["spec", "containers"]?.text ?? made.message)")
            #expect(made.json["status", "qosClass"]?.string == "Burstable")
            _ = try await cluster.call(
                "POST", "/api/v1/namespaces/default/resourcequotas",
                ["metadata": ["name": "quota"], "spec": ["hard": ["requests.cpu": "500m"]]])
            _ = try await cluster.call(
                "PATCH", "/api/v1/namespaces/default/resourcequotas/quota/status",
                ["status": ["hard": ["requests.cpu": "500m"], "used": ["requests.cpu": "300m"]]],
                headers: DeletionTests.merge)
            let refused = try await cluster.call("POST", Harness.pods, Self.pod("b", owner: "StatefulSet", uid))
            #expect(refused.status == 403 && refused.message.contains("requested: requests.cpu=300m"), "\(refused)")
        }
    }

    @Test func whoMayReadOrWriteANamespaceMayDoSoWithAutoscalers() async throws {
        try await Harness.run { cluster in
            for (name, label) in [("edit", "aggregate-to-edit"), ("view", "aggregate-to-view")] {
                let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:aggregate-vpa-to-\(name)"
                let role = try await cluster.call("GET", path).json
                #expect(role["metadata", "labels", "rbac.authorization.k8s.io/\(label)"]?.string == "true")
                #expect(role["rules"]?[0]["apiGroups"]?.strings == ["autoscaling.k8s.io"])
            }
        }
    }
}
