import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// Ends one container: preStop hook, stop signal, grace, kill. The news of its end comes by the runtime's events.
struct ContainerStop: Sendable {
    let work: PodWork
    let name: String
    let id: String

    /// Even without any grace the hook and the signal get this long, unless the deletion was forced.
    static let minimumGraceSeconds = 2
    private static let retryPause = Duration.milliseconds(500)

    func stop(graceSeconds: Int, message: String, _ report: PodWork.Report) async {
        let context = work.context
        work.recordEvent(false, "Killing", message, container: name)
        let begun = context.clock.now
        if graceSeconds > 0, let container = work.pod.container(name), let hook = container.lifecycle?.preStop {
            let runner = HookRunner(context: context, pod: work.pod, podIP: work.podIP, container: container, id: id)
            if await runner.run(hook, timeoutSeconds: graceSeconds) != nil {
                work.recordEvent(true, "FailedPreStopHook", "PreStopHook failed", container: name)
            }
        }
        let spent = Int((context.clock.now - begun).components.seconds)
        let rest = graceSeconds == 0 ? 0 : max(Self.minimumGraceSeconds, graceSeconds - spent)
        do {
            try await context.runtime.stopContainer(id, timeoutSeconds: rest)
        } catch ContainerError.notFound {
            // Removed meanwhile: its end is told below.
        } catch {
            context.logger.warning("Cannot stop a container", metadata: ["container": "\(id)", "error": "\(error)"])
            // The next try comes with the news of this one; a runtime that is away answers at once.
            try? await context.clock.sleep(for: Self.retryPause)
            return await report(.stopFailed(container: name))
        }
        let status = try? await context.runtime.containerStatus(id)
        let exit: ContainerMemory.Exit =
            status.flatMap { status in
                work.pod.container(name).flatMap { status.podExit(work.volumes, $0) }
            }
            ?? ContainerMemory.Exit(
                code: 137, signal: 0, reason: "ContainerStatusUnknown",
                message: "The container could not be located when the pod was terminated",
                finishedAt: context.clock.now)
        await report(.containerEnded(container: name, id: id, exit: exit))
    }
}
