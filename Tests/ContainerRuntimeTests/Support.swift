import APIMachinery
import ContainerRuntime
import Foundation
import Glibc
import Logging
import Testing

/// A runtime over a directory of its own, with the supervisor that was built beside the tests.
struct RuntimeFixture {
    let directory: String
    var catalog = """
        - images: ["shell:*"]
          command: ["/bin/sh"]
        - images: ["greeter:*"]
          entrypoint: ["/bin/echo", "hello"]
          command: ["world"]
          environment: {GREETING: "from the image"}
          volumes: ["/var/lib/greeter"]
        """
    var isolates = true

    init(isolates: Bool = true) {
        directory = FileManager.default.temporaryDirectory.path + "/runtime-" + UUID().uuidString
        self.isolates = isolates
    }

    static let supervisor: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return URL(fileURLWithPath: path).deletingLastPathComponent().path + "/container-supervisor"
    }()

    func open(
        boot: String? = nil, _ change: (inout ProcessRuntime.Configuration) -> Void = { _ in }
    ) async throws -> ProcessRuntime {
        var configuration = ProcessRuntime.Configuration(
            directory: directory, podNetwork: CIDR(ipv4: 127 << 24 | 100 << 16 | 77 << 8, prefixLength: 24),
            supervisor: [Self.supervisor], catalog: try ImageCatalog(yaml: catalog))
        configuration.isolates = isolates
        if let boot { configuration.bootID = boot }
        change(&configuration)
        return try await ProcessRuntime.open(configuration, logger: Logger(label: "test"))
    }

    func sandbox(_ runtime: ProcessRuntime, _ name: String = "pod") async throws -> Sandbox {
        var configuration = SandboxConfiguration(name: name, namespace: "default", uid: UUID().uuidString)
        configuration.logDirectory = directory + "/logs"
        configuration.dns.servers = ["127.96.0.10"]
        configuration.dns.searches = ["default.svc.cluster.local"]
        configuration.dns.options = ["ndots:5"]
        return try await runtime.runPodSandbox(configuration)
    }

    func container(
        _ runtime: ProcessRuntime, _ sandbox: Sandbox, script: String, name: String = "main",
        _ change: (inout ContainerConfiguration) -> Void = { _ in }
    ) async throws -> String {
        var configuration = ContainerConfiguration(name: name, image: "shell")
        configuration.command = ["/bin/sh", "-c", script]
        configuration.logPath = name + "/0.log"
        change(&configuration)
        let id = try await runtime.createContainer(configuration, in: sandbox.id)
        try await runtime.startContainer(id)
        return id
    }

    func log(_ name: String = "main") -> String {
        (try? String(contentsOfFile: directory + "/logs/\(name)/0.log", encoding: .utf8)) ?? ""
    }
    /// The texts of a log's lines, without time, stream and tag.
    func texts(_ name: String = "main") -> [String] {
        log(name).split(separator: "\n").map { line in
            line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3).joined(
                separator: " ")
        }
    }

    func clean(_ runtime: ProcessRuntime) async {
        for sandbox in (try? await runtime.listPodSandbox()) ?? [] { try? await runtime.removePodSandbox(sandbox.id) }
        try? FileManager.default.removeItem(atPath: directory)
    }
}

extension ProcessRuntime {
    /// Waits for the container's end by events.
    func ended(_ id: String) async throws -> RuntimeContainer {
        let events = self.events()
        var status = try await containerStatus(id)
        if status.state == .exited { return status }
        for await event in events where event.container == id && event.kind == .stopped { break }
        status = try await containerStatus(id)
        return status
    }
}

/// Whether the tests may give containers a root of their own.
let isRoot = geteuid() == 0
