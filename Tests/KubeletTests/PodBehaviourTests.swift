import APIMachinery
import ContainerRuntime
import Foundation
import Glibc
import KubeAPI
import Logging
import Testing

@testable import ContainerRuntime
@testable import Kubelet

/// What becomes of pods, as tables: one pod a line, all on one node at the same time.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PodBehaviourTests {
    @Test(.enabled(if: NodeFixture.machineCgroups != nil, "needs the machine's control groups"))
    func programsBecomeWhatKubernetesSays() async throws {
        let node = NodeFixture(index: 98, cgroups: NodeFixture.machineCgroups)
        try await node.with { _ in try await PodBehaviour.run("pod-behaviours", on: node) }
    }

    @Test(
        .enabled(
            if: ContainerdNode.obstacle == nil,
            "containers need root, containerd, runc and the CNI plugins: \(ContainerdNode.obstacle ?? "")"))
    func containersBecomeWhatKubernetesSays() async throws {
        let containerd = try await ContainerdNode()
        let node = containerd.node
        try FileManager.default.createDirectory(
            atPath: node.directory + "/seccomp", withIntermediateDirectories: true)
        let rules =
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}"#
        try rules.write(toFile: node.directory + "/seccomp/no-mkdir.json", atomically: true, encoding: .utf8)
        try await containerd.with { kubelet in
            _ = try await node.cluster.create(
                ConfigMap.resource,
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "settings", "namespace": "default"],
                    "data": ["color": "green", "size": "large"],
                ])
            _ = try await node.cluster.create(
                Secret.resource,
                [
                    "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "keys", "namespace": "default"],
                    "data": ["key": "c2VjcmV0"],
                ])
            _ = try await node.cluster.create(
                RuntimeClass.resource,
                [
                    "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": ["name": "unheard-of"],
                    "handler": "unheard-of",
                ])
            _ = try await node.cluster.create(
                RuntimeClass.resource,
                [
                    "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": ["name": "runc"],
                    "handler": "runc",
                ])
            func namespace(_ kind: String) -> String {
                var buffer = [CChar](repeating: 0, count: 64)
                let length = readlink("/proc/self/ns/\(kind)", &buffer, buffer.count)
                return String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            try await PodBehaviour.run(
                "container-behaviours", on: node,
                replacing: ["HOST-IPC": namespace("ipc"), "HOST-NET": namespace("net")])
            await ContainerdNode.waitUntilEmpty(kubelet)
        }
        // What is left of pods is ContainerLifecycleTests' to judge.
        await containerd.removeSandboxes()
        _ = try await containerd.end()
    }
}

/// A node whose containers a containerd of the test's own runs, on a bridge of its own.
struct ContainerdNode {
    static var obstacle: String? {
        if NodeFixture.machineCgroups == nil { return CgroupTree.noneMounted }
        return ContainerdProcess.obstacle
    }
    /// `server` answers HTTP at 8080 with the status that /data/status tells.
    static let catalog = #"""
        - images: ["shell:*"]
          command: ["/bin/sh", "-c", "echo from the image >/dev/termination-log"]
          environment: {GREETING: "hello"}
          workingDirectory: "/tmp"
        - images: ["user:*"]
          command: ["/bin/sh"]
          user: 4321
        - images: ["server:*"]
          command: ["/bin/sh"]
          programs: ["perl"]
          files: ["/usr/lib/x86_64-linux-gnu/perl-base", "/usr/lib/aarch64-linux-gnu/perl-base"]
          environment:
            SERVE: 'use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die; while (my $c = $s->accept) { sysread($c, my $b, 4096); my $n = -e "/data/status" ? `cat /data/status` : 200; chomp $n; print $c "HTTP/1.1 $n x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"; close $c }'
        """#
    private static let pods = CIDR(ipv4: 10 << 24 | 213 << 16 | 244 << 8, prefixLength: 24)

    let node: NodeFixture
    let directory: String
    private let machine: HostNetwork
    let containerd: ContainerdProcess

    init(_ change: @escaping @Sendable (inout KubeletConfiguration) -> Void = { _ in }) async throws {
        // A short path: a unix socket's has 107 bytes.
        directory = "/tmp/skiff-pods-\(UUID().uuidString.prefix(8).lowercased())"
        node = NodeFixture(index: 99, cgroups: NodeFixture.machineCgroups) { configuration in
            configuration.clusterDNS = "10.213.245.10"
            configuration.maximumPods = 250
            change(&configuration)
        }
        let logger = Logger(label: "test")
        machine = HostNetwork(
            pods: Self.pods, services: CIDR(ipv4: 10 << 24 | 213 << 16 | 245 << 8, prefixLength: 24),
            nodes: [Self.pods], logger: logger)
        try await machine.prepare()
        let network = try #require(PodNetwork(Self.pods, leases: directory + "/leases"))
        containerd = try ContainerdProcess(directory: directory + "/containerd", networks: [network], logger: logger)
        try await containerd.start()
    }

    func open() async throws -> CRIRuntime {
        var configuration = CRIRuntime.Configuration(
            socket: containerd.socket, directory: directory + "/runtime", catalog: try ImageCatalog(yaml: Self.catalog))
        configuration.importer = containerd.importer
        configuration.handler = ContainerdProcess.handler(node: 0)
        return try await CRIRuntime.open(configuration, logger: Logger(label: "test"))
    }

    /// Runs the body beside a running kubelet; the containers end with it unless it does not clean.
    func with(cleans: Bool = true, _ body: @Sendable (NodeAgent) async throws -> Void) async throws {
        do {
            let runtime = try await open()
            try await node.with(runtime: runtime, cleans: cleans, body)
            await runtime.close()
        } catch {
            // Nothing is left behind by a test that fails either.
            await removeSandboxes()
            _ = try? await end()
            throw error
        }
    }

    func removeSandboxes() async {
        guard let runtime = try? await open() else { return }
        for sandbox in (try? await runtime.listPodSandbox()) ?? [] { try? await runtime.removePodSandbox(sandbox.id) }
        await runtime.close()
    }

    /// A pod that was deleted by force is gone before what it had, and containerd may be about to come back.
    static func waitUntilEmpty(_ kubelet: NodeAgent) async {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline, (try? await kubelet.sandboxes().isEmpty) != true {
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Ends all of it. What the machine holds of it afterwards: processes, mounts and cgroups that name its directories.
    func end() async throws -> [String] {
        await containerd.stop()
        await machine.remove()
        // Shims end a moment after what they held.
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline, !remains().isEmpty { try await Task.sleep(for: .milliseconds(100)) }
        let left = remains()
        try? FileManager.default.removeItem(atPath: directory)
        try? FileManager.default.removeItem(atPath: node.directory)
        return left
    }

    func remains() -> [String] {
        var left: [String] = []
        func isOurs(_ text: String) -> Bool { text.contains(directory) || text.contains(node.directory) }
        for process in SystemCall.names(in: "/proc") where Int(process) != nil {
            let words = String(decoding: SystemCall.contents(of: "/proc/\(process)/cmdline") ?? [], as: UTF8.self)
            if isOurs(words) { left.append("process \(process) \(words)") }
        }
        let mounts = String(decoding: SystemCall.contents(of: "/proc/self/mounts") ?? [], as: UTF8.self)
        left += mounts.split(separator: "\n").map(String.init).filter(isOurs)
        return left
    }
}
