import ContainerRuntime
import CoreMetrics
import Instruments

/// What runs on a node, under the kubelet's names; asked of the runtime when the metrics are read. Several kubelets may
/// share a process, so each says which node it means.
struct NodeMetrics: Sendable {
    private static let states: [(RuntimeContainer.State, String)] = [
        (.created, "created"), (.running, "running"), (.exited, "exited"),
    ]
    private let pods: Meter
    private let containers: [(RuntimeContainer.State, Meter)]

    static func sampled(_ node: String, _ runtime: any RuntimeService, by metrics: any MetricsFactory) -> Sampling {
        let shown = NodeMetrics(node, metrics)
        return metrics.sampled { await shown.show(runtime) }
    }

    private init(_ node: String, _ metrics: any MetricsFactory) {
        pods = metrics.gauge(
            .gauge(
                "kubelet_running_pods", "[BETA] Number of pods that have a running pod sandbox", labels: ["node"]),
            node)
        containers = Self.states.map { state, name in
            (
                state,
                metrics.gauge(
                    .gauge(
                        "kubelet_running_containers", "[BETA] Number of containers currently running",
                        labels: ["container_state", "node"]), name, node)
            )
        }
    }

    private func show(_ runtime: any RuntimeService) async {
        if let sandboxes = try? await runtime.listPodSandbox() {
            pods.set(sandboxes.count { $0.isReady })
        }
        guard let known = try? await runtime.listContainers() else { return }
        for (state, meter) in containers { meter.set(known.count { $0.state == state }) }
    }
}
