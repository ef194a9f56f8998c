import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// Pulls a container's image; creates and starts the container and runs its postStart hook.
struct ContainerStart: Sendable {
    let work: PodWork
    let name: String

    private var pod: Pod { work.pod }
    private var context: PodContext { work.context }

    // MARK: The image

    func pull(_ report: PodWork.Report) async {
        guard let container = pod.container(name) else { return }
        let image = container.image ?? ""
        guard ImageReference.isValid(image) else {
            let message =
                "Failed to apply default image tag \"\(image)\": couldn't parse image name \"\(image)\": invalid reference format"
            work.recordEvent(true, "InspectFailed", message, container: name)
            return await report(.imageFailed(container: name, reason: "InvalidImageName", message: message))
        }
        do {
            let policy = container.imagePullPolicy ?? "IfNotPresent"
            let present = try await context.runtime.imageStatus(image)
            if policy != "Always" || present == nil, let outcome = local(policy, image, present) {
                return await report(outcome)
            }
            work.recordEvent(false, "Pulling", "Pulling image \"\(image)\"", container: name)
            let begun = context.clock.now
            let reference = try await context.runtime.pullImage(image, credentials: credentials(image))
            let took = context.clock.now - begun
            let milliseconds = took.components.seconds * 1000 + took.components.attoseconds / 1_000_000_000_000_000
            let size = try await context.runtime.imageStatus(image)?.sizeBytes ?? 0
            work.recordEvent(
                false, "Pulled",
                "Successfully pulled image \"\(image)\" in \(milliseconds)ms (\(milliseconds)ms including waiting). Image size: \(size) bytes.",
                container: name)
            await report(.imagePulled(container: name, reference: reference))
        } catch {
            work.recordEvent(true, "Failed", "Failed to pull image \"\(image)\": \(error)", container: name)
            work.recordEvent(true, "Failed", "Error: ErrImagePull", container: name)
            await report(.imageFailed(container: name, reason: "ErrImagePull", message: "\(error)"))
        }
    }

    /// What the pod's pull secrets have for the image's registry.
    private func credentials(_ image: String) -> [RegistryCredential] {
        let names = pod.spec.imagePullSecrets.compactMap(\.name)
        let secrets = names.map { context.world.get(Secret.self, ObjectKey(namespace: pod.namespace, name: $0)) }
        let missing = zip(names, secrets).filter { $0.1 == nil }.map(\.0)
        if !missing.isEmpty {
            work.recordEvent(
                true, "FailedToRetrieveImagePullSecret",
                "Unable to retrieve some image pull secrets (\(missing.joined(separator: ", "))); attempting to pull the image may not succeed.",
                container: name)
        }
        return PullCredentials(secrets.compactMap(\.self)).matching(image)
    }

    /// What follows without a pull; nil when one is needed.
    private func local(_ policy: String, _ image: String, _ present: RuntimeImage?) -> PodEvent? {
        if let present {
            work.recordEvent(
                false, "Pulled", "Container image \"\(image)\" already present on machine", container: name)
            return .imagePulled(container: name, reference: present.reference)
        }
        guard policy == "Never" else { return nil }
        let message = "Container image \"\(image)\" is not present with pull policy of Never"
        work.recordEvent(true, "ErrImageNeverPull", message, container: name)
        work.recordEvent(true, "Failed", "Error: ErrImageNeverPull", container: name)
        return .imageFailed(container: name, reason: "ErrImageNeverPull", message: message)
    }

    // MARK: The start

    func start(_ attempt: Int, _ report: PodWork.Report) async {
        guard let container = pod.container(name), let sandbox = work.sandboxID else { return }
        let configuration: ContainerConfiguration
        do {
            configuration = try await self.configuration(container, attempt)
        } catch {
            work.recordEvent(true, "Failed", "Error: \(error)", container: name)
            return await report(
                .containerFailed(container: name, reason: "CreateContainerConfigError", message: "\(error)", run: nil))
        }
        let id: String
        do {
            id = try await context.runtime.createContainer(configuration, in: sandbox)
            work.recordEvent(false, "Created", "Container created", container: name)
        } catch {
            work.recordEvent(true, "Failed", "Error: \(error)", container: name)
            await report(
                .containerFailed(container: name, reason: "CreateContainerError", message: "\(error)", run: nil))
            return await checkSandbox(sandbox, report)
        }
        do {
            try await context.runtime.startContainer(id)
        } catch {
            work.recordEvent(true, "Failed", "Error: \(error)", container: name)
            await report(
                .containerFailed(
                    container: name, reason: "RunContainerError", message: "\(error)", run: await failedRun(id)))
            return await checkSandbox(sandbox, report)
        }
        work.recordEvent(false, "Started", "Container started", container: name)
        await removeOldRuns(before: attempt)
        let status = try? await context.runtime.containerStatus(id)
        let startedAt = status?.startedAt ?? context.clock.now
        let isMain = PodLifecycle(pod.spec).role(of: name) == .main
        if let hook = container.lifecycle?.postStart, let why = await runHook(hook, container, id) {
            work.recordEvent(true, "FailedPostStartHook", "PostStartHook failed", container: name)
            await report(
                .containerStarted(
                    container: name, id: id, imageReference: status?.imageReference ?? "", at: startedAt,
                    isMain: isMain,
                    image: container.image, granted: GrantedResources(container, in: pod)))
            return await report(.postStartFailed(container: name, message: "FailedPostStartHook: \(why)"))
        }
        await report(
            .containerStarted(
                container: name, id: id, imageReference: status?.imageReference ?? "", at: startedAt, isMain: isMain,
                image: container.image, granted: GrantedResources(container, in: pod)))
        // It may have ended before anybody knew its id.
        if let status = try? await context.runtime.containerStatus(id),
            let exit = status.podExit(work.volumes, container)
        {
            await report(.containerEnded(container: name, id: id, exit: exit))
        }
    }

    /// A sandbox whose own process ended takes no containers any more, and nobody but the runtime knows.
    private func checkSandbox(_ id: String, _ report: PodWork.Report) async {
        guard let sandboxes = try? await context.runtime.listPodSandbox() else { return }
        if sandboxes.first(where: { $0.id == id })?.isReady != true { await report(.sandboxLost(id: id)) }
    }

    /// Of the runs of a container the current one and the one before are kept, as `kubectl logs --previous` may ask for.
    private func removeOldRuns(before attempt: Int) async {
        for old in (try? await context.runtime.listContainers()) ?? []
        where old.labels[PodContext.Label.podUID] == pod.uid && old.name == name && old.attempt < attempt - 1 {
            try? await context.runtime.removeContainer(old.id)
            PodLogs.remove(old.logPath)
        }
    }

    private func failedRun(_ id: String) async -> ContainerMemory.Run? {
        guard let status = try? await context.runtime.containerStatus(id), let exit = status.exit(message: nil) else {
            return nil
        }
        return ContainerMemory.Run(id: id, imageReference: status.imageReference, startedAt: nil, exit: exit)
    }

    private func runHook(_ hook: LifecycleHandler, _ container: Container, _ id: String) async -> String? {
        await HookRunner(context: context, pod: pod, podIP: work.podIP, container: container, id: id).run(
            hook, timeoutSeconds: 0)
    }

    private func configuration(_ container: Container, _ attempt: Int) async throws -> ContainerConfiguration {
        let paths = try await work.prepareVolumes()
        let environment = try ContainerEnvironment(
            container, context.downwardFields(pod, podIP: work.podIP), sources())
        var configuration = ContainerConfiguration(name: name, image: container.image ?? "")
        configuration.attempt = attempt
        configuration.command = environment.command
        configuration.arguments = environment.arguments
        configuration.environment = environment.variables
        configuration.workingDirectory = container.workingDir ?? ""
        let mounts = ContainerMounts(work: work, container: container, paths: paths, environment: environment)
        configuration.mounts = try mounts.mounts()
        configuration.devices = try mounts.devices()
        let log = try work.volumes.terminationLog(name, attempt: attempt)
        configuration.mounts.append(
            .init(
                name: "termination-log", hostPath: log,
                containerPath: container.terminationMessagePath ?? "/dev/termination-log"))
        configuration.logPath = "\(name)/\(attempt).log"
        configuration.hasStandardInput = container.stdin == true
        configuration.standardInputOnce = container.stdinOnce == true
        configuration.hasTerminal = container.tty == true
        configuration.stopSignal = container.lifecycle?.stopSignal ?? ""
        configuration.oomScoreAdjustment = OOMScore(pod, container, memoryBytes: context.memoryBytes).value
        configuration.resources = ResourcePolicy().container(container, in: pod)
        let security = ContainerSecurity(
            pod: pod, container: container, seccompProfileRoot: context.configuration.seccompProfileRoot)
        let image = security.mustNotBeRoot ? try await context.runtime.imageStatus(container.image ?? "") : nil
        configuration.security = try security.security(image)
        configuration.target = await target()
        configuration.labels = PodContext.labels(pod, name)
        return configuration
    }

    /// The run of the container that an ephemeral one is for.
    private func target() async -> String? {
        guard let name = pod.spec.ephemeralContainers.first(where: { $0.name == name })?.targetContainerName else {
            return nil
        }
        return ((try? await context.runtime.listContainers()) ?? []).first {
            $0.labels[PodContext.Label.podUID] == pod.uid && $0.name == name && $0.state == .running
        }?.id
    }

    private func sources() -> ContainerEnvironment.Sources {
        let world = context.world
        let namespace = pod.namespace
        let kubernetes = world.get(Service.self, ObjectKey(namespace: "default", name: "kubernetes"))
        return ContainerEnvironment.Sources(
            configMap: { world.get(ConfigMap.self, ObjectKey(namespace: namespace, name: $0)) },
            secret: { world.get(Secret.self, ObjectKey(namespace: namespace, name: $0)) },
            services: world.all(Service.self, in: namespace), masterServices: kubernetes.map { [$0] } ?? [])
    }
}

extension RuntimeContainer {
    /// The end, if it has come.
    func exit(message: String?) -> ContainerMemory.Exit? {
        guard state == .exited, let finishedAt else { return nil }
        return ContainerMemory.Exit(
            code: exitCode, signal: signal, reason: reason, message: message ?? self.message,
            finishedAt: finishedAt)
    }
    /// With the container's termination message as its termination message policy wants them.
    func podExit(_ volumes: PodVolumes, _ container: Container) -> ContainerMemory.Exit? {
        guard state == .exited else { return nil }
        var text = volumes.terminationMessage(name, attempt: attempt)
        if text.isEmpty, container.terminationMessagePolicy == "FallbackToLogsOnError", exitCode != 0 {
            text = PodLogs.terminationMessage(logPath)
        }
        return exit(message: text.isEmpty ? nil : text)
    }
}
