import APIMachinery

/// Nodes that are made alike, of which there may be more or fewer.
public struct NodeGroup: Sendable, Equatable {
    public var id: String
    public var minSize: Int
    public var maxSize: Int
    /// How many there are, or are being made.
    public var targetSize: Int
    /// A v1 Node as a new one would be: labels, taints, capacity and allocatable.
    public var template: JSON
    /// What one costs in an hour, in any unit that all groups share; nil if that is not known.
    public var hourlyPrice: Double?
    /// For the priority expander: more is preferred.
    public var priority: Int

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

    /// A node that could be made, with this name.
    func imagined(_ name: String) -> JSON {
        var node = template
        node["metadata", "name"] = JSON(name)
        node["metadata", "labels", "kubernetes.io/hostname"] = JSON(name)
        return node
    }
}

/// One member of a group, whether it is a node of the cluster yet or not.
public struct NodeInstance: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        case creating, running, deleting
        /// It cannot be made, and why.
        case failed(String)
    }
    /// As the node is called, once it is one.
    public var name: String
    public var state: State
    public init(name: String, state: State) {
        self.name = name
        self.state = state
    }
}

/// Who makes and removes nodes. Errors are the provider's own; their descriptions are shown to people.
public protocol NodeProvider: Sendable {
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
