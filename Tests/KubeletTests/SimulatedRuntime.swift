import Basics
import ContainerRuntime
import Foundation
import Glibc

/// A second runtime: containers are entries in a table, which run until a test ends them. It can do nothing else.
actor SimulatedRuntime: RuntimeService {
    nonisolated let information = RuntimeInformation(name: "simulated", version: "7", abilities: [])
    private var sandboxes: [String: Sandbox] = [:]
    private var containers: [String: RuntimeContainer] = [:]
    private var listeners: [AsyncStream<ContainerEvent>.Continuation] = []
    private var made = 0

    /// Ends a container, as its program would.
    func end(_ name: String, code: Int) {
        for (id, container) in containers where container.name == name && container.state == .running {
            finish(id, code: code)
        }
    }
    /// The sandboxes' own processes end, and what runs in them.
    func loseSandboxes() async throws {
        for id in sandboxes.keys { try await stopPodSandbox(id) }
    }
    /// The next sandbox is lost as soon as it is made.
    func loseNextSandbox() { losesNext = true }
    private var losesNext = false

    private func finish(_ id: String, code: Int) {
        containers[id]?.state = .exited
        containers[id]?.finishedAt = now
        containers[id]?.exitCode = code
        containers[id]?.reason = code == 0 ? "Completed" : "Error"
        tell(.stopped, id)
    }
    private func tell(_ kind: ContainerEvent.Kind, _ id: String) {
        for listener in listeners {
            listener.yield(ContainerEvent(kind, container: id, sandbox: containers[id]?.sandbox ?? ""))
        }
    }
    private var now: Instant { SystemClock().now }
    private func newID(_ kind: String) -> String {
        made += 1
        return "\(kind)-\(made)"
    }

    func runPodSandbox(_ configuration: SandboxConfiguration) async throws -> Sandbox {
        let sandbox = Sandbox(
            id: newID("sandbox"), configuration: configuration, isReady: true, ip: "192.0.2.\(made)", createdAt: now)
        sandboxes[sandbox.id] = sandbox
        if losesNext { sandboxes[sandbox.id]?.isReady = false }
        losesNext = false
        return sandbox
    }
    func stopPodSandbox(_ id: String) async throws {
        for container in containers.values where container.sandbox == id && container.state == .running {
            finish(container.id, code: 137)
        }
        sandboxes[id]?.isReady = false
    }
    func removePodSandbox(_ id: String) async throws {
        try await stopPodSandbox(id)
        containers = containers.filter { $0.value.sandbox != id }
        sandboxes[id] = nil
    }
    func listPodSandbox() async throws -> [Sandbox] { Array(sandboxes.values) }

    func createContainer(_ configuration: ContainerConfiguration, in sandbox: String) async throws -> String {
        guard sandboxes[sandbox]?.isReady == true else { throw ContainerError.notFound(sandbox) }
        let id = newID("container")
        var container = RuntimeContainer(
            id: id, sandbox: sandbox, name: configuration.name, attempt: configuration.attempt, state: .created,
            createdAt: now, image: configuration.image, imageReference: configuration.image)
        container.labels = configuration.labels
        containers[id] = container
        return id
    }
    func startContainer(_ id: String) async throws {
        containers[id]?.state = .running
        containers[id]?.startedAt = now
        tell(.started, id)
    }
    func stopContainer(_ id: String, timeoutSeconds: Int) async throws {
        if containers[id]?.state == .running { finish(id, code: 0) }
    }
    func removeContainer(_ id: String) async throws { containers[id] = nil }
    func listContainers() async throws -> [RuntimeContainer] { Array(containers.values) }
    func containerStatus(_ id: String) async throws -> RuntimeContainer {
        guard let container = containers[id] else { throw ContainerError.notFound(id) }
        return container
    }

    private func cannot() -> ContainerError { .refused("a simulated container has no programs") }
    func execSync(_ id: String, command: [String], timeoutSeconds: Int) async throws -> ExecResult { throw cannot() }
    func exec(_ id: String, _ request: ExecRequest) async throws -> any ContainerSession { throw cannot() }
    func attach(_ id: String) async throws -> any ContainerSession { throw cannot() }
    func portForward(_ sandbox: String, port: Int) async throws -> any ContainerConnection { throw cannot() }

    func pullImage(_ image: String) async throws -> String { image }
    func listImages() async throws -> [RuntimeImage] { [] }
    func imageStatus(_ image: String) async throws -> RuntimeImage? {
        RuntimeImage(reference: image, names: [image], sizeBytes: 0)
    }
    func stats() async throws -> [ContainerStats] { [] }
    nonisolated func events() -> AsyncStream<ContainerEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: ContainerEvent.self)
        Task { await self.add(continuation) }
        return stream
    }
    private func add(_ listener: AsyncStream<ContainerEvent>.Continuation) { listeners.append(listener) }
}
