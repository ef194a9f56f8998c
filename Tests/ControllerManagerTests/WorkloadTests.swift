import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// Each kind of workload from its beginning to its end, with all loops of the room and the real server: what a loop does
/// and has not declared fails the test.
@Suite struct WorkloadTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private func run(_ body: () async throws -> Void) async throws {
        let loops = Controllers.controllers(harness.context)
        try await harness.run(loops, retrying: true) {
            for name in ["n1", "n2", "n3"] {
                try await cluster.make(
                    Node {
                        $0.metadata = ObjectMeta { $0.name = name }
                        $0.json["status"] = ["conditions": [["type": "Ready", "status": "True"]]]
                    })
            }
            try await body()
        }
    }

    private func template(_ image: String = "app:1", restartPolicy: String = "Always") -> JSON {
        [
            "metadata": ["labels": ["app": "it"]],
            "spec": [
                "restartPolicy": JSON(restartPolicy), "containers": [["name": "app", "image": JSON(image)]],
            ],
        ]
    }
    private func metadata(_ name: String) -> JSON { ["name": JSON(name), "namespace": "default"] }
    private let it = ObjectKey(namespace: "default", name: "it")
    private let selector: JSON = ["matchLabels": ["app": "it"]]

    private var pods: [Pod] { cluster.objects(Pod.self) }
    private var serving: [Pod] { pods.filter { $0.isReady && !$0.isBeingDeleted } }
    private func areAll(_ count: Int, of image: String) -> Bool {
        pods.count == count && serving.count == count
            && pods.allSatisfy { $0.spec.containers.first?.image == image }
    }
    /// Names of deleted pods, in order, each once.
    private var deletions: [String] {
        cluster.log.filter { $0.hasPrefix("delete pods ") }.map { String($0.dropFirst("delete pods default/".count)) }
            .reduce(into: []) { names, name in if !names.contains(name) { names.append(name) } }
    }

    @Test(.timeLimit(.minutes(1))) func aJobRunsToItsEnd() async throws {
        try await run {
            let nodes = PlayedNodes(harness: harness) { _ in "Succeeded" }
            _ = try await cluster.create(
                Job([
                    "metadata": metadata("it"),
                    "spec": [
                        "completions": 3, "parallelism": 2, "ttlSecondsAfterFinished": 60,
                        "template": template(restartPolicy: "Never"),
                    ],
                ]))
            try await nodes.play { cluster.object(Job.self, it)?.isTrue("Complete") == true }
            let job = try #require(cluster.object(Job.self, it))
            #expect(job.status.succeeded == 3)
            #expect(job.status.completionTime != nil)
            #expect(pods.count == 3)
            #expect(pods.allSatisfy { $0.metadata.finalizers.isEmpty })
            // Its pods go with it once its time is over.
            while cluster.object(Job.self, it)?.isBeingDeleted == false {
                harness.clock.advance(by: .seconds(5))
                try await Task.sleep(for: .milliseconds(2))
            }
            try await nodes.play { pods.isEmpty && cluster.objects(Job.self).isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aJobGivesUp() async throws {
        try await run {
            let nodes = PlayedNodes(harness: harness) { _ in "Failed" }
            _ = try await cluster.create(
                Job([
                    "metadata": metadata("it"),
                    "spec": ["backoffLimit": 0, "template": template(restartPolicy: "Never")],
                ]))
            try await nodes.play { cluster.object(Job.self, it)?.isTrue("Failed") == true }
            #expect(cluster.object(Job.self, it)?.status.failed == 1)
            #expect(pods.allSatisfy { $0.metadata.finalizers.isEmpty })
        }
    }

    @Test(.timeLimit(.minutes(1))) func aStatefulSetIsOrderly() async throws {
        try await run {
            var nodes = PlayedNodes(harness: harness)
            nodes.outcome = { [cluster] pod in
                let present = cluster.objects(Pod.self).filter { $0.name < pod.name }
                #expect(present.allSatisfy { $0.isReady }, "\(pod.name) came before its time")
                return "Running"
            }
            _ = try await cluster.create(
                StatefulSet([
                    "metadata": metadata("it"),
                    "spec": [
                        "replicas": 3, "selector": selector, "serviceName": "it", "template": template(),
                        "persistentVolumeClaimRetentionPolicy": ["whenScaled": "Delete", "whenDeleted": "Delete"],
                        "volumeClaimTemplates": [
                            [
                                "metadata": ["name": "data"],
                                "spec": [
                                    "accessModes": ["ReadWriteOnce"], "storageClassName": "none",
                                    "resources": ["requests": ["storage": "1Gi"]],
                                ],
                            ]
                        ],
                    ],
                ]))
            try await nodes.play { areAll(3, of: "app:1") }
            #expect(pods.map(\.name) == ["it-0", "it-1", "it-2"])
            #expect(cluster.objects(PersistentVolumeClaim.self).map(\.name) == ["data-it-0", "data-it-1", "data-it-2"])
            nodes.outcome = { _ in "Running" }
            // A new template goes from the last to the first.
            try await cluster.edit(StatefulSet.self, it) { $0.json["spec", "template"] = template("app:2") }
            try await nodes.play { areAll(3, of: "app:2") }
            #expect(deletions == ["it-2", "it-1", "it-0"])
            try await nodes.play {
                let status = cluster.object(StatefulSet.self, it)?.status
                return status?.currentRevision == status?.updateRevision && status?.availableReplicas == 3
            }
            #expect(cluster.objects(ControllerRevision.self).map(\.revision) == [1, 2])
            cluster.clearLog()
            try await cluster.edit(StatefulSet.self, it) { $0.spec.replicas = 1 }
            try await nodes.play { pods.count == 1 && cluster.objects(PersistentVolumeClaim.self).count == 1 }
            #expect(deletions == ["it-2", "it-1"])
            try await cluster.delete(StatefulSet.self, it, DeletionOptions(propagation: .background))
            try await nodes.play {
                pods.isEmpty && cluster.objects(PersistentVolumeClaim.self).isEmpty
                    && cluster.objects(ControllerRevision.self).isEmpty
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aDaemonSetIsOnEveryNode() async throws {
        try await run {
            let nodes = PlayedNodes(harness: harness)
            _ = try await cluster.create(
                DaemonSet(["metadata": metadata("it"), "spec": ["selector": selector, "template": template()]]))
            try await nodes.play { areAll(3, of: "app:1") }
            #expect(Set(pods.map(\.nodeName)) == ["n1", "n2", "n3"])
            try await cluster.edit(DaemonSet.self, it) { $0.json["spec", "template"] = template("app:2") }
            try await nodes.play {
                #expect(serving.count >= 2)
                return areAll(3, of: "app:2")
            }
            try await nodes.play {
                let status = cluster.object(DaemonSet.self, it)?.status
                return status?.updatedNumberScheduled == 3 && status?.numberAvailable == 3
            }
            #expect(cluster.objects(ControllerRevision.self).map(\.revision) == [1, 2])
            try await cluster.delete(DaemonSet.self, it, DeletionOptions(propagation: .foreground))
            try await nodes.play { pods.isEmpty && cluster.objects(DaemonSet.self).isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aCronJobMakesAJobEachMinute() async throws {
        try await run {
            let nodes = PlayedNodes(harness: harness) { _ in "Succeeded" }
            _ = try await cluster.create(
                CronJob([
                    "metadata": metadata("it"),
                    "spec": [
                        "schedule": "* * * * *", "successfulJobsHistoryLimit": 1,
                        "jobTemplate": ["spec": ["template": template(restartPolicy: "Never")]],
                    ],
                ]))
            var seen: Set<String> = []
            while seen.count < 3 {
                let count = seen.count
                while seen.count == count {
                    harness.clock.advance(by: .seconds(7))
                    try await Task.sleep(for: .milliseconds(5))
                    seen.formUnion(cluster.objects(Job.self).map(\.name))
                }
                try await nodes.play { cluster.objects(Job.self).allSatisfy { $0.isTrue("Complete") } }
            }
            try await nodes.play { cluster.objects(Job.self).count == 1 }
            try await nodes.play {
                let status = cluster.object(CronJob.self, it)?.status
                return status?.active.isEmpty == true && status?.lastScheduleTime != nil
                    && status?.lastSuccessfulTime != nil
            }
            try await cluster.delete(CronJob.self, it, DeletionOptions(propagation: .background))
            try await nodes.play { pods.isEmpty && cluster.objects(Job.self).isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aReplicationControllerKeepsItsPods() async throws {
        try await run {
            let nodes = PlayedNodes(harness: harness)
            _ = try await cluster.create(
                ReplicationController(["metadata": metadata("it"), "spec": ["replicas": 3, "template": template()]]))
            try await nodes.play { cluster.object(ReplicationController.self, it)?.status.availableReplicas == 3 }
            let status = try #require(cluster.object(ReplicationController.self, it)?.json["status"])
            #expect(
                status == [
                    "availableReplicas": 3, "fullyLabeledReplicas": 3, "observedGeneration": 1, "readyReplicas": 3,
                    "replicas": 3,
                ])
            // One that is lost is made again; one that is labelled otherwise is let go.
            let (lost, released) = (pods[0].key, pods[1].key)
            try await cluster.delete(Pod.self, lost)
            try await cluster.edit(Pod.self, released) { $0.metadata.labels["app"] = "else" }
            try await nodes.play { serving.count == 4 && pods.count == 4 }
            #expect(pods.count { $0.controller == nil } == 1)
            _ = try await cluster.patch(
                ReplicationController.resource, it, .merge, ["spec": ["replicas": 1]], subresource: .scale)
            try await nodes.play { cluster.object(ReplicationController.self, it)?.status.replicas == 1 }
            try await cluster.delete(ReplicationController.self, it, DeletionOptions(propagation: .background))
            try await nodes.play { pods.count == 1 }
        }
    }
}
