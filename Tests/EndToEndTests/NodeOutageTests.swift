import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// A node whose cable is pulled, and put back. It takes the minute after which a node counts as lost, so only
    /// `make test-long` asks for it.
    @Suite(
        .serialized,
        .enabled(
            if: MachineNetwork.isPossible && ProcessInfo.processInfo.environment["NODE_OUTAGES"] != nil,
            "needs root, CNI plugins, iproute2, and NODE_OUTAGES"))
    struct NodeOutageTests {
        private static func pod(_ name: String, tolerationSeconds: Int) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec:
              nodeName: w1
              terminationGracePeriodSeconds: 1
              tolerations:
              - {key: node.kubernetes.io/unreachable, effect: NoExecute, operator: Exists, tolerationSeconds: \(tolerationSeconds)}
              containers:
              - {name: c, image: busybox, command: [sh, -c, "exec sleep 100000"]}

            """
        }

        @Test func aLostNodeIsTaintedItsPodsGoAndItComesBack() throws {
            let machines = try JoinedMachines(3)
            defer { machines.remove() }
            let cluster = try ClusterProcess(
                ["--network", "bridge", "--nodes", "0", "--bind-address", machines.address(0)],
                networkNamespace: machines.namespace(0))
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "-f", "-", input: JoinedNode.tokenSecret)
            let catalog = cluster.directory + "/catalog.yaml"
            try "- images: [\"busybox:*\"]\n  command: [\"/bin/sh\"]\n".write(
                toFile: catalog, atomically: true, encoding: .utf8)
            // Nobody is evicted when all nodes are lost at once, so there is another.
            let nodes = try ["w1", "w2"].enumerated().map { number, name in
                try JoinedNode(
                    name, number + 1, of: machines, cluster, ["--runtime", "process", "--image-catalog", catalog])
            }
            defer { for node in nodes { node.remove() } }
            for node in nodes { try node.start() }
            try cluster.kubectlDone("wait", "node/w1", "node/w2", "--for=condition=Ready", "--timeout=60s")
            let pods = Self.pod("stays", tolerationSeconds: 3_600) + "---\n" + Self.pod("goes", tolerationSeconds: 2)
            try cluster.kubectlDone("apply", "-f", "-", input: pods)
            try cluster.kubectlDone("wait", "pod/stays", "pod/goes", "--for=condition=Ready", "--timeout=60s")
            func told(_ what: String, _ path: String) throws -> String {
                try cluster.kubectlDone("get", what, "-o", "jsonpath=\(path)")
            }
            let container = try told("pod/stays", "{.status.containerStatuses[0].containerID}")

            try machines.setLink(1, isUp: false)
            let pulled = Date()
            try wait("the node to be lost", seconds: 120) {
                try told("node/w1", "{.status.conditions[?(@.type=='Ready')].status}") == "Unknown"
            }
            // The node's last lease may be a quarter of its time old.
            #expect((25..<80).contains(Date().timeIntervalSince(pulled)), "\(Date().timeIntervalSince(pulled))")
            try wait("its taints") {
                try told("node/w1", "{.spec.taints[*].effect}").split(separator: " ").sorted()
                    == ["NoExecute", "NoSchedule"]
            }
            try wait("the pod to be evicted") { try !told("pod/goes", "{.metadata.deletionTimestamp}").isEmpty }
            #expect(try told("pod/stays", "{.metadata.deletionTimestamp}").isEmpty)
            #expect(try told("pod/stays", "{.status.conditions[?(@.type=='Ready')].status}") == "False")

            try machines.setLink(1, isUp: true)
            try wait("the node to be back", seconds: 120) {
                try told("node/w1", "{.status.conditions[?(@.type=='Ready')].status}{.spec.taints}") == "True"
            }
            try wait("the evicted pod to be gone") { try cluster.kubectl("get", "pod", "goes").exitCode != 0 }
            try wait("the other to be ready") {
                try told("pod/stays", "{.status.conditions[?(@.type=='Ready')].status}") == "True"
            }
            #expect(try told("pod/stays", "{.status.containerStatuses[0].containerID}") == container)
            #expect(try told("pod/stays", "{.status.containerStatuses[0].restartCount}") == "0")
        }
    }
}
