import APIMachinery
import ContainerRuntime
import KubeAPI

/// A pod's class of service, which says where its cgroup is.
enum QoSClass: String, Sendable {
    case guaranteed = "Guaranteed", burstable = "Burstable", bestEffort = "BestEffort"

    init(_ pod: Pod) {
        self =
            QoSClass(rawValue: pod.status.qosClass ?? QualityOfService.name(pod.json["spec"] ?? .object)) ?? .bestEffort
    }
}

/// The names of a node's cgroups (the kubelet's, with the driver `cgroupfs`).
struct CgroupNames: Sendable, Equatable {
    /// Such as `/kubepods`: holds those of all pods.
    let pods: String

    /// `root` is as in `--cgroup-root`, such as `/` or `/node-1`.
    init(root: String) {
        let parts = root.split(separator: "/").map(String.init) + ["kubepods"]
        pods = "/" + parts.joined(separator: "/")
    }

    func of(_ quality: QoSClass) -> String {
        switch quality {
        case .guaranteed: pods
        case .burstable: pods + "/burstable"
        case .bestEffort: pods + "/besteffort"
        }
    }
    func of(_ pod: Pod) -> String { "\(of(QoSClass(pod)))/\(Self.prefix)\(pod.uid)" }
    static let prefix = "pod"
    var all: [QoSClass] { [.guaranteed, .burstable, .bestEffort] }
}

/// What the kernel is told of a pod and its containers (pkg/kubelet/cm, pkg/kubelet/kuberuntime): pure, and the same for
/// every runtime. The pod is as the node agreed to it.
struct ResourcePolicy: Sendable, Equatable {
    /// Most processes of one pod; nil leaves it open (`--pod-max-pids`).
    var podPidsLimit: Int?

    /// The pod's own cgroup: the sum of its containers', or what it says itself. A limit holds only if every container has one.
    func pod(_ pod: Pod) -> LinuxResources {
        let spec = pod.json["spec"] ?? .object
        let (requests, limits) = Self.amounts(spec)
        var resources = LinuxResources(pidsLimit: podPidsLimit)
        let quality = QoSClass(pod)
        guard quality != .bestEffort else {
            resources.cpuShares = LinuxResources.shares(milliCPU: 0)
            return resources
        }
        resources.cpuShares = LinuxResources.shares(milliCPU: requests["cpu"]?.milliValue ?? 0)
        if quality == .guaranteed || Self.isLimited("cpu", spec) {
            resources.cpuQuotaMicroseconds = LinuxResources.quota(milliCPU: limits["cpu"]?.milliValue ?? 0)
        }
        if quality == .guaranteed || Self.isLimited("memory", spec), let limit = limits["memory"]?.value, limit > 0 {
            resources.memoryLimitBytes = limit
        }
        return resources
    }

    func container(_ container: Container, in pod: Pod) -> LinuxResources {
        Self.container(GrantedResources(container, in: pod))
    }
    static func container(_ granted: GrantedResources) -> LinuxResources {
        LinuxResources(
            cpuShares: LinuxResources.shares(milliCPU: granted.cpuRequest ?? granted.cpuLimit),
            cpuQuotaMicroseconds: LinuxResources.quota(milliCPU: granted.cpuLimit),
            memoryLimitBytes: granted.memoryLimit > 0 ? granted.memoryLimit : LinuxResources.unlimited)
    }

    /// Of all pods together: the machine, but for what is reserved.
    static func allPods(_ machine: NodeDescription.Machine, _ reserved: ResourceAmounts) -> LinuxResources {
        LinuxResources(
            cpuShares: LinuxResources.shares(
                milliCPU: max(0, machine.processors * 1000 - (reserved["cpu"]?.milliValue ?? 0))),
            memoryLimitBytes: max(0, (machine.memoryKibibytes << 10) - (reserved["memory"]?.value ?? 0)))
    }

    /// Of all burstable pods together.
    static func burstable(milliCPU: Int) -> LinuxResources {
        LinuxResources(cpuShares: LinuxResources.shares(milliCPU: milliCPU))
    }
    static let bestEffort = LinuxResources(cpuShares: LinuxResources.shares(milliCPU: 0))

    /// What a pod asks for and may have, with its overhead.
    static func amounts(_ spec: JSON) -> (requests: ResourceAmounts, limits: ResourceAmounts) {
        var sum = PodResources(ofSpec: spec)
        let overhead = ResourceAmounts(spec["overhead"])
        sum.requests += overhead
        sum.limits += overhead.only(sum.limits.withoutZeros.names)
        return (sum.requests, sum.limits)
    }
    private static func isLimited(_ name: String, _ spec: JSON) -> Bool {
        func has(_ resources: JSON?) -> Bool { !(ResourceAmounts(resources?["limits"])[name]?.isZero ?? true) }
        if has(spec["resources"]) { return true }
        let containers = (spec["containers"]?.elements ?? []) + (spec["initContainers"]?.elements ?? [])
        return containers.allSatisfy { has($0["resources"]) }
    }
}

/// How readily the kernel kills a container when memory runs out (pkg/kubelet/qos).
struct OOMScore {
    let value: Int

    private static let guaranteed = -997
    /// Of this priority are pods without which the node does not work.
    private static let nodeCritical = 2_000_001_000

    /// With a request a container is spared the more, the more of the node's memory it asked for.
    init(_ pod: Pod, _ container: Container, memoryBytes: Int) {
        if pod.spec.priority ?? 0 >= Self.nodeCritical {
            value = Self.guaranteed
            return
        }
        switch QoSClass(pod) {
        case .guaranteed: value = Self.guaranteed
        case .bestEffort: value = 1000
        case .burstable:
            let capacity = max(1, memoryBytes)
            let rest = Self.sharedRequest(pod)
            func score(_ request: Int) -> Int { 1000 - 1000 * (request + rest) / capacity }
            func request(_ container: Container) -> Int {
                (container.resources?.requests["memory"].flatMap { try? Quantity($0) })?.value ?? 0
            }
            var least = score(request(container))
            if PodLifecycle(pod.spec).role(of: container.name) == .sidecar {
                // A sidecar is spared as the container that is spared least.
                least = min(least, score(pod.spec.containers.map(request).min() ?? 0))
            }
            value = min(max(least, 1000 + Self.guaranteed), 999)
        }
    }

    /// What the pod itself asks for beyond its containers, for each of them.
    private static func sharedRequest(_ pod: Pod) -> Int {
        guard let whole = ResourceAmounts(pod.json["spec", "resources", "requests"])["memory"]?.value else { return 0 }
        let containers = pod.spec.containers + pod.spec.initContainers.filter(\.isSidecar)
        let own = containers.reduce(0) { sum, container in
            sum + ((container.resources?.requests["memory"].flatMap { try? Quantity($0) })?.value ?? 0)
        }
        return max(0, whole - own) / max(1, containers.count)
    }
}
