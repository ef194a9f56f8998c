import APIMachinery
import KubeAPI

/// What a pod takes up on its node; all that is kept of a pod once it is placed.
struct PodUsage: Equatable, Sendable {
    /// Kubernetes' stand-ins for containers that ask for nothing, so that they still spread.
    static let defaultCPU: Int64 = 100
    static let defaultMemory: Int64 = 200 << 20

    struct Port: Hashable, Sendable {
        var address: String
        var `protocol`: String
        var number: Int
    }

    var requests = Amounts()
    /// CPU and memory with the stand-ins, for scoring.
    var scoredCPU: Int64 = 0
    var scoredMemory: Int64 = 0
    var hostPorts: [Port] = []
    /// The claims of its volumes, also of generic ephemeral ones.
    var claims: [ObjectKey] = []
    var disks: [PodDisk] = []
    /// Volumes of its own that a CSI driver may attach in the place of Kubernetes.
    var migrated: [MigratedVolume] = []

    init(_ pod: JSON) {
        addVolumes(of: pod)
        let spec = pod["spec"]
        let containers = spec?["containers"]?.elements ?? []
        let initContainers = spec?["initContainers"]?.elements ?? []
        var scored = Amounts()
        for container in containers {
            let (asked, counted) = Self.requests(of: container)
            requests += asked
            scored += counted
            addPorts(of: container)
        }
        // Init containers run one after the other beside the sidecars started before them.
        var sidecars = Amounts()
        var scoredSidecars = Amounts()
        var peak = Amounts()
        var scoredPeak = Amounts()
        for container in initContainers {
            let (asked, counted) = Self.requests(of: container)
            let isSidecar = PodLifecycle.isSidecar(container)
            if isSidecar {
                requests += asked
                scored += counted
                sidecars += asked
                scoredSidecars += counted
                addPorts(of: container)
                peak.raise(to: sidecars)
                scoredPeak.raise(to: scoredSidecars)
            } else {
                var together = sidecars
                together += asked
                peak.raise(to: together)
                together = scoredSidecars
                together += counted
                scoredPeak.raise(to: together)
            }
        }
        requests.raise(to: peak)
        scored.raise(to: scoredPeak)
        if let ofPod = spec?["resources"]?["requests"] {
            let whole = Amounts(ofPod)
            if ofPod["cpu"] != nil { (requests.cpu, scored.cpu) = (whole.cpu, whole.cpu) }
            if ofPod["memory"] != nil { (requests.memory, scored.memory) = (whole.memory, whole.memory) }
        }
        let overhead = Amounts(spec?["overhead"])
        requests += overhead
        scored += overhead
        scoredCPU = scored.cpu
        scoredMemory = scored.memory
    }

    private mutating func addVolumes(of pod: JSON) {
        guard let volumes = pod["spec"]?["volumes"] else { return }
        let key = pod.key
        for volume in volumes.elements {
            if let name = volume["persistentVolumeClaim"]?["claimName"]?.string {
                claims.append(ObjectKey(namespace: key.namespace, name: name))
            } else if volume["ephemeral"] != nil, let name = volume["name"]?.string {
                claims.append(ObjectKey(namespace: key.namespace, name: "\(key.name)-\(name)"))
            } else {
                if let disk = PodDisk(volume) { disks.append(disk) }
                if let inline = MigratedVolume(volume) { migrated.append(inline) }
            }
        }
    }

    private static func requests(of container: JSON) -> (asked: Amounts, counted: Amounts) {
        let list = container["resources"]?["requests"]
        let asked = Amounts(list)
        var counted = asked
        if list?["cpu"] == nil { counted.cpu = defaultCPU }
        if list?["memory"] == nil { counted.memory = defaultMemory }
        return (asked, counted)
    }
    private mutating func addPorts(of container: JSON) {
        for port in container["ports"]?.elements ?? [] {
            guard let number = port["hostPort"]?.int, number > 0 else { continue }
            let address = port["hostIP"]?.string ?? ""
            hostPorts.append(
                Port(
                    address: address.isEmpty ? "0.0.0.0" : address, protocol: port["protocol"]?.string ?? "TCP",
                    number: number))
        }
    }
}
