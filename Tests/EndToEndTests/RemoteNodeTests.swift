import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// A node in a process of its own beside those of `skiff up`.
    @Suite(.serialized) struct RemoteNodeTests {
        private static func pod(_ name: String, node: String) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec:
              nodeName: \(node)
              terminationGracePeriodSeconds: 1
              containers:
              - name: c
                image: python
                command:
                - sh
                - -c
                - |
                  data=${VOLUME_AT_DATA:-/data}; echo started in \(name); cat $data/key; echo
                  exec python3 -m http.server 8181 --directory $data --bind $POD_IP > /dev/null 2>&1
                readinessProbe: {tcpSocket: {port: 8181}, periodSeconds: 1}
                volumeMounts: [{name: v, mountPath: /data}]
              volumes: [{name: v, configMap: {name: settings}}]
            """
        }

        @Test func servesPodsLikeAnyOther() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            let node = try NodeProcess(cluster, "worker-1")
            defer { node.remove() }
            try node.start()
            try cluster.kubectlDone("wait", "--for=condition=Ready", "node/worker-1", "--timeout=60s")
            let own = try #require(
                try cluster.kubectlDone("get", "nodes", "-o", "name").split(separator: "\n").map { $0.dropFirst(5) }
                    .first { $0 != "worker-1" })
            try cluster.kubectlDone("create", "configmap", "settings", "--from-literal=key=value")
            for (name, place) in [("near", String(own)), ("far", "worker-1")] {
                try cluster.kubectlDone("apply", "-f", "-", input: Self.pod(name, node: place))
            }
            try cluster.kubectlDone("wait", "--for=condition=Ready", "pod/near", "pod/far", "--timeout=60s")
            for (name, place) in [("near", String(own)), ("far", "worker-1")] {
                try Self.use(cluster, name, node: place)
            }
            // What a kubelet refuses is said in the same words, wherever it runs.
            for name in ["near", "far"] {
                let previous = try cluster.kubectl("logs", name, "--previous")
                #expect(previous.errors.contains("previous terminated container \"c\" in pod \"\(name)\" not found"))
                #expect(try cluster.kubectl("exec", name, "--", "false").exitCode == 1)
                let missing = try cluster.kubectl("exec", name, "--", "no-such-program")
                #expect(missing.exitCode != 0 && missing.errors.contains("no-such-program"), "\(missing.errors)")
            }

            // The kubelet's port: nobody without credentials, the administrator by his certificate.
            let port = "https://\(try node.address()):10250"
            #expect(try node.curl(port + "/pods", []) == "Unauthorized 401")
            #expect(try node.curl(port + "/pods", ["-H", "Authorization: Bearer nonsense"]) == "Unauthorized 401")
            #expect(try node.curl(port + "/healthz", ["-H", "Authorization: Bearer \(cluster.token)"]) == "ok 200")
            try cluster.kubectlDone("create", "serviceaccount", "visitor")
            let visitor = try cluster.kubectlDone("create", "token", "visitor")
            #expect(
                try node.curl(port + "/healthz", ["-H", "Authorization: Bearer \(visitor)"])
                    == "Forbidden (user=system:serviceaccount:default:visitor, verb=get, resource=nodes, "
                    + "subresource(s)=[healthz proxy])\n 403")

            // The API goes away: the pods stay, and what ends is started again.
            let before = try cluster.kubectlDone("get", "pod", "far", "-o", "jsonpath={.status.podIP}")
            cluster.killHard()
            #expect(try Program.run("curl", ["-sS", "http://\(before):8181/key"]).text == "value")
            try cluster.start()
            try Self.use(cluster, "far", node: "worker-1")
            try cluster.kubectlDone("create", "configmap", "more", "--from-literal=key=1")
            try cluster.kubectlDone("delete", "pod", "far", "--timeout=60s")
            try cluster.kubectlDone("apply", "-f", "-", input: Self.pod("far", node: "worker-1"))
            try cluster.kubectlDone("wait", "--for=condition=Ready", "pod/far", "--timeout=60s")

            // The node's process is killed: its pods run on, and the next one takes them over.
            let id = try cluster.kubectlDone(
                "get", "pod", "far", "-o", "jsonpath={.status.containerStatuses[0].containerID}")
            node.killHard()
            let address = try cluster.kubectlDone("get", "pod", "far", "-o", "jsonpath={.status.podIP}")
            #expect(try Program.run("curl", ["-sS", "http://\(address):8181/key"]).text == "value")
            try node.start()
            try Self.use(cluster, "far", node: "worker-1")
            let after = try cluster.kubectlDone(
                "get", "pod", "far", "-o",
                "jsonpath={.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}")
            #expect(after == "\(id) 0")
        }

        /// Logs, exec, port-forward and the kubelet's own pages by way of the API server.
        private static func use(_ cluster: ClusterProcess, _ name: String, node: String) throws {
            #expect(try cluster.kubectlDone("logs", name) == "started in \(name)\nvalue", "\(node)")
            #expect(try cluster.kubectlDone("logs", name, "--tail=1", "--timestamps").hasSuffix("Z value"))
            #expect(try cluster.kubectl("exec", "-i", name, "--", "cat", input: "typed").text == "typed")
            #expect(try cluster.kubectl("exec", name, "--", "sh", "-c", "exit 7").exitCode == 7)
            let local = try FreePorts.take()
            let forwarding = try cluster.startKubectl("port-forward", "pod/\(name)", "\(local):8181")
            defer { forwarding.end() }
            try wait("the forwarded port") { FreePorts.isOpen(local) }
            #expect(try Program.run("curl", ["-sS", "http://127.0.0.1:\(local)/key"]).text == "value")
            for suffix in ["", ":10250"] {
                let text = try cluster.kubectlDone("get", "--raw", "/api/v1/nodes/\(node)\(suffix)/proxy/stats/summary")
                let summary = try JSON(parsing: Array(text.utf8))
                #expect(summary["node", "nodeName"]?.string == node)
                let pod = summary["pods"]?.elements.first { $0["podRef", "name"]?.string == name }
                #expect((pod?["containers"]?[0]["memory", "workingSetBytes"]?.int ?? 0) > 0, "\(text)")
            }
            let pods = try cluster.kubectlDone("get", "--raw", "/api/v1/nodes/\(node)/proxy/pods")
            #expect(pods.contains("\"name\":\"\(name)\""))
        }

        @Test func whatIsWrongIsSaidAtOnce() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            let bad = try Program.run(
                ClusterProcess.binary, ["kubeconfig", "--data-dir", cluster.directory, "--node", "A b"])
            #expect(bad.exitCode != 0 && bad.errors.contains("a node's name is of lower case letters"))
            // Somebody else's name.
            let node = try NodeProcess(cluster, "worker-1", ["--node-name", "worker-2"])
            defer { node.remove() }
            let refused = try node.run()
            #expect(
                refused.exitCode != 0 && refused.errors.contains("the cluster refuses this node: "), "\(refused.errors)"
            )
            let other = try NodeProcess(cluster, "worker-1", ["--runtime", "containerd"])
            defer { other.remove() }
            #expect(try other.run().errors.contains("--runtime containerd needs a cluster with --network bridge"))
            // A configuration is read before anything is asked of the cluster.
            let file = "\(cluster.directory)/kubelet.yaml"
            try "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxpods: 3\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            let told = try NodeProcess(cluster, "worker-1", ["--config", file])
            defer { told.remove() }
            let errors = try told.run().errors
            #expect(
                errors.contains(
                    "failed to load kubelet config file, path: \(file), error: failed to decode: strict decoding error: "
                        + "unknown field \"maxpods\""), "\(errors)")
        }
    }
}

/// A real `skiff node` in a directory of its own.
private final class NodeProcess {
    private let directory: String
    private let name: String
    private let arguments: [String]
    private let cluster: ClusterProcess
    private var process: Process?

    init(_ cluster: ClusterProcess, _ name: String, _ more: [String] = []) throws {
        self.cluster = cluster
        self.name = name
        directory = FileManager.default.temporaryDirectory.path + "/skiff-node-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let config = try Program.run(
            ClusterProcess.binary, ["kubeconfig", "--data-dir", cluster.directory, "--node", name])
        try config.output.write(toFile: "\(directory)/node.conf", atomically: true, encoding: .utf8)
        arguments = ["node", "--kubeconfig", "\(directory)/node.conf", "--data-dir", "\(directory)/data"] + more
    }

    func run() throws -> ProgramResult { try Program.run(ClusterProcess.binary, arguments) }

    var log: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

    func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: ClusterProcess.binary)
        process.arguments = arguments
        let path = "\(directory)/log"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        process.standardOutput = file
        process.standardError = file
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try file.close()
        self.process = process
        try wait("the node to run") {
            guard process.isRunning else { throw ProgramFailure(description: "the node ended: \(log)") }
            return log.contains("Node \(name) runs pods of ")
        }
    }

    func killHard() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    func address() throws -> String {
        try cluster.kubectlDone("get", "node", name, "-o", "jsonpath={.status.addresses[0].address}")
    }

    /// An answer's body and status.
    func curl(_ url: String, _ options: [String]) throws -> String {
        try Program.run("curl", ["-sSk", "--max-time", "20", "-w", " %{http_code}"] + options + [url]).output
    }

    /// Ctrl-C, and its directory goes; what a killed one left behind ends by its id.
    func remove() {
        if let process, process.isRunning {
            kill(process.processIdentifier, SIGTERM)
            do { try wait("the node to stop") { !process.isRunning } } catch { killHard() }
        }
        for id in ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap({ pid_t($0) }) {
            guard let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
                String(decoding: line, as: UTF8.self).contains(directory)
            else { continue }
            kill(id, SIGKILL)
        }
        try? FileManager.default.removeItem(atPath: directory)
    }
}
