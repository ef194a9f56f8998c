import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The cafe as containers from images, by a containerd of skiff's own.
    @Suite(.serialized, .enabled(if: MachineNetwork.hasContainerd, "needs root, containerd, runc and CNI plugins"))
    struct ContainerdTests {
        /// Programs and mounts that name the cluster's directory, but for its own and its database's.
        private static func held(_ cluster: ClusterProcess) -> [String] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            let programs = names.filter { Int($0) != nil }.compactMap { name -> String? in
                guard let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { return nil }
                let text = String(decoding: line, as: UTF8.self)
                return text.contains("containerd") && text.contains(cluster.directory) ? "\(name) \(text)" : nil
            }
            let table = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
            return programs
                + table.split(separator: "\n").map(String.init).filter {
                    $0.contains("\(cluster.directory)/containerd")
                }
        }

        @Test func theCafeRunsInContainersThatOutliveUs() throws {
            let cluster = try ClusterProcess(["--network", "bridge", "--runtime", "containerd"])
            defer { cluster.remove() }
            try cluster.start()
            let version = try cluster.kubectlDone(
                "get", "nodes", "-o", "jsonpath={.items[0].status.nodeInfo.containerRuntimeVersion}")
            #expect(version.hasPrefix("containerd://"), "\(version)")
            try cluster.kubectlDone("apply", "-f", ClusterProcess.root.appending(path: "samples/cafe").path)
            try cluster.kubectlDone("rollout", "status", "deployment/coffee", "--timeout=120s")
            try wait("both coffees to answer") { try cluster.replicasAnswering("/coffee", calls: 10).count == 2 }
            let pod = try cluster.kubectlDone(
                "get", "pods", "-l", "app=coffee", "-o", "jsonpath={.items[0].metadata.name}")
            #expect(try cluster.kubectlDone("exec", pod, "--", "hostname") == pod)
            #expect(try cluster.kubectl("exec", "-i", pod, "--", "sh", "-c", "cat; exit 9", input: "in").exitCode == 9)
            let images = try Program.run(ClusterProcess.binary, ["image", "list", "--data-dir", cluster.directory])
            #expect(images.output.contains("docker.io/nginxdemos/nginx-hello:plain-text"), "\(images)")

            cluster.killHard()
            try cluster.start()
            try cluster.kubectlDone("wait", "pod", "-l", "app=coffee", "--for=condition=Ready", "--timeout=60s")
            let restarts = try cluster.kubectlDone(
                "get", "pods", "-l", "app=coffee", "-o", "jsonpath={.items[*].status.containerStatuses[0].restartCount}"
            )
            #expect(restarts == "0 0")
            try cluster.stop()
            #expect(Self.held(cluster) == [])
        }
    }
}

extension EndToEndTests.MachineNetwork {
    static let hasContainerd =
        isPossible
        && ["/usr/bin/containerd", "/usr/bin/ctr", "/usr/sbin/runc"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: $0)
        }
}
