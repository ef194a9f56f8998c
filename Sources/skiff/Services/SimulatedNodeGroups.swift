import APIMachinery
import ClusterAutoscaler
import SimulatedNodes

/// Groups of simulated nodes, which the cluster autoscaler makes greater and smaller.
struct SimulatedNodeGroups: NodeProvider {
    private struct Refusal: Error, CustomStringConvertible { var description: String }

    let file: NodeGroupsFile
    let simulator: NodeSimulator

    /// All nodes that a group may have.
    static func spares(_ file: NodeGroupsFile) -> [SpareNodes] {
        file.groups.map { SpareNodes(names: names($0), plan: plan($0)) }
    }
    private static func names(_ group: NodeGroupsFile.Group) -> [String] {
        (1...group.maxSize).map { "\(group.name)-\($0)" }
    }
    private static func plan(_ group: NodeGroupsFile.Group) -> NodePlan {
        var plan = NodePlan()
        plan.capacity.merge(group.capacity) { $1 }
        plan.labels = group.labels.merging([NodeGroup.label: group.name]) { $1 }
        plan.taints = group.taints
        return plan
    }

    /// Brings every group to its least size.
    func begin() async {
        for group in file.groups {
            let names = Self.names(group)
            let missing = group.minSize - (await simulator.wanted(of: names)).count
            if missing > 0 { await want(missing, of: names) }
        }
    }
    private func want(_ count: Int, of names: [String]) async {
        let taken = Set(await simulator.wanted(of: names).map(\.name))
        for name in names.filter({ !taken.contains($0) }).prefix(count) { await simulator.want(name) }
    }
    private func find(_ id: String) throws -> NodeGroupsFile.Group {
        guard let group = file.groups.first(where: { $0.name == id }) else {
            throw Refusal(description: "there is no group \(id)")
        }
        return group
    }

    func groups() async throws -> [NodeGroup] {
        var groups: [NodeGroup] = []
        for group in file.groups {
            var told = NodeGroup(
                id: group.name, minSize: group.minSize, maxSize: group.maxSize,
                targetSize: await simulator.wanted(of: Self.names(group)).count,
                template: Self.plan(group).example.json, hourlyPrice: group.hourlyPrice, priority: group.priority)
            told.options = group.options
            groups.append(told)
        }
        return groups
    }

    func instances(of id: String) async throws -> [NodeInstance] {
        await simulator.wanted(of: Self.names(try find(id))).map { name, isThere in
            NodeInstance(name: name, state: isThere ? .running : .creating)
        }
    }

    func increaseSize(of id: String, by count: Int) async throws {
        let group = try find(id)
        let names = Self.names(group)
        guard await simulator.wanted(of: names).count + count <= group.maxSize else {
            throw Refusal(description: "group \(id) may have \(group.maxSize) nodes at most")
        }
        await want(count, of: names)
    }

    func decreaseTargetSize(of id: String, by count: Int) async throws {
        let names = Self.names(try find(id))
        for (name, _) in await simulator.wanted(of: names).filter({ !$0.isThere }).suffix(count) {
            await simulator.dismiss(name)
        }
    }

    func delete(_ names: [String], in id: String) async throws {
        let own = Set(Self.names(try find(id)))
        for name in names where !own.contains(name) {
            throw Refusal(description: "node \(name) is not of group \(id)")
        }
        for name in names { await simulator.dismiss(name) }
    }
}
