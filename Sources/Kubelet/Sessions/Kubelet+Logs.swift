import APIMachinery
import ContainerRuntime
import KubeAPI

extension NodeAgent {
    /// A container's log. Throws `StatusError` in Kubernetes' words.
    public func logs(_ pod: Pod, _ options: ContainerLogOptions) async throws -> ContainerLogStream {
        let name = try Self.containerName(pod, options.container)
        guard runtime.information.can(.logs) else {
            throw StatusError(
                code: 501, reason: .unknown,
                message: "the container runtime \(runtime.information.name) keeps no logs")
        }
        guard let run = try await run(pod, name, previous: options.previous) else {
            if options.previous {
                throw StatusError.badRequest(
                    "previous terminated container \"\(name)\" in pod \"\(pod.name)\" not found")
            }
            let reason = pod.containerStatus(name)?.state?.waiting?.reason ?? "ContainerCreating"
            throw StatusError.badRequest(
                "container \"\(name)\" in pod \"\(pod.name)\" is waiting to start: \(reason)")
        }
        let runtime = self.runtime
        let id = run.id
        return ContainerLogStream(path: run.logPath, options: options, clock: clock) {
            (try? await runtime.containerStatus(id))?.state == .running
        }
    }

    /// The newest run of a container, or the one before it.
    private func run(_ pod: Pod, _ name: String, previous: Bool) async throws -> RuntimeContainer? {
        let runs = try await runtime.listContainers().filter {
            $0.labels[PodContext.Label.podUID] == pod.runtimeUID && $0.name == name && $0.state != .created
        }.sorted { ($0.attempt, $0.createdAt) < ($1.attempt, $1.createdAt) }
        return previous ? runs.dropLast().last : runs.last
    }

    /// The container's id if it runs. Throws `StatusError`.
    func runningContainer(_ pod: Pod, _ container: String) async throws -> String {
        let name = try Self.containerName(pod, container)
        guard let run = try await run(pod, name, previous: false), run.state == .running else {
            throw StatusError(
                code: 404, reason: .notFound,
                message: "container \(name) not found in pod \(pod.name)_\(pod.namespace)")
        }
        return run.id
    }

    /// The named container, or the only one, or the one that the default-container annotation names.
    public static func containerName(_ pod: Pod, _ wanted: String) throws -> String {
        if !wanted.isEmpty {
            guard pod.container(wanted) != nil else {
                throw StatusError.badRequest("container \(wanted) is not valid for pod \(pod.name)")
            }
            return wanted
        }
        if let name = pod.annotations["kubectl.kubernetes.io/default-container"], pod.container(name) != nil {
            return name
        }
        let names = pod.spec.containers.compactMap(\.name)
        guard names.count == 1, let name = names.first else {
            var message =
                "a container name must be specified for pod \(pod.name), choose one of: [\(names.joined(separator: " "))]"
            let initNames = pod.spec.initContainers.compactMap(\.name)
            if !initNames.isEmpty { message += " or one of the init containers: [\(initNames.joined(separator: " "))]" }
            throw StatusError.badRequest(message)
        }
        return name
    }
}

extension Pod {
    func containerStatus(_ name: String) -> ContainerStatus? {
        (status.containerStatuses + status.initContainerStatuses + status.ephemeralContainerStatuses)
            .first { $0.name == name }
    }
}
