import APIMachinery
import ContainerRuntime
import KubeAPI

/// How much of the node's disk a pod holds: its containers' layers and logs, and its volumes there.
struct PodStorage: Sendable, Equatable {
    /// By name.
    var containers: [String: Int] = [:]
    var volumes: [String: Int] = [:]
    var total: Int { containers.values.reduce(0, +) + volumes.values.reduce(0, +) }

    /// Looks at every file, so this takes its time.
    static func measure(
        _ pod: Pod, _ volumes: PodVolumes, _ runs: [String: String], _ context: PodContext
    ) async -> PodStorage {
        var storage = PodStorage()
        let logs = PodContext.logDirectory(context.configuration.directory, pod)
        for (name, id) in runs {
            let layers = (try? await context.runtime.writableBytes(id)) ?? 0
            storage.containers[name] = layers + DiskUsage.bytes("\(logs)/\(name)")
        }
        for volume in pod.spec.volumes {
            // Other volumes are not the pod's, or not on the node's disk.
            guard let name = volume.name, let empty = volume.emptyDir, empty.medium != "Memory" else { continue }
            storage.volumes[name] = DiskUsage.bytes(volumes.path(name))
        }
        return storage
    }

    /// Whether a pod has limits that `excess` looks at.
    static func hasLimits(_ pod: Pod) -> Bool {
        (pod.spec.containers + pod.spec.initContainers).contains { limit($0) != nil }
    }

    /// The sentence for a pod that holds more than it may; nil for one that does not (pkg/kubelet/eviction).
    func excess(_ pod: Pod) -> String? {
        if let limit = ResourcePolicy.amounts(pod.json["spec"] ?? .object).limits["ephemeral-storage"],
            Quantity(total) > limit
        {
            return "Pod ephemeral local storage usage exceeds the total limit of containers \(limit). "
        }
        for container in pod.spec.containers {
            guard let limit = Self.limit(container), let used = containers[container.name ?? ""], Quantity(used) > limit
            else { continue }
            return "Container \(container.name ?? "") exceeded its local ephemeral storage limit \"\(limit)\". "
        }
        return nil
    }
    private static func limit(_ container: Container) -> Quantity? {
        let limit = container.resources?.limits["ephemeral-storage"].flatMap { try? Quantity($0) }
        return limit.map(\.isZero) == false ? limit : nil
    }
}
