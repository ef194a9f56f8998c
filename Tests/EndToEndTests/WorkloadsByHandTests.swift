import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// What people do to workloads with kubectl, on nodes that run nothing.
    @Suite(.serialized) struct WorkloadsByHandTests {
        private static let manifest = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 3
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: c, image: "first:1"}]}
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db}
            spec:
              serviceName: db
              replicas: 2
              selector: {matchLabels: {app: db}}
              template:
                metadata: {labels: {app: db}}
                spec: {containers: [{name: c, image: "first:1"}]}
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent}
            spec:
              selector: {matchLabels: {app: agent}}
              template:
                metadata: {labels: {app: agent}}
                spec: {containers: [{name: c, image: "first:1"}]}
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: tick}
            spec:
              schedule: "0 0 1 1 *"
              jobTemplate:
                spec:
                  template:
                    spec: {restartPolicy: Never, containers: [{name: c, image: "first:1"}]}
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: web}
            spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: user}
            spec:
              containers: [{name: c, image: "first:1", volumeMounts: [{name: d, mountPath: /d}]}]
              volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: robot, annotations: {kubernetes.io/service-account.name: default}}
            type: kubernetes.io/service-account-token
            """

        @Test func rolloutsScalingDrainingWaitingAndGrowing() throws {
            let temporary = FileManager.default.temporaryDirectory.path
            let stages = "\(temporary)/stages-\(UUID().uuidString).yaml"
            let file = "\(temporary)/workloads-\(UUID().uuidString).yaml"
            defer { for path in [stages, file] { try? FileManager.default.removeItem(atPath: path) } }
            try "pods: [{name: jobs, match: {owners: [Job]}, ends: {after: 0s}}]"
                .write(toFile: stages, atomically: true, encoding: .utf8)
            try Self.manifest.write(toFile: file, atomically: true, encoding: .utf8)
            let cluster = try EphemeralCluster(
                ["--runtime", "simulated", "--nodes", "3", "--simulation-stages", stages], temporary: temporary)
            func kubectl(_ line: String) throws -> String {
                try cluster.kubectl(line.split(separator: " ").map(String.init))
            }
            _ = try kubectl("apply -f \(file)")

            for set in ["deployment/web", "statefulset/db", "daemonset/agent"] {
                _ = try kubectl("rollout status \(set) --timeout=60s")
                _ = try kubectl("set image \(set) c=second:2")
                _ = try kubectl("rollout status \(set) --timeout=60s")
                let history = try kubectl("rollout history \(set)")
                #expect(history.contains("1         <none>\n2         <none>"), "\(set): \(history)")
                _ = try kubectl("rollout undo \(set)")
                _ = try kubectl("rollout status \(set) --timeout=60s")
                #expect(try kubectl("rollout history \(set) --revision=3").contains("first:1"))
                _ = try kubectl("rollout restart \(set)")
                _ = try kubectl("rollout status \(set) --timeout=60s")
            }
            _ = try kubectl("scale statefulset db --replicas=4")
            _ = try kubectl("wait --for=jsonpath={.status.readyReplicas}=4 statefulset/db --timeout=60s")
            _ = try kubectl("scale statefulset db --replicas=1")
            _ = try kubectl("wait --for=delete pod/db-3 pod/db-2 pod/db-1 --timeout=60s")
            _ = try kubectl("create job once --from=cronjob/tick")
            _ = try kubectl("wait --for=condition=complete job/once --timeout=60s")

            // The budget leaves no pod to go; a fourth one does.
            let node = try kubectl("get pods -l app=web -o jsonpath={.items[0].spec.nodeName}")
            #expect(throws: ProgramFailure.self) {
                try kubectl("drain \(node) --ignore-daemonsets --force --timeout=2s --pod-selector=app=web")
            }
            _ = try kubectl("scale deployment web --replicas=5")
            _ = try kubectl("rollout status deployment/web --timeout=60s")
            _ = try kubectl("drain \(node) --ignore-daemonsets --force --timeout=60s --pod-selector=app=web")
            _ = try kubectl("uncordon \(node)")

            _ = try kubectl("wait --for=jsonpath={.status.phase}=Bound pvc/data --timeout=60s")
            _ = try cluster.kubectl([
                "patch", "pvc", "data", "-p", "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"2Gi\"}}}}",
            ])
            _ = try kubectl("wait --for=jsonpath={.status.capacity.storage}=2Gi pvc/data --timeout=60s")
            #expect(try !kubectl("get secret robot -o jsonpath={.data.token}").isEmpty)
            #expect(
                try kubectl("get node \(node) -o jsonpath={.metadata.annotations.node\\.alpha\\.kubernetes\\.io/ttl}")
                    == "0")

            let path = "jsonpath={range .items[*]}{.source.component}_{.reason} {end}"
            let events = try cluster.kubectl(["get", "events", "-o", path])
            for told in [
                "deployment-controller_ScalingReplicaSet", "replicaset-controller_SuccessfulCreate",
                "statefulset-controller_SuccessfulDelete", "daemonset-controller_SuccessfulCreate",
                "job-controller_Completed", "cronjob-controller_UnexpectedJob", "default-scheduler_Scheduled",
                "persistentvolume-controller_WaitForPodScheduled", "volume_expand_VolumeResizeSuccessful",
            ] { #expect(events.contains(told), "\(told) in \(events)") }
            try cluster.letGo()
            try cluster.waitUntilGone()
        }
    }
}
