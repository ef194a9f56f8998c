import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The cafe in containers on nodes that have joined, each with a containerd of its own.
    @Suite(.serialized, .enabled(if: MachineNetwork.hasContainerd, "needs root, containerd, runc and CNI plugins"))
    struct JoinedContainersTests {
        private static let configuration = """
            apiVersion: kubelet.config.k8s.io/v1beta1
            kind: KubeletConfiguration
            maxPods: 40
            containerLogMaxSize: 64Ki
            containerLogMaxFiles: 3
            """
        private static let talker = """
            apiVersion: v1
            kind: Pod
            metadata: {name: talker}
            spec:
              nodeName: w1
              terminationGracePeriodSeconds: 1
              containers:
              - name: c
                image: busybox
                command:
                - sh
                - -c
                - i=0; while [ $i -lt 6000 ]; do i=$((i+1)); echo line-$i-of-many; done; echo all; exec sleep 100000
            """

        @Test func theCafeRunsOnNodesThatJoined() throws {
            let machines = try JoinedMachines(3)
            defer { machines.remove() }
            let cluster = try ClusterProcess(
                ["--network", "bridge", "--nodes", "0", "--bind-address", machines.address(0)],
                networkNamespace: machines.namespace(0))
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "-f", "-", input: JoinedNode.tokenSecret)
            let file = "\(cluster.directory)/kubelet.yaml"
            try Self.configuration.write(toFile: file, atomically: true, encoding: .utf8)
            let nodes = try ["w1", "w2"].enumerated().map { number, name in
                try JoinedNode(
                    name, number + 1, of: machines, cluster, ["--runtime", "containerd", "--config", file])
            }
            defer { for node in nodes { node.remove() } }
            for node in nodes { try node.start() }
            try cluster.kubectlDone("wait", "node/w1", "node/w2", "--for=condition=Ready", "--timeout=60s")
            #expect(
                try cluster.kubectlDone("get", "node", "w1", "-o", "jsonpath={.status.capacity.pods}") == "40")
            #expect(
                try cluster.kubectlDone("get", "--raw", "/api/v1/nodes/w1/proxy/configz").contains(
                    "\"containerLogMaxSize\":\"64Ki\""))

            try cluster.kubectlDone("apply", "-f", "-", input: Self.talker)
            try cluster.kubectlDone("apply", "-f", ClusterProcess.root.appending(path: "samples/cafe").path)
            for name in ["coffee", "tea"] {
                try cluster.kubectlDone("rollout", "status", "deployment/\(name)", "--timeout=180s")
            }
            let coffee = try cluster.kubectlDone(
                "get", "pods", "-l", "app=coffee", "-o", "jsonpath={.items[*].metadata.name}"
            ).split(separator: " ").map(String.init)
            let places = try cluster.kubectlDone(
                "get", "pods", "-l", "app=coffee", "-o", "jsonpath={.items[*].spec.nodeName}")
            #expect(Set(places.split(separator: " ")) == ["w1", "w2"])
            for pod in coffee {
                let answers = try (0..<6).map { _ in
                    try cluster.kubectlDone("exec", pod, "--", "curl", "-sS", "--max-time", "10", "http://tea-svc/")
                }
                #expect(Set(answers.map { $0.split(separator: "\n").first }).count == 3, "\(answers)")
            }
            let ingress = try machines.run(
                0, "curl", "-sSk", "--max-time", "10", "--resolve",
                "cafe.example.com:\(cluster.ingressSecurePort):\(machines.address(0))",
                "https://cafe.example.com:\(cluster.ingressSecurePort)/coffee")
            #expect(coffee.contains { ingress.output.contains($0) }, "\(ingress)")

            // A log over its files, with every option; a tree there and back.
            try cluster.kubectlDone("wait", "pod/talker", "--for=condition=Ready", "--timeout=60s")
            try wait("all of the log") { try cluster.kubectlDone("logs", "talker", "--tail=1") == "all" }
            let log = try cluster.kubectlDone("logs", "talker").split(separator: "\n")
            #expect(log.first?.hasPrefix("line-") == true && log.last == "all")
            #expect(try cluster.kubectlDone("logs", "talker", "--tail=500").hasPrefix("line-5502-"))
            #expect(
                try cluster.kubectlDone("logs", "talker", "--since=1h", "--timestamps", "--tail=1").hasSuffix("Z all"))
            #expect(try cluster.kubectl("exec", "talker", "--", "sh", "-c", "exit 7").exitCode == 7)
            #expect(
                try cluster.kubectl("exec", "-i", "talker", "--", "sh", "-c", "cat; exit 9", input: "in").text == "in")
            let tree = "\(cluster.directory)/tree"
            try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
            for number in 0..<20 {
                try Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* (number + 3) >> 3) }).write(
                    to: URL(filePath: "\(tree)/\(number)"))
            }
            try cluster.kubectlDone("cp", tree, "talker:/tmp/tree")
            try cluster.kubectlDone("cp", "talker:/tmp/tree", "\(tree)-back")
            #expect(try Program.run("diff", ["-r", tree, "\(tree)-back"]).exitCode == 0)

            for node in nodes { try node.stop() }
            try cluster.stop()
            for machine in 0..<3 { #expect(try machines.held(machine) == []) }
        }
    }
}
