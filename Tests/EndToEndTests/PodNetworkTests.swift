import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Pods with networks of their own on two nodes, by `--network bridge`.
    @Suite(.serialized, .enabled(if: MachineNetwork.isPossible)) struct PodNetworkTests {
        /// Tells each client its host name.
        private static let server = """
            import http.server, socket
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200); self.end_headers(); self.wfile.write(socket.gethostname().encode())
                def log_message(self, *words): pass
            http.server.ThreadingHTTPServer(('', 8080), Handler).serve_forever()
            """
        private static let objects: [JSON] = [
            [
                "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": "web"],
                "spec": [
                    "selector": ["matchLabels": ["app": "web"]],
                    "template": ["metadata": ["labels": ["app": "web"]], "spec": pod(hostPort: 31_909)],
                ],
            ],
            [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web"],
                "spec": [
                    "type": "NodePort", "selector": ["app": "web"],
                    "ports": [["port": 80, "targetPort": 8080, "nodePort": 31_908]],
                ],
            ],
            ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "client"], "spec": pod(hostPort: nil)],
        ]
        private static func pod(hostPort: Int?) -> JSON {
            var port: JSON = ["containerPort": 8080]
            if let hostPort { port["hostPort"] = JSON(hostPort) }
            return [
                "terminationGracePeriodSeconds": 1,
                "containers": [
                    [
                        "name": "main", "image": "busybox", "command": ["python3", "-c", JSON(server)], "ports": [port],
                        "readinessProbe": ["httpGet": ["port": 8080, "path": "/"], "periodSeconds": 1],
                    ]
                ],
            ]
        }

        @Test func podsShareNoPortsAndAreReachedFromEverywhere() throws {
            let catalog = FileManager.default.temporaryDirectory.path + "/catalog-\(UUID().uuidString.prefix(8)).yaml"
            try "- images: [\"busybox:*\"]\n  command: [\"/bin/sh\"]\n".write(
                toFile: catalog, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: catalog) }
            let cluster = try ClusterProcess(["--network", "bridge", "--nodes", "2", "--image-catalog", catalog])
            defer { cluster.remove() }
            try cluster.start()
            let machine = try MachineNetwork(cluster)
            let empty = try machine.held()
            #expect(empty.count == 4, "\(empty)")

            try cluster.kubectlDone("apply", "-f", "-", input: Self.objects.map(\.text).joined(separator: "\n"))
            try cluster.kubectlDone("rollout", "status", "daemonset/web", "--timeout=60s")
            try cluster.kubectlDone("wait", "pod/client", "--for=condition=Ready", "--timeout=60s")
            let nodes = try rows(cluster, "nodes", "{.status.addresses[0].address} {.spec.podCIDR}")
            let pods = try rows(cluster, "pods", "{.metadata.name} {.status.podIP} {.status.hostIP}")
            #expect(Set(nodes.map { $0[0] }).count == 2 && pods.count == 3)
            for pod in pods {
                let node = try #require(nodes.first { $0[0] == pod[2] })
                let (range, address) = (try #require(CIDR(node[1])), try #require(IPAddress(pod[1])))
                #expect(range.contains(address), "\(pod) \(node)")
            }
            let web = pods.filter { $0[0] != "client" }
            let names = Set(web.map { $0[0] })

            // Pods by address, a Service by name and at its node port, host ports: from a pod, and from the machine.
            let fromPod = { (url: String) in
                try cluster.kubectlDone("exec", "client", "--", "curl", "-sS", "--max-time", "10", url)
            }
            let fromMachine = { (url: String) in try Program.run("curl", ["-sS", "--max-time", "10", url]).text }
            for pod in web {
                #expect(try fromPod("http://\(pod[1]):8080/") == pod[0])
                #expect(try fromPod("http://\(pod[2]):31909/") == pod[0])
                #expect(try fromMachine("http://\(pod[2]):31909/") == pod[0])
            }
            #expect(try Set((0..<4).map { _ in try fromPod("http://web/") }) == names)
            for address in nodes.map({ $0[0] }) + ["127.0.0.1"] {
                #expect(try Set((0..<4).map { _ in try fromMachine("http://\(address):31908/") }) == names)
            }
            let token = "/var/run/secrets/kubernetes.io/serviceaccount"
            let version = try cluster.kubectlDone(
                "exec", "client", "--", "curl", "-sS", "--cacert", "\(token)/ca.crt",
                "https://kubernetes.default.svc/version")
            #expect(version.contains("gitVersion"), "\(version)")

            // Killed, and started again: the same pods at the same addresses, and nothing more in the kernel.
            let before = try machine.held()
            cluster.killHard()
            #expect(try machine.held() == before)
            try cluster.start()
            try cluster.kubectlDone("wait", "pod", "--all", "--for=condition=Ready", "--timeout=60s")
            let query = "{.metadata.name} {.status.podIP} {.status.hostIP}"
            #expect(try Set(rows(cluster, "pods", query)) == Set(pods))
            let restarts = try rows(cluster, "pods", "{.status.containerStatuses[0].restartCount}")
            #expect(restarts.allSatisfy { $0 == ["0"] })
            #expect(try machine.held() == before)
            try wait("the Service to answer again", seconds: 20) { try names.contains(fromPod("http://web/")) }
            #expect(try fromPod("http://\(web[0][2]):31909/") == web[0][0])

            // A pod that goes takes its network along, and an end in order all of it.
            try cluster.kubectlDone("delete", "pod", "client", "--grace-period=1", "--timeout=60s")
            #expect(try machine.held().count == before.count - 2)
            try cluster.stop()
            #expect(try machine.held() == [])
        }

        /// One line for each object, in words.
        private func rows(_ cluster: ClusterProcess, _ kind: String, _ template: String) throws -> [[String]] {
            try cluster.kubectlDone("get", kind, "-o", "jsonpath={range .items[*]}\(template)\n{end}")
                .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        }
    }

    /// What the machine's kernel holds for a cluster of bridges: the names of bridges and of what is joined to them,
    /// namespaces, the route to Services, the table for masquerade.
    struct MachineNetwork {
        static let isPossible =
            geteuid() == 0 && ProcessInfo.processInfo.environment["SKIFF_TEST_STORE"] != "etcd"
            && ["/usr/lib/cni/bridge", "/usr/lib/cni/host-local", "/usr/lib/cni/loopback", "/usr/sbin/ip"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: $0)
            }

        private let prefix: String
        private let services: String

        init(_ cluster: ClusterProcess) throws {
            let file = FileManager.default.contents(atPath: "\(cluster.directory)/network.json") ?? Data()
            let network = try JSON(parsing: Array(file))
            let pods = try #require(CIDR(network["clusterCIDR"]?.string ?? ""))
            services = network["serviceClusterIPRange"]?.string ?? ""
            prefix = "skiff-" + pods.first.bytes.prefix(2).map { String(format: "%02x", $0) }.joined()
        }

        func held() throws -> [String] {
            func lines(_ program: String, _ arguments: String..., containing part: String) throws -> [String] {
                try Program.run(program, arguments).output.split(separator: "\n").map(String.init).filter {
                    $0.contains(part)
                }
            }
            let links = try lines("ip", "-o", "link", "show", containing: prefix).compactMap {
                $0.split(separator: " ").dropFirst().first.map(String.init)
            }
            let routes = try lines("ip", "route", "show", "table", "local", containing: services)
            let tables = try lines("nft", "list", "tables", containing: prefix)
            let namespaces = ((try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? []).filter {
                $0.hasPrefix(prefix)
            }
            return (links + routes + tables + namespaces).sorted()
        }
    }
}
