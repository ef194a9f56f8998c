import APIMachinery
import KubeAPI

/// Whether a node takes a pod that was bound to it (pkg/kubelet/lifecycle, predicateAdmitHandler): whoever bound it may not
/// have looked.
package struct PodAdmission {
    package struct Refusal: Equatable {
        package var reason: String
        package var message: String
    }
    /// nil while the node's object is not known.
    let node: Node?
    /// What else is on the node and has not ended.
    let others: [Pod]
    var sysctls = SysctlAllowlist(unsafeOnes: [])
    /// Whether pods have network namespaces of their own; else the network's settings are the machine's.
    var hasNetworks = true
    var hasAppArmor = AppArmor.isEnabled
    /// What the node is short of.
    var pressures: Set<NodePressure> = []
    var isShuttingDown = false

    /// nil for a pod that may run.
    package func refusal(_ pod: Pod) -> Refusal? {
        if isShuttingDown {
            return Refusal(reason: "NodeShutdown", message: "Pod was rejected as the node is shutting down.")
        }
        if let refusal = pressure(pod) { return refusal }
        if let wanted = pod.metadata.labels["kubernetes.io/os"], wanted != "linux" {
            return Refusal(
                reason: "PodOSSelectorNodeLabelDoesNotMatch",
                message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label")
        }
        if let system = pod.spec.os?.name, system != "linux" {
            return Refusal(
                reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS")
        }
        if let why = sysctls.refusal(pod, hasNetworks: hasNetworks) {
            return Refusal(reason: "SysctlForbidden", message: why)
        }
        if let node {
            if pod.spec.securityContext?.supplementalGroupsPolicy == "Strict",
                node.status.features?.supplementalGroupsPolicy != true
            {
                return Refusal(
                    reason: "SupplementalGroupsPolicyNotSupported",
                    message: "SupplementalGroupsPolicy=Strict is not supported in this node")
            }
            if let refusal = lack(pod, node) ?? predicate(pod, node) { return refusal }
        }
        if let why = AppArmor.refusal(pod, isEnabled: hasAppArmor) {
            return Refusal(reason: "AppArmor", message: "Cannot enforce AppArmor: \(why)")
        }
        return nil
    }

    /// A node that is short of memory takes pods that asked for some of it; one that is short of anything else takes none but
    /// those without which the cluster does not work.
    private func pressure(_ pod: Pod) -> Refusal? {
        guard !pressures.isEmpty, !EvictionCore.isCritical(pod) else { return nil }
        if pressures == [.memory] {
            let taint: JSON = ["key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"]
            let tolerations = (pod.json["spec", "tolerations"]?.elements ?? []).map { PodToleration($0) }
            if QoSClass(pod) != .bestEffort || tolerations.contains(where: { $0.tolerates(taint) }) { return nil }
        }
        let names = NodePressure.allCases.filter(pressures.contains).map(\.rawValue).joined(separator: " ")
        return Refusal(reason: "Evicted", message: "The node had condition: [\(names)]. ")
    }

    // MARK: Resources

    private func lack(_ pod: Pod, _ node: Node) -> Refusal? {
        let allocatable = node.status.allocatable
        if let pods = Self.amount(allocatable["pods"], of: "pods"), others.count + 1 > pods {
            return Self.lack(of: "pods", 1, others.count, pods)
        }
        let used = others.map { PodRequests($0.json).amounts }
        for (name, asked) in PodRequests(pod.json).amounts.sorted(by: { Self.rank($0.key) < Self.rank($1.key) }) {
            // Resources that the node does not have are somebody else's to give.
            guard asked > 0, let capacity = Self.amount(allocatable[name], of: name) else { continue }
            let taken = used.reduce(0) { $0 + ($1[name] ?? 0) }
            if asked > capacity - taken { return Self.lack(of: name, asked, taken, capacity) }
        }
        return nil
    }
    private static func lack(of name: String, _ asked: Int, _ used: Int, _ capacity: Int) -> Refusal {
        Refusal(
            reason: "OutOf\(name)",
            message:
                "Node didn't have enough resource: \(name), requested: \(asked), used: \(used), capacity: \(capacity)")
    }
    private static func rank(_ name: String) -> String {
        ["cpu": "0", "memory": "1", "ephemeral-storage": "2"][name] ?? "3" + name
    }
    package static func amount(_ text: String?, of name: String) -> Int? {
        guard let quantity = text.flatMap({ try? Quantity($0) }) else { return nil }
        return name == "cpu" ? quantity.milliValue : quantity.value
    }

    // MARK: Places, ports, taints

    private func predicate(_ pod: Pod, _ node: Node) -> Refusal? {
        let spec = pod.json["spec"] ?? .object
        if !NodeRequirement(spec).matches(node.name, node.metadata.labels) {
            return Self.failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
        }
        let taken = others.flatMap { HostPort.all($0.json) }
        if HostPort.all(pod.json).contains(where: { port in taken.contains { $0.isAtOdds(with: port) } }) {
            return Self.failed("NodePorts", "node(s) didn't have free ports for the requested pod ports")
        }
        let tolerations = (spec["tolerations"]?.elements ?? []).map { PodToleration($0) }
        let isUntolerated = (node.json["spec", "taints"]?.elements ?? []).contains { taint in
            taint["effect"]?.string == "NoExecute" && !tolerations.contains { $0.tolerates(taint) }
        }
        return isUntolerated
            ? Self.failed("TaintToleration", "node(s) had taints that the pod didn't tolerate") : nil
    }
    private static func failed(_ predicate: String, _ why: String) -> Refusal {
        Refusal(reason: predicate, message: "Predicate \(predicate) failed: \(why)")
    }
}

extension PodAdmission {
    /// For a node that allows no unsafe kernel parameters.
    package init(of node: Node?, beside others: [Pod]) { self.init(node: node, others: others) }
}

/// A port of the node that a pod wants.
struct HostPort: Equatable {
    /// `0.0.0.0` is every address.
    var address: String
    var `protocol`: String
    var number: Int

    static func all(_ pod: JSON) -> [HostPort] {
        let containers = pod["spec", "containers"]?.elements ?? []
        let sidecars = (pod["spec", "initContainers"]?.elements ?? []).filter { PodLifecycle.isSidecar($0) }
        return (containers + sidecars).flatMap { $0["ports"]?.elements ?? [] }.compactMap { port in
            guard let number = port["hostPort"]?.int, number > 0 else { return nil }
            let address = port["hostIP"]?.string ?? ""
            return HostPort(
                address: address.isEmpty ? "0.0.0.0" : address, protocol: port["protocol"]?.string ?? "TCP",
                number: number)
        }
    }
    func isAtOdds(with other: HostPort) -> Bool {
        number == other.number && `protocol` == other.protocol
            && (address == other.address || address == "0.0.0.0" || other.address == "0.0.0.0")
    }
}

/// What a pod asks for: the larger of its main containers and sidecars together and of each init container beside the
/// sidecars before it, and its overhead. CPU in thousandths.
package struct PodRequests {
    package private(set) var amounts: [String: Int] = [:]

    package init(_ pod: JSON) {
        let spec = pod["spec"] ?? .object
        var sidecars: [String: Int] = [:]
        var peak: [String: Int] = [:]
        for container in spec["initContainers"]?.elements ?? [] {
            let asked = Self.requests(container["resources"])
            let together = sidecars.merging(asked, uniquingKeysWith: +)
            peak.merge(together, uniquingKeysWith: max)
            if PodLifecycle.isSidecar(container) { sidecars = together }
        }
        amounts = sidecars
        for container in spec["containers"]?.elements ?? [] {
            amounts.merge(Self.requests(container["resources"]), uniquingKeysWith: +)
        }
        amounts.merge(peak, uniquingKeysWith: max)
        amounts.merge(Self.requests(spec["resources"])) { _, ofPod in ofPod }
        amounts.merge(Self.amounts(spec["overhead"]), uniquingKeysWith: +)
    }
    private static func requests(_ resources: JSON?) -> [String: Int] { amounts(resources?["requests"]) }
    private static func amounts(_ list: JSON?) -> [String: Int] {
        var amounts: [String: Int] = [:]
        for (name, text) in list?.stringMap ?? [:] { amounts[name] = PodAdmission.amount(text, of: name) }
        return amounts
    }
}
