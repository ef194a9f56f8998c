import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Nodes on machines of their own, which join a cluster that has none.
    @Suite(.serialized, .enabled(if: MachineNetwork.isPossible, "needs root, CNI plugins and iproute2"))
    struct JoinedNodesTests {
        /// Tells each client its host name.
        private static let server = """
            import http.server, socket
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200); self.end_headers(); self.wfile.write(socket.gethostname().encode())
                def log_message(self, *words): pass
            print('serving', flush=True)
            http.server.ThreadingHTTPServer(('', 8080), Handler).serve_forever()
            """
        private static let objects: [JSON] = [
            [
                "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": "web"],
                "spec": [
                    "selector": ["matchLabels": ["app": "web"]],
                    "template": [
                        "metadata": ["labels": ["app": "web"]],
                        "spec": [
                            "terminationGracePeriodSeconds": 1,
                            "containers": [
                                [
                                    "name": "main", "image": "busybox", "command": ["python3", "-c", JSON(server)],
                                    "ports": [["containerPort": 8080, "hostPort": 31_909]],
                                    "readinessProbe": ["httpGet": ["port": 8080, "path": "/"], "periodSeconds": 1],
                                ]
                            ],
                        ],
                    ],
                ],
            ], service("web", nodePort: 31_908, policy: "Cluster"), service("near", nodePort: 31_910, policy: "Local"),
        ]
        private static func service(_ name: String, nodePort: Int, policy: String) -> JSON {
            [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": JSON(name)],
                "spec": [
                    "type": "NodePort", "selector": ["app": "web"], "externalTrafficPolicy": JSON(policy),
                    "internalTrafficPolicy": JSON(policy),
                    "ports": [["port": 80, "targetPort": 8080, "nodePort": JSON(nodePort)]],
                ],
            ]
        }

        @Test func nodesJoinByATokenAndTheirPodsReachEachOther() throws {
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
            let flags = ["--runtime", "process", "--image-catalog", catalog]
            let nodes = try [
                JoinedNode("w1", 1, of: machines, cluster, flags),
                JoinedNode("w2", 2, of: machines, cluster, flags + ["--rotate-server-certificates"]),
            ]
            defer { for node in nodes { node.remove() } }
            for node in nodes { try node.start() }
            try cluster.kubectlDone("wait", "node/w1", "node/w2", "--for=condition=Ready", "--timeout=60s")

            // Each has its own client certificate; what the kubelet's port shows is for somebody to approve.
            for node in nodes {
                let config = try String(contentsOfFile: "\(node.directory)/node.conf", encoding: .utf8)
                #expect(config.contains("/pki/kubelet-client-current.pem") && !config.contains("token:"))
                let whoami = try Program.run(
                    "env",
                    ClusterProcess.inside(machines.namespace(0)) + [
                        "kubectl", "--kubeconfig", "\(node.directory)/node.conf", "auth", "whoami", "-o",
                        "jsonpath={.status.userInfo.username}",
                    ])
                #expect(whoami.text == "system:node:\(node.name)", "\(whoami.errors)")
            }
            let pending = try cluster.kubectlDone(
                "get", "csr", "-o",
                "jsonpath={.items[?(@.spec.signerName=='kubernetes.io/kubelet-serving')].metadata.name}")
            let port = "https://\(machines.address(2)):10250/healthz"
            let shown = {
                try machines.run(
                    0, "curl", "-sv", "--max-time", "5", "--cacert", "\(cluster.directory)/pki/ca.crt", port)
            }
            #expect(try shown().exitCode != 0)
            try cluster.kubectlDone("certificate", "approve", pending)
            try wait("the cluster's certificate to be shown") { try shown().output == "Unauthorized" }

            try cluster.kubectlDone("apply", "-f", "-", input: Self.objects.map(\.text).joined(separator: "\n"))
            try cluster.kubectlDone("rollout", "status", "daemonset/web", "--timeout=60s")
            let pods = try rows(cluster, "pods", "{.metadata.name} {.status.podIP} {.status.hostIP} {.spec.nodeName}")
                .sorted { $0[3] < $1[3] }
            #expect(pods.map { $0[2] } == [machines.address(1), machines.address(2)])
            try use(cluster, machines, pods)

            // The API goes away: traffic goes on, and what ends is started again; it hears of it when it is back.
            cluster.killHard()
            let answer = { (machine: Int, url: String) in
                try machines.run(machine, "curl", "-sS", "--max-time", "10", url).text
            }
            let names = Set(pods.map { $0[0] })
            #expect(try Set((0..<4).map { _ in try answer(1, "http://127.0.0.1:31908/") }) == names)
            try endServer(of: nodes[0])
            try wait("the container to run again") { try answer(2, "http://\(pods[0][1]):8080/") == pods[0][0] }
            try cluster.start()
            try wait("the restart to be told") {
                try rows(cluster, "pods/\(pods[0][0])", "", single: "{.status.containerStatuses[0].restartCount}")
                    == [["1"]]
            }
            try cluster.kubectlDone("rollout", "status", "daemonset/web", "--timeout=60s")
            try use(cluster, machines, pods)

            // Killed, and started again: the same pods. Then an end in order takes all of it along.
            nodes[1].killHard()
            #expect(try answer(1, "http://\(pods[1][1]):8080/") == pods[1][0])
            try FileManager.default.removeItem(atPath: "\(nodes[1].directory)/bootstrap.conf")
            try nodes[1].start()
            try use(cluster, machines, pods)
            let restarts = try rows(
                cluster, "pods/\(pods[1][0])", "", single: "{.status.containerStatuses[0].restartCount}")
            #expect(restarts == [["0"]])
            for node in nodes { try node.stop() }
            try cluster.stop()
            for machine in 0..<3 { #expect(try machines.held(machine) == []) }
        }

        /// Pods by address, Services by name and at node ports, host ports, logs, exec, the kubelet's pages.
        private func use(_ cluster: ClusterProcess, _ machines: JoinedMachines, _ pods: [[String]]) throws {
            let names = Set(pods.map { $0[0] })
            for (number, pod) in pods.enumerated() {
                let fromPod = { (url: String) in
                    try cluster.kubectlDone("exec", pod[0], "--", "curl", "-sSk", "--max-time", "10", url)
                }
                let fromServer = { (url: String) in
                    try machines.run(0, "curl", "-sS", "--max-time", "10", url).text
                }
                for other in pods { #expect(try fromPod("http://\(other[1]):8080/") == other[0]) }
                #expect(try Set((0..<4).map { _ in try fromPod("http://web/") }) == names)
                #expect(try Set((0..<4).map { _ in try fromPod("http://near/") }) == [pod[0]])
                #expect(try fromPod("https://kubernetes.default.svc/version").contains("gitVersion"))
                let address = machines.address(number + 1)
                #expect(try fromServer("http://\(pod[1]):8080/") == pod[0])
                #expect(try fromServer("http://\(address):31909/") == pod[0])
                #expect(try Set((0..<4).map { _ in try fromServer("http://\(address):31908/") }) == names)
                #expect(try Set((0..<4).map { _ in try fromServer("http://\(address):31910/") }) == [pod[0]])
                #expect(try cluster.kubectlDone("logs", pod[0], "--tail=1") == "serving")
                let summary = try cluster.kubectlDone("get", "--raw", "/api/v1/nodes/\(pod[3])/proxy/stats/summary")
                #expect(summary.contains("\"name\":\"\(pod[0])\""))
            }
        }

        /// Kills the program that the node's container runs.
        private func endServer(of node: JoinedNode) throws {
            for id in ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap({ pid_t($0) })
            {
                guard let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
                    String(decoding: line, as: UTF8.self).hasPrefix("python3\0-c\0import http.server, socket"),
                    let groups = try? String(contentsOfFile: "/proc/\(id)/mountinfo", encoding: .utf8),
                    groups.contains(node.directory)
                else { continue }
                kill(id, SIGKILL)
                return
            }
            throw ProgramFailure(description: "no container of \(node.name) is found")
        }

        /// One line for each object, in words.
        private func rows(
            _ cluster: ClusterProcess, _ kind: String, _ template: String, single: String? = nil
        ) throws -> [[String]] {
            try cluster.kubectlDone(
                "get", kind, "-o", "jsonpath=" + (single ?? "{range .items[*]}\(template)\n{end}")
            ).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        }
    }
}
