import APIMachinery

/// Nodes that are made alike, of which there may be more or fewer.
public struct NodeGroup: Sendable, Equatable {
    /// What a group has its own way; nil is as for all.
    public struct Options: Sendable, Equatable {
        public var scaleDownUtilizationThreshold: Double?
        public var scaleDownUnneededTime: Duration?
        public var scaleDownUnreadyTime: Duration?
        public var maxNodeProvisionTime: Duration?
        public var maxNodeStartupTime: Duration?
        public var ignoresDaemonSetsUtilization: Bool?
        public init() {}
    }
    /// On nodes of groups that this machine makes: the group's name.
    public static let label = "autoscaling.skiff.dev/node-group"

    public var id: String
    public var minSize: Int
    public var maxSize: Int
    /// How many there are, or are being made.
    public var targetSize: Int
    /// A v1 Node as a new one would be: labels, taints, capacity and allocatable. An empty object where the provider cannot
    /// tell; then a node that there is stands for it.
    public var template: JSON
    /// What one costs in an hour, in any unit that all groups share; nil if that is not known.
    public var hourlyPrice: Double?
    /// For the priority expander, where no ConfigMap says it: more is preferred.
    public var priority: Int
    public var options = Options()

    public init(
        id: String, minSize: Int, maxSize: Int, targetSize: Int, template: JSON, hourlyPrice: Double? = nil,
        priority: Int = 0
    ) {
        self.id = id
        self.minSize = minSize
        self.maxSize = maxSize
        self.targetSize = targetSize
        self.template = template
        self.hourlyPrice = hourlyPrice
        self.priority = priority
    }

    var hasTemplate: Bool { template["status"] != nil }

    /// A node that could be made, with this name.
    func imagined(_ name: String) -> JSON {
        var node = template
        node["metadata", "name"] = JSON(name)
        node["metadata", "labels", "kubernetes.io/hostname"] = JSON(name)
        return node
    }
    /// Cores in thousandths, and bytes, of one of its nodes.
    var capacity: (cpu: Int, memory: Int) { Self.capacity(of: template) }
    static func capacity(of node: JSON) -> (cpu: Int, memory: Int) {
        let list = node["status", "capacity"]
        func amount(_ name: String) -> Quantity { list?[name].flatMap { try? Quantity($0) } ?? .zero }
        return (amount("cpu").milliValue, amount("memory").value)
    }
}

/// One member of a group, whether it is a node of the cluster yet or not.
public struct NodeInstance: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        case creating, running, deleting
        /// It cannot be made, and why.
        case failed(code: String, message: String)
    }
    /// As the node is called, once it is one; or its `spec.providerID`.
    public var name: String
    public var state: State
    public init(name: String, state: State) {
        self.name = name
        self.state = state
    }
}

/// Who makes and removes nodes. Errors are the provider's own; their descriptions are shown to people.
public protocol NodeProvider: Sendable {
    /// Called before each look.
    func refresh() async throws
    /// What there is now.
    func groups() async throws -> [NodeGroup]
    func instances(of group: String) async throws -> [NodeInstance]
    /// Begins to make so many more; returns before they are there.
    func increaseSize(of group: String, by count: Int) async throws
    /// Gives up nodes that were asked for and are not there yet.
    func decreaseTargetSize(of group: String, by count: Int) async throws
    /// Removes these nodes, which the group's size follows.
    func delete(_ names: [String], in group: String) async throws
}

extension NodeProvider {
    public func refresh() async throws {}
}
