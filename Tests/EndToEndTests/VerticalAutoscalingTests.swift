import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Real pods that ask for too little, with short periods: measured, resized where they run, and sized when they are made.
    @Suite(.serialized) struct VerticalAutoscalingTests {
        private static let flags = [
            "--metric-resolution", "2s", "--recommender-interval", "1s", "--updater-interval", "2s",
        ]

        private func workload(_ mode: String) -> String {
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: burner}
            spec:
              replicas: 2
              selector: {matchLabels: {app: burner}}
              template:
                metadata: {labels: {app: burner}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: sh
                    image: busybox
                    resources: {requests: {cpu: 5m, memory: 20Mi}, limits: {memory: 40Mi}}
                    command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.2; done"]
            ---
            apiVersion: autoscaling.k8s.io/v1
            kind: VerticalPodAutoscaler
            metadata: {name: burner}
            spec:
              targetRef: {apiVersion: apps/v1, kind: Deployment, name: burner}
              updatePolicy: {updateMode: \(mode)}
              resourcePolicy:
                containerPolicies: [{containerName: "*", maxAllowed: {memory: 100Mi}}]
            """
        }
        private func pods(_ cluster: ClusterProcess, _ path: String) throws -> [Substring] {
            let line = "{range .items[*]}\(path){\"\\n\"}{end}"
            return try cluster.kubectl("get", "pods", "-l", "app=burner", "-o", "jsonpath=\(line)").text.split(
                separator: "\n"
            ).sorted()
        }

        @Test(.timeLimit(.minutes(5))) func podsAreResizedWhereTheyRun() throws {
            let cluster = try ClusterProcess(Self.flags)
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "--server-side", "-f", "-", input: workload("\"Off\""))
            try wait("a recommendation", seconds: 120) {
                try cluster.kubectl("get", "vpa", "burner").text.contains("100Mi   True")
            }
            #expect(try cluster.kubectl("explain", "vpa.spec.updatePolicy").text.contains("evictionRequirements"))
            let before = try pods(cluster, "{.metadata.uid}")
            #expect(try pods(cluster, "{.spec.containers[0].resources.requests.memory}") == ["20Mi", "20Mi"])
            try cluster.kubectlDone("apply", "--server-side", "-f", "-", input: workload("InPlaceOrRecreate"))
            // What is asked for, and what the node has made of it.
            for path in ["{.spec.containers[0].resources}", "{.status.containerStatuses[0].resources}"] {
                try wait("resized pods", seconds: 120) {
                    let resources = try pods(cluster, path)
                    return resources.count == 2
                        && resources.allSatisfy { $0.contains("\"100Mi\"") && $0.contains("\"200Mi\"") }
                }
            }
            #expect(try pods(cluster, "{.metadata.uid}") == before)
            #expect(try pods(cluster, "{.status.containerStatuses[0].restartCount}") == ["0", "0"])
            try wait("the event", seconds: 60) {
                try cluster.kubectl("get", "events").text.contains("InPlaceResizedByVPA")
            }
            let explained = try Program.run(
                ClusterProcess.binary,
                ["explain-scaling", "vpa", "burner", "--kubeconfig", "\(cluster.directory)/admin.conf"])
            #expect(explained.output.contains("Autoscaler default/burner of Deployment/burner: 2 pods"), "\(explained)")
            // One that comes now has its size from the start, and a restart forgets nothing.
            try cluster.kubectlDone("delete", "pod", "-l", "app=burner")
            try wait("new pods", seconds: 120) {
                try pods(cluster, "{.metadata.annotations.vpaUpdates}").count { $0.hasPrefix("Pod resources updated") }
                    == 2
            }
            let samples = "jsonpath={.status.totalSamplesCount}"
            let count = try Int(cluster.kubectl("get", "vpacheckpoint", "burner-sh", "-o", samples).text) ?? 0
            cluster.killHard()
            try cluster.start()
            try wait("more measurements", seconds: 120) {
                try Int(cluster.kubectl("get", "vpacheckpoint", "burner-sh", "-o", samples).text) ?? 0 > count
            }
        }
    }
}
