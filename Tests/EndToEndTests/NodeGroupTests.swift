import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Real nodes of the process that come for pods which find no room, and go when nobody needs them.
    @Suite(.serialized) struct NodeGroupTests {
        /// `NODE_GROUP_SIZE=20` makes as many nodes.
        private static let size =
            ProcessInfo.processInfo.environment["NODE_GROUP_SIZE"].flatMap { Int($0) } ?? 3

        /// From none to as many as the pods need, together again on one, and back to none: no pod goes against its budget,
        /// and nothing of a node is left.
        @Test(.timeLimit(.minutes(5))) func nodesComeForPodsAndGoWithThem() throws {
            let file = FileManager.default.temporaryDirectory.path + "/groups-\(UUID().uuidString).yaml"
            try """
            scanInterval: 1s
            scaleDownDelayAfterAdd: 3s
            scaleDownUnneededTime: 3s
            nodeDeleteDelayAfterTaint: 1s
            groups:
            - name: small
              maxSize: \(Self.size)
              capacity: {cpu: "2", memory: 4Gi}
              labels: {pool: small}
              taints: [{key: only, value: web, effect: NoSchedule}]
            """.write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let cluster = try ClusterProcess(["--node-groups", file])
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "-f", "-", input: Self.manifest(pods: Self.size * 2 + 1))
            try wait("pods on all nodes", seconds: 120) { try ready(cluster) == Self.size * 2 }
            #expect(try nodes(cluster).count == Self.size)
            #expect(
                try cluster.kubectl(
                    "get", "node", "small-1", "-o", "jsonpath={.status.capacity.cpu} {.spec.taints[*].key}"
                )
                .text == "2 only")
            // The last pod finds no room, and it is told why.
            try wait("the pod that is one too many to be told") {
                try cluster.kubectl("get", "events", "-o", "jsonpath={.items[*].message}").text
                    .contains("pod didn't trigger scale-up: 1 max node group size reached")
            }
            func explained() throws -> String {
                try Program.run(
                    ClusterProcess.binary,
                    ["explain-scaling", "nodes", "small", "--kubeconfig", "\(cluster.directory)/admin.conf"]
                ).output
            }
            let told = try explained()
            #expect(told.contains("Group small: \(Self.size) nodes (0 to \(Self.size))"), "\(told)")
            #expect(told.contains("may not grow: max node group size reached"), "\(told)")
            #expect(told.contains("node small-1 needed: NotUnderutilized"), "\(told)")

            // Two pods are left, which move together within their budget.
            try cluster.kubectlDone("scale", "deployment", "web", "--replicas=2")
            try wait("the pods to move together", seconds: 120) {
                let nodes = try nodes(cluster).count
                // One of two may be away at a time.
                let there = try ready(cluster)
                #expect(there >= 1)
                return nodes == 1 && there == 2
            }
            try cluster.kubectlDone("delete", "deployment", "web")
            try wait("the last node to go", seconds: 60) { try nodes(cluster).isEmpty }
            let folder = "\(cluster.directory)/nodes"
            try wait("its folder to go", seconds: 30) {
                try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.hasPrefix("small-") }
            }
            try wait("its lease to go", seconds: 60) {
                try !cluster.kubectl("get", "leases", "-A", "-o", "name").text.contains("small-")
            }
        }

        /// A node that is there when the process ends is there again after the next start.
        @Test(.timeLimit(.minutes(3))) func aRestartHasTheSameNodes() throws {
            let file = FileManager.default.temporaryDirectory.path + "/groups-\(UUID().uuidString).yaml"
            try "{scanInterval: 1s, groups: [{name: small, minSize: 1, maxSize: 3, labels: {pool: small}}]}"
                .write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let cluster = try ClusterProcess(["--node-groups", file])
            defer { cluster.remove() }
            try cluster.start()
            try wait("the least of nodes", seconds: 60) { try nodes(cluster) == ["node/small-1"] }
            try cluster.stop()
            try cluster.start()
            try wait("the node to be ready again", seconds: 60) {
                try cluster.kubectl("get", "node", "small-1").text.contains(" Ready ")
            }
            #expect(try nodes(cluster) == ["node/small-1"])
        }

        private func nodes(_ cluster: ClusterProcess) throws -> [String] {
            try cluster.kubectl("get", "nodes", "-l", "pool=small", "-o", "name").text.split(separator: "\n")
                .map(String.init)
        }
        private func ready(_ cluster: ClusterProcess) throws -> Int {
            try Int(
                cluster.kubectl("get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}").text) ?? 0
        }

        private static func manifest(pods: Int) -> String {
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: \(pods)
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  nodeSelector: {pool: small}
                  tolerations: [{key: only, operator: Exists}]
                  terminationGracePeriodSeconds: 1
                  containers:
                  - {name: web, image: busybox, command: [sleep, "100000"], resources: {requests: {cpu: 900m}}}
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: web}
            spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
            """
        }
    }
}
