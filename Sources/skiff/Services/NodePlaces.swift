import ClusterAutoscaler

/// The nodes that this process may have, each with its number in the network's plan: those that are always there, then those
/// of groups, which come and go.
extension UpSettings {
    /// Nodes that groups may have, in order; none where nodes are simulated or somebody else's.
    var groupNodes: [(name: String, group: NodeGroupsFile.Group)] {
        guard simulation == nil, let nodeGroups else { return [] }
        return nodeGroups.groups.flatMap { group in
            (1...group.maxSize).map { ("\(group.name)-\($0)", group) }
        }
    }
    /// How many nodes there may be.
    var nodePlaces: Int { nodeCount + groupNodes.count }
    /// The names of all of them.
    var nodeNames: [String] { (0..<nodeCount).map(EmbeddedNode.name) + groupNodes.map(\.name) }

    func nodeName(_ index: Int) -> String {
        index < nodeCount ? EmbeddedNode.name(index) : groupNodes[index - nodeCount].name
    }
    /// The group of a node that is of one.
    func nodeGroup(_ index: Int) -> NodeGroupsFile.Group? {
        index < nodeCount ? nil : groupNodes[index - nodeCount].group
    }
    /// What belongs to one node.
    func nodeFolder(_ index: Int) -> String { "\(dataDirectory)/nodes/\(nodeName(index))" }
}
