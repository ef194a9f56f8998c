import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// Plays the kubelet: gives every pod an address and makes it ready.
func makeReady(_ harness: Harness) async throws {
    for (index, pod) in harness.cluster.objects(Pod.self).enumerated() where !pod.isReady && !pod.isBeingDeleted {
        do {
            try await harness.cluster.edit(Pod.self, pod.key) { pod in
                pod.json["status"] = [
                    "phase": "Running", "podIP": JSON("10.0.\(index / 250).\(index % 250 + 1)"),
                    "conditions": [
                        ["type": "Ready", "status": "True", "lastTransitionTime": JSON(harness.clock.now.rfc3339)]
                    ],
                ]
            }
        } catch let error as StatusError where error.code == 404 {
            // Its controller was quicker.
        }
    }
}

func deployment(_ name: String, replicas: Int, image: String = "app:1") -> Deployment {
    Deployment { deployment in
        deployment.metadata = ObjectMeta {
            $0.namespace = "default"; $0.name = name
        }
        deployment.json["spec"] = [
            "replicas": JSON(replicas), "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "selector": ["matchLabels": ["app": JSON(name)]],
            "template": [
                "metadata": ["labels": ["app": JSON(name)]],
                "spec": [
                    "containers": [
                        [
                            "name": "app", "image": JSON(image),
                            "ports": [["name": "web", "containerPort": 8080, "protocol": "TCP"]],
                        ]
                    ]
                ],
            ],
        ]
    }
}

@Suite struct FirstLightTests {
    @Test(.timeLimit(.minutes(1))) func aDeploymentBecomesPodsAndEndpoints() async throws {
        let harness = Harness()
        try await harness.run(Controllers.controllers(harness.context), retrying: true) {
            _ = try await harness.cluster.create(
                Service {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "default"; $0.name = "web"
                    }
                    $0.json["spec"] = [
                        "selector": ["app": "web"], "ports": [["name": "http", "port": 80, "targetPort": "web"]],
                    ]
                })
            _ = try await harness.cluster.create(deployment("web", replicas: 3))
            try await harness.wait(Pod.self) { $0.count == 3 }
            try await makeReady(harness)
            try await harness.wait(EndpointSlice.self) { slices in
                slices.count == 1 && slices[0].endpoints.count == 3
                    && slices[0].endpoints.allSatisfy { $0.conditions?.ready == true }
            }
            try await harness.wait(Deployment.self) { $0[0].status.availableReplicas == 3 }
            let slice = try #require(harness.cluster.objects(EndpointSlice.self).first)
            #expect(slice.json["ports"] == [["name": "http", "port": 8080, "protocol": "TCP"]])
            #expect(slice.labels["kubernetes.io/service-name"] == "web")
            // A new template: the old pods go as the new ones come, and never fewer than three serve.
            try await harness.cluster.edit(Deployment.self, ObjectKey(namespace: "default", name: "web")) {
                $0.json["spec", "template", "spec", "containers"] = [["name": "app", "image": "app:2"]]
            }
            while true {
                let pods = harness.cluster.objects(Pod.self).filter { !$0.isBeingDeleted }
                let isDone =
                    pods.count == 3 && pods.allSatisfy { $0.spec.containers.first?.image == "app:2" && $0.isReady }
                if isDone { break }
                #expect(pods.count(where: \.isReady) >= 3 && pods.count <= 4)
                let revision = harness.cluster.revision
                try await makeReady(harness)
                if harness.cluster.revision == revision { try await harness.cluster.waitForChange(after: revision) }
            }
            try await harness.wait(Deployment.self) { deployments in
                deployments[0].status.conditions.contains { $0.reason == "NewReplicaSetAvailable" }
                    && deployments[0].annotations["deployment.kubernetes.io/revision"] == "2"
            }
            #expect(harness.cluster.objects(ReplicaSet.self).map(\.replicas).sorted() == [0, 3])
        }
    }

    @Test(.timeLimit(.minutes(1))) func hundredsOfPodsTakeFewLooks() async throws {
        let harness = Harness()
        try await harness.run(Controllers.controllers(harness.context), retrying: true) {
            _ = try await harness.cluster.create(deployment("web", replicas: 300))
            try await harness.wait(Pod.self) { $0.count == 300 }
            try await harness.wait(ReplicaSet.self) { $0[0].status.replicas == 300 }
            #expect(harness.cluster.log.count { $0 == "create pods default/" } == 0)
            #expect(harness.cluster.log.count { $0.hasPrefix("create pods ") } == 300)
        }
    }
}
