import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI
import Logging

/// What every pod's worker of one node shares.
struct PodContext: Sendable {
    let node: String
    let configuration: KubeletConfiguration
    let world: World
    /// The cluster as the node's user.
    let api: any ClusterAPI
    let runtime: any RuntimeService
    let events: EventRecorder
    let clock: any TimeSource
    let logger: Logger
    let probes: ProbeRunner
    let tokens: PodTokens
    let csi: CSIVolumes
    let probeCounts = ProbeCounts()
    let pressures = NodePressures()
    /// nil where this process may make none: nothing is limited then.
    var cgroups: NodeCgroups?

    func downwardFields(_ pod: Pod, podIP: String) -> DownwardFields {
        DownwardFields(
            pod: pod, podIP: podIP, hostIP: configuration.nodeIP,
            nodeCapacity: world.get(Node.self, ObjectKey(name: node))?.status.allocatable ?? [:])
    }

    /// The node's, as its object says.
    var memoryBytes: Int {
        let capacity = world.get(Node.self, ObjectKey(name: node))?.status.capacity["memory"]
        return capacity.flatMap { try? Quantity($0) }?.value ?? 8 << 30
    }

    /// Written by the kubelet into every container, so that it knows its own again.
    static func labels(_ pod: Pod, _ container: String) -> [String: String] {
        [
            Label.podName: pod.name, Label.podNamespace: pod.namespace, Label.podUID: pod.uid,
            Label.containerName: container,
        ]
    }
    enum Label {
        static let podName = "io.kubernetes.pod.name"
        static let podNamespace = "io.kubernetes.pod.namespace"
        static let podUID = "io.kubernetes.pod.uid"
        static let containerName = "io.kubernetes.container.name"
    }

    static func logDirectory(_ root: String, _ pod: Pod) -> String {
        "\(root)/logs/\(pod.namespace)_\(pod.name)_\(pod.uid)"
    }
}
