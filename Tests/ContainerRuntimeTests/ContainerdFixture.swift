import APIMachinery
import Foundation
import Glibc
import Logging
import Testing

@testable import ContainerRuntime

/// A containerd of the tests' own, with one node's network on a bridge, in a block that is no cluster's first choice.
struct ContainerdFixture {
    static let pods = CIDR(ipv4: 10 << 24 | 213 << 16 | 248 << 8, prefixLength: 24)
    static let catalog = """
        - images: ["shell:*"]
          command: ["/bin/sh", "-c", "echo from the image"]
          environment: {GREETING: "hello"}
        """
    let directory: String
    let machine: HostNetwork
    let containerd: ContainerdProcess

    init() async throws {
        // A short path: a unix socket's has 107 bytes.
        directory = "/tmp/skiff-cri-\(UUID().uuidString.prefix(8).lowercased())"
        machine = HostNetwork(
            pods: Self.pods, services: CIDR(ipv4: 10 << 24 | 127 << 16 | 248 << 8, prefixLength: 24),
            nodes: [Self.pods],
            logger: Logger(label: "test"))
        try await machine.prepare()
        let network = try #require(PodNetwork(Self.pods, leases: directory + "/leases"))
        containerd = try ContainerdProcess(
            directory: directory + "/containerd", networks: [network], logger: Logger(label: "test"))
        try await containerd.start()
    }

    func open() async throws -> CRIRuntime {
        var configuration = CRIRuntime.Configuration(
            socket: containerd.socket, directory: directory + "/runtime",
            catalog: try ImageCatalog(yaml: Self.catalog))
        configuration.importer = containerd.importer
        return try await CRIRuntime.open(configuration, logger: Logger(label: "test"))
    }

    func sandbox(_ runtime: CRIRuntime, _ name: String = "pod") async throws -> Sandbox {
        var configuration = SandboxConfiguration(name: name, namespace: "default", uid: UUID().uuidString)
        configuration.logDirectory = directory + "/logs"
        configuration.dns.servers = ["10.127.248.10"]
        configuration.dns.searches = ["default.svc.cluster.local"]
        configuration.dns.options = ["ndots:5"]
        return try await runtime.runPodSandbox(configuration)
    }

    func container(
        _ runtime: CRIRuntime, _ sandbox: Sandbox, _ name: String, script: String? = nil,
        _ change: (inout ContainerConfiguration) -> Void = { _ in }
    ) async throws -> String {
        var configuration = ContainerConfiguration(name: name, image: "shell")
        if let script { configuration.command = ["/bin/sh", "-c", script] }
        configuration.logPath = name + "/0.log"
        change(&configuration)
        let id = try await runtime.createContainer(configuration, in: sandbox.id)
        try await runtime.startContainer(id)
        return id
    }

    /// The container once it has ended.
    func ended(_ runtime: CRIRuntime, _ id: String) async throws -> RuntimeContainer {
        while true {
            let container = try await runtime.containerStatus(id)
            if container.state == .exited { return container }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The texts of a log's lines, without time, stream and tag.
    func texts(_ name: String) -> [String] {
        let log = (try? String(contentsOfFile: directory + "/logs/\(name)/0.log", encoding: .utf8)) ?? ""
        return log.split(separator: "\n").map { line in
            line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3).joined(
                separator: " ")
        }
    }

    /// Ends all of it. What the machine holds of it afterwards: processes and mounts that name its directory.
    func clean(_ runtime: CRIRuntime) async throws -> [String] {
        for sandbox in try await runtime.listPodSandbox() { try await runtime.removePodSandbox(sandbox.id) }
        await runtime.close()
        await containerd.stop()
        await machine.remove()
        var left: [String] = []
        for process in SystemCall.names(in: "/proc") where Int(process) != nil {
            let words = SystemCall.contents(of: "/proc/\(process)/cmdline") ?? []
            if String(decoding: words, as: UTF8.self).contains(directory) { left.append(process) }
        }
        let mounts = String(decoding: SystemCall.contents(of: "/proc/self/mounts") ?? [], as: UTF8.self)
        left += mounts.split(separator: "\n").map(String.init).filter { $0.contains(directory) }
        try? FileManager.default.removeItem(atPath: directory)
        return left
    }
}
