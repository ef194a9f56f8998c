import Basics
import KubeAPI
import Kubelet

extension PodState {
    /// Of a pod that a simulated node of an earlier process ran, from what its status says; nil for one that was never run so.
    init?(resuming pod: Pod) {
        guard pod.phase == "Running", let address = pod.status.podIP else { return nil }
        self.init()
        startedAt = pod.status.startTime.flatMap { Instant(rfc3339: $0) }
        knownIP = address
        volumes = .ready
        sandbox = .ready(id: "\(pod.uid)-0", ip: address)
        hasInitialized = true
        for status in pod.status.initContainerStatuses + pod.status.containerStatuses {
            guard let name = status.name, let id = status.containerID?.split(separator: "/").last else { continue }
            var memory = ContainerMemory()
            memory.restartCount = status.restartCount ?? 0
            var run = ContainerMemory.Run(
                id: String(id), imageReference: status.imageID ?? "", image: status.image,
                startedAt: Self.instant(status.state?.running?.startedAt ?? status.state?.terminated?.startedAt))
            if let end = status.state?.terminated {
                run.exit = ContainerMemory.Exit(
                    code: end.exitCode ?? 0, signal: 0, reason: end.reason ?? "", message: end.message ?? "",
                    finishedAt: Self.instant(end.finishedAt) ?? .distantPast)
            } else if status.state?.running == nil {
                // It waits for its next run.
                containers[name] = memory
                continue
            } else {
                memory.startupResult = status.started
                memory.readinessResult = status.ready
            }
            memory.run = run
            containers[name] = memory
        }
    }
    private static func instant(_ text: String?) -> Instant? { text.flatMap { Instant(rfc3339: $0) } }
}
