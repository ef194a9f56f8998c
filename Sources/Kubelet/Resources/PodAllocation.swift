import APIMachinery
import KubeAPI

/// What a node has agreed to give a pod: of its spec the part that can be resized (KEP-1287). The spec itself says what is
/// wanted, which may be more.
package struct PodAllocation: Sendable, Equatable {
    /// `resources` of containers and sidecars, by name.
    var containers: [String: JSON] = [:]
    /// `spec.resources`.
    var ofPod: JSON?

    /// All that a pod wants.
    init(_ pod: Pod) {
        ofPod = pod.json["spec", "resources"]
        for container in Self.resizable(pod) {
            containers[container.name ?? ""] = container.json["resources"] ?? .object
        }
    }

    static func resizable(_ pod: Pod) -> [Container] {
        pod.spec.initContainers.filter(\.isSidecar) + pod.spec.containers
    }

    /// The pod as the node agreed to it.
    func applied(to pod: Pod) -> Pod {
        guard self != PodAllocation(pod) else { return pod }
        var pod = pod
        var spec = pod.json["spec"] ?? .object
        spec["resources"] = ofPod
        for list in ["initContainers", "containers"] where spec[list] != nil {
            spec[list] = JSON(
                (spec[list]?.elements ?? []).map { container in
                    guard let own = containers[container["name"]?.string ?? ""] else { return container }
                    var container = container
                    container["resources"] = own
                    return container
                })
        }
        pod.json["spec"] = spec
        return pod
    }

    /// Whether it is what the pod wants, however the amounts are written.
    func isAll(of pod: Pod) -> Bool {
        let wanted = PodAllocation(pod)
        if self == wanted { return true }
        func same(_ one: JSON?, _ other: JSON?) -> Bool {
            ["requests", "limits"].allSatisfy { ResourceAmounts(one?[$0]) == ResourceAmounts(other?[$0]) }
        }
        return same(ofPod, wanted.ofPod) && containers.keys == wanted.containers.keys
            && containers.allSatisfy { same($0.value, wanted.containers[$0.key]) }
    }
}

/// What one run of a container has in effect, as the spec said it when it was set.
package struct GrantedResources: Sendable, Equatable {
    /// The container's `resources`.
    var own: JSON
    /// The pod's, which stand in for limits that the container has not.
    var ofPod: JSON?

    init(own: JSON, ofPod: JSON?) {
        self.own = own
        self.ofPod = ofPod
    }
    init(_ container: Container, in pod: Pod) {
        self.init(own: container.json["resources"] ?? .object, ofPod: pod.json["spec", "resources"])
    }

    /// Thousandths of a processor; nil where none are asked for.
    var cpuRequest: Int? { Self.amount(own, "requests", "cpu")?.milliValue }
    /// 0 without a limit, here and below.
    var cpuLimit: Int { limit("cpu")?.milliValue ?? 0 }
    /// Bytes.
    var memoryRequest: Int { Self.amount(own, "requests", "memory")?.value ?? 0 }
    var memoryLimit: Int { limit("memory")?.value ?? 0 }

    private func limit(_ name: String) -> Quantity? {
        let own = Self.amount(own, "limits", name)
        return own.map(\.isZero) == false ? own : Self.amount(ofPod, "limits", name)
    }
    private static func amount(_ resources: JSON?, _ list: String, _ name: String) -> Quantity? {
        resources?[list, name].flatMap { try? Quantity($0) }
    }

    /// Whether both come to the same for the kernel and in a status.
    func isSame(as other: GrantedResources) -> Bool {
        cpuRequest ?? 0 == other.cpuRequest ?? 0 && cpuLimit == other.cpuLimit
            && memoryRequest == other.memoryRequest && memoryLimit == other.memoryLimit
    }

    /// Whether a container with these policies has to start anew for the change.
    func needsRestart(from other: GrantedResources, _ policies: [ContainerResizePolicy]) -> Bool {
        policies.contains { policy in
            guard policy.restartPolicy == "RestartContainer" else { return false }
            return switch policy.resourceName {
            case "cpu": cpuRequest ?? 0 != other.cpuRequest ?? 0 || cpuLimit != other.cpuLimit
            case "memory": memoryRequest != other.memoryRequest || memoryLimit != other.memoryLimit
            default: false
            }
        }
    }
}
