import ContainerRuntime
import KubeAPI

/// How running containers and their pod come to what the node agreed to, in an order in which the containers' limits always
/// fit into the pod's: the pod grows before them and shrinks after them; memory is before processors.
package struct ResizePlan: Sendable, Equatable {
    enum Order: Sendable, Equatable {
        case pod(LinuxResources)
        case container(String, id: String, LinuxResources)

        var containerID: String? { if case .container(_, let id, _) = self { id } else { nil } }
    }
    /// A container that goes on running with other limits.
    struct Change: Sendable, Equatable {
        var name: String
        var id: String
        var before: GrantedResources
        var after: GrantedResources
    }
    /// A limit of memory that becomes less than it was, or that was none; it must be more than what is used.
    struct Decrease: Sendable, Equatable {
        /// nil is the pod itself.
        var container: String?
        var bytes: Int
    }

    var orders: [Order] = []
    var decreases: [Decrease] = []
    var changes: [Change]

    /// `before` and `after` are the pod's; a limit that is not told stays.
    init(before: LinuxResources, after: LinuxResources, _ changes: [Change]) {
        self.changes = changes
        let memory = Self.limit(before.memoryLimitBytes)
        let newMemory = after.memoryLimitBytes.map { Self.limit($0) } ?? memory
        // What grows comes last, so that the sum is never more than it needs to be.
        let byMemory = Self.sorted(changes) { $0.memoryLimit == 0 ? Int.max : $0.memoryLimit }
        if newMemory > memory { orders.append(.pod(LinuxResources(memoryLimitBytes: after.memoryLimitBytes))) }
        for change in byMemory where change.before.memoryLimit != change.after.memoryLimit {
            orders.append(
                .container(
                    change.name, id: change.id,
                    LinuxResources(memoryLimitBytes: ResourcePolicy.container(change.after).memoryLimitBytes)))
            if Self.isDecrease(change.before.memoryLimit, change.after.memoryLimit) {
                decreases.append(Decrease(container: change.name, bytes: change.after.memoryLimit))
            }
        }
        if newMemory < memory {
            orders.append(.pod(LinuxResources(memoryLimitBytes: after.memoryLimitBytes)))
            decreases.insert(Decrease(container: nil, bytes: newMemory), at: 0)
        }
        addProcessors(before, after)
    }

    private mutating func addProcessors(_ before: LinuxResources, _ after: LinuxResources) {
        let quota = Self.limit(before.cpuQuotaMicroseconds)
        let newQuota = after.cpuQuotaMicroseconds.map { Self.limit($0) } ?? quota
        let (shares, newShares) = (before.cpuShares ?? 0, after.cpuShares ?? before.cpuShares ?? 0)
        let setQuota = Order.pod(LinuxResources(cpuQuotaMicroseconds: after.cpuQuotaMicroseconds))
        let setShares = Order.pod(LinuxResources(cpuShares: after.cpuShares))
        if newQuota > quota { orders.append(setQuota) }
        if newShares > shares { orders.append(setShares) }
        for change in Self.sorted(changes, { $0.cpuLimit == 0 ? Int.max : $0.cpuLimit })
        where change.before.cpuLimit != change.after.cpuLimit || change.before.cpuRequest != change.after.cpuRequest {
            var resources = ResourcePolicy.container(change.after)
            resources.memoryLimitBytes = nil
            orders.append(.container(change.name, id: change.id, resources))
        }
        if newShares < shares { orders.append(setShares) }
        if newQuota < quota { orders.append(setQuota) }
    }

    private static func limit(_ value: Int?) -> Int { value.map { $0 < 0 ? Int.max : $0 } ?? Int.max }
    private static func isDecrease(_ before: Int, _ after: Int) -> Bool {
        after != 0 && (before == 0 || after < before)
    }
    private static func sorted(_ changes: [Change], _ limit: (GrantedResources) -> Int) -> [Change] {
        let shrinking = changes.filter { limit($0.after) < limit($0.before) }
        return shrinking + changes.filter { limit($0.after) >= limit($0.before) }
    }
}
