import APIMachinery

/// What all containers of a pod ask for and are limited to together: they run beside each other and beside the sidecars,
/// the init containers before them one after the other beside the sidecars that were started before (KEP-753).
public struct PodResources: Sendable, Equatable {
    public var requests: ResourceAmounts
    public var limits: ResourceAmounts

    /// By the spec alone, without the overhead of a RuntimeClass.
    public init(ofSpec spec: JSON) {
        requests = Self.sum(of: "requests", spec) { $0["resources", "requests"] }
        limits = Self.sum(of: "limits", spec) { $0["resources", "limits"] }
    }

    /// With the overhead, and with what running containers still have while they are being resized.
    public init(_ pod: JSON) {
        let spec = pod["spec"] ?? .object
        let running = Self.running(pod)
        requests = Self.sum(of: "requests", spec) { container in
            let asked = container["resources", "requests"]
            guard let status = running.statuses[container["name"]?.string ?? ""] else { return asked }
            var most = running.ignoresSpec ? ResourceAmounts() : ResourceAmounts(asked)
            most.raise(to: ResourceAmounts(status["resources", "requests"]))
            most.raise(to: ResourceAmounts(status["allocatedResources"]))
            return most.json
        }
        limits = Self.sum(of: "limits", spec) { container in
            let asked = container["resources", "limits"]
            guard let status = running.statuses[container["name"]?.string ?? ""] else { return asked }
            var most = running.ignoresSpec ? ResourceAmounts() : ResourceAmounts(asked)
            most.raise(to: ResourceAmounts(status["resources", "limits"]))
            return most.json
        }
        let overhead = ResourceAmounts(spec["overhead"])
        if overhead.isEmpty { return }
        requests += overhead
        limits += overhead.only(limits.withoutZeros.names)
    }

    /// The statuses that tell of resources, by the container's name; a resize that no node can make does not count.
    private static func running(_ pod: JSON) -> (statuses: [String: JSON], ignoresSpec: Bool) {
        var statuses: [String: JSON] = [:]
        let sidecars = Set(
            (pod["spec", "initContainers"]?.elements ?? []).filter(PodLifecycle.isSidecar)
                .compactMap { $0["name"]?.string })
        for status in pod["status", "containerStatuses"]?.elements ?? [] where status["resources"] != nil {
            statuses[status["name"]?.string ?? ""] = status
        }
        for status in pod["status", "initContainerStatuses"]?.elements ?? [] where status["resources"] != nil {
            let name = status["name"]?.string ?? ""
            if sidecars.contains(name) { statuses[name] = status }
        }
        if statuses.isEmpty { return (statuses, false) }
        let pending = pod["status", "conditions"]?.elements.first { $0["type"]?.string == "PodResizePending" }
        return (statuses, pending?["reason"]?.string == "Infeasible")
    }

    private static func sum(of list: String, _ spec: JSON, _ amounts: (JSON) -> JSON?) -> ResourceAmounts {
        var all = ResourceAmounts()
        for container in spec["containers"]?.elements ?? [] { all += ResourceAmounts(amounts(container)) }
        var sidecars = ResourceAmounts()
        var peak = ResourceAmounts()
        for container in spec["initContainers"]?.elements ?? [] {
            let own = ResourceAmounts(amounts(container))
            if PodLifecycle.isSidecar(container) {
                all += own
                sidecars += own
                peak.raise(to: sidecars)
            } else {
                var together = own
                together += sidecars
                peak.raise(to: together)
            }
        }
        all.raise(to: peak)
        for member in spec["resources", list]?.members ?? [] where isOfPods(member.name) {
            all[member.name] = QuantityRules.quantity(member.value)
        }
        return all
    }

    /// The names of what containers ask for that belongs to somebody's domain, such as `example.com/gpu`.
    public static func extendedResources(of spec: JSON) -> [String] {
        let containers = (spec["containers"]?.elements ?? []) + (spec["initContainers"]?.elements ?? [])
        return Set(containers.flatMap { ($0["resources", "requests"]?.members ?? []).map(\.name) })
            .filter(QuantityRules.isExtended).sorted()
    }

    /// Whether a pod may name it for all its containers together.
    private static func isOfPods(_ name: String) -> Bool {
        name == "cpu" || name == "memory" || name.hasPrefix("hugepages-")
    }
    /// Whether the pod itself names resources, beside its containers.
    static func areSetOnPod(_ spec: JSON) -> Bool {
        ["requests", "limits"].contains { spec["resources", $0]?.members.contains { isOfPods($0.name) } == true }
    }
}
