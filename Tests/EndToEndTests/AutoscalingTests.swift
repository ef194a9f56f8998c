import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Real pods under real load, with short periods.
    @Suite(.serialized) struct AutoscalingTests {
        private static let flags = [
            "--horizontal-pod-autoscaler-sync-period", "1s", "--metric-resolution", "2s",
            "--horizontal-pod-autoscaler-cpu-initialization-period", "0s",
        ]

        private func replicas(_ cluster: ClusterProcess, _ name: String) throws -> Int? {
            try Int(cluster.kubectl("get", "deployment", name, "-o", "jsonpath={.spec.replicas}").text)
        }

        /// Pods burn the processor as long as a file is there: 1 → 3 → 1, as `kubectl` shows it all along.
        @Test(.timeLimit(.minutes(5))) func aTargetFollowsTheProcessor() throws {
            let cluster = try ClusterProcess(Self.flags)
            defer { cluster.remove() }
            try cluster.start()
            let work = "\(cluster.directory)/work"
            try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: "\(work)/burn") }
            try Data().write(to: URL(filePath: "\(work)/burn"))
            try cluster.kubectlDone(
                "apply", "-f", "-",
                input: """
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: burner}
                    spec:
                      replicas: 1
                      selector: {matchLabels: {app: burner}}
                      template:
                        metadata: {labels: {app: burner}}
                        spec:
                          terminationGracePeriodSeconds: 1
                          volumes: [{name: work, hostPath: {path: \(work)}}]
                          containers:
                          - name: sh
                            image: busybox
                            resources: {requests: {cpu: 20m}}
                            volumeMounts: [{name: work, mountPath: \(work)}]
                            command: [sh, -c]
                            args:
                            - |
                              trap 'exit 0' TERM
                              while :; do
                                if [ -e \(work)/burn ]; then
                                  i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done
                                else
                                  sleep 1
                                fi
                              done
                    """)
            try cluster.kubectlDone(
                "autoscale", "deployment", "burner", "--min=1", "--max=3", "--cpu-percent=200")
            try cluster.kubectlDone(
                "patch", "hpa", "burner", "--type=merge", "-p",
                #"{"spec":{"behavior":{"scaleDown":{"stabilizationWindowSeconds":2}}}}"#)
            try wait("more pods", seconds: 120) { try replicas(cluster, "burner") == 3 }
            try wait("the pods to be measured", seconds: 60) {
                try cluster.kubectl("top", "pods", "-l", "app=burner", "--containers").text.split(separator: "\n").count
                    == 4
            }
            // A round that a busy machine is late with is made up by the next.
            func shows(_ arguments: String..., text: String...) throws {
                try wait("\(text) of kubectl \(arguments)", seconds: 60) {
                    let shown = try cluster.kubectl(arguments)
                    return text.allSatisfy { shown.text.contains($0) || shown.errors.contains($0) }
                }
            }
            try shows("top", "nodes", text: "%")
            try shows("get", "nodes.metrics.k8s.io", text: "WINDOW")
            try shows("top", "pods", "-l", "app=nobody", text: "No resources found")
            try shows("get", "hpa", "burner", text: "Deployment/burner", "%/200%")
            try shows(
                "describe", "hpa", "burner", text: "ScalingActive", "ValidMetricFound", "SuccessfulRescale",
                "cpu resource utilization (percentage of request) above target")
            let explained = try Program.run(
                ClusterProcess.binary,
                ["explain-scaling", "deployment", "burner", "--kubeconfig", "\(cluster.directory)/admin.conf"])
            #expect(explained.output.contains("Autoscaler default/burner of Deployment/burner"), "\(explained)")
            try FileManager.default.removeItem(atPath: "\(work)/burn")
            try wait("fewer pods", seconds: 120) { try replicas(cluster, "burner") == 1 }
            let account = "system:serviceaccount:default:default"
            #expect(try cluster.kubectl("auth", "can-i", "get", "pods.metrics.k8s.io", "--as", account).text == "no")
            try cluster.kubectlDone(
                "create", "rolebinding", "reader", "--clusterrole=view", "--serviceaccount=default:default")
            try wait("the role to reach", seconds: 30) {
                try cluster.kubectl("auth", "can-i", "get", "pods.metrics.k8s.io", "--as", account).text == "yes"
            }
        }

        /// A pod's own page is a custom metric, and drives an autoscaler; when it breaks nothing is scaled.
        @Test(.timeLimit(.minutes(5))) func aTargetFollowsItsOwnMetrics() throws {
            let cluster = try ClusterProcess(Self.flags)
            defer { cluster.remove() }
            try cluster.start()
            let work = "\(cluster.directory)/work"
            try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
            func tell(_ text: String) throws {
                try text.write(toFile: "\(work)/metrics", atomically: true, encoding: .utf8)
            }
            try tell("# TYPE queue_length gauge\nqueue_length{queue=\"a\"} 30\n")
            try cluster.kubectlDone(
                "apply", "-f", "-",
                input: """
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: worker}
                    spec:
                      replicas: 1
                      selector: {matchLabels: {app: worker}}
                      template:
                        metadata:
                          labels: {app: worker}
                          annotations: {prometheus.io/scrape: "true", prometheus.io/port: "9100"}
                        spec:
                          terminationGracePeriodSeconds: 1
                          volumes: [{name: work, hostPath: {path: \(work)}}]
                          containers:
                          - name: python
                            image: python
                            volumeMounts: [{name: work, mountPath: \(work)}]
                            env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
                            command: [sh, -c, exec python3 -m http.server 9100 --bind $IP --directory \(work)]
                    ---
                    apiVersion: autoscaling/v2
                    kind: HorizontalPodAutoscaler
                    metadata: {name: worker}
                    spec:
                      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}
                      minReplicas: 1
                      maxReplicas: 3
                      metrics:
                      - type: Pods
                        pods:
                          metric: {name: queue_length}
                          target: {type: AverageValue, averageValue: "10"}
                      behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
                    """)
            try wait("more pods", seconds: 120) { try replicas(cluster, "worker") == 3 }
            let path = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/queue_length"
            func raw(_ path: String, says text: String) throws {
                try wait("\(text) at \(path)", seconds: 60) {
                    let answer = try cluster.kubectl("get", "--raw", path)
                    return answer.text.contains(text) || answer.errors.contains(text)
                }
            }
            try raw(path, says: "\"value\":\"30\"")
            let external =
                "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue_length?labelSelector=queue%3Da"
            try raw(external, says: "\"metricLabels\":{\"queue\":\"a\"}")
            try raw("/apis/custom.metrics.k8s.io/v1beta2", says: "\"pods/queue_length\"")
            try raw(path + "s", says: "could not find the metric")
            try tell("this is no page")
            try wait("the autoscaler to say so", seconds: 60) {
                try cluster.kubectl("describe", "hpa", "worker").text.contains("FailedGetPodsMetric")
            }
            #expect(try replicas(cluster, "worker") == 3)
            try tell("queue_length{queue=\"a\"} 1\n")
            try wait("fewer pods", seconds: 120) { try replicas(cluster, "worker") == 1 }
        }
    }
}
