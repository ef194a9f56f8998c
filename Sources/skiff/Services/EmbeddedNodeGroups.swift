import APIMachinery
import Basics
import ClusterAutoscaler
import Foundation
import KubeAPI
import Kubelet
import Logging

/// Groups of real nodes of this process, which the cluster autoscaler makes greater and smaller. Which nodes there are is
/// told by their folders, so that a restart has the same.
actor EmbeddedNodeGroups: NodeProvider {
    /// Takes nodes out of the cluster, as a cloud's controller does, and what is left on them.
    static let identity = LoopIdentity(
        userName: "system:embedded-nodes", agent: "kubelet", follows: [],
        calls: [.delete(Node.self), .delete(Pod.self)])

    private struct Refusal: Error, CustomStringConvertible { var description: String }
    private struct Life {
        var state: NodeInstance.State
        /// Open once the node is to go.
        let end = Gate<Void>()
        var node: EmbeddedNode?
    }

    private let file: NodeGroupsFile
    private let settings: UpSettings
    private let network: ClusterNetwork
    /// By the nodes' numbers.
    private var lives: [Int: Life] = [:]
    private var templates: [String: JSON] = [:]
    private nonisolated let orders: AsyncStream<Int>
    private nonisolated let order: AsyncStream<Int>.Continuation

    init(_ file: NodeGroupsFile, _ settings: UpSettings, _ network: ClusterNetwork) {
        self.file = file
        self.settings = settings
        self.network = network
        // Each node is in it once at most.
        (orders, order) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    // MARK: Nodes' lives

    /// Runs nodes until the task is cancelled: `live` makes one, and returns once `end` was opened and nothing of it is left.
    nonisolated func run(
        _ live: @escaping @Sendable (_ index: Int, _ end: Gate<Void>) async throws -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            for await index in orders {
                group.addTask {
                    guard let end = await self.end(of: index) else { return }
                    do {
                        try await live(index, end)
                        await self.ended(index)
                    } catch {
                        if !Task.isCancelled { await self.failed(index, error) }
                    }
                }
            }
        }
    }
    private func end(of index: Int) -> Gate<Void>? { lives[index]?.end }
    /// The node is there.
    func began(_ index: Int, _ node: EmbeddedNode) {
        lives[index]?.node = node
        if lives[index]?.state == .creating { lives[index]?.state = .running }
    }
    private func ended(_ index: Int) { lives[index] = nil }
    private func failed(_ index: Int, _ error: any Error) {
        Logger(label: "node-groups").warning(
            "A node cannot be had", metadata: ["node": "\(settings.nodeName(index))", "error": "\(error)"])
        lives[index]?.node = nil
        if lives[index]?.state == .deleting {
            lives[index] = nil
        } else {
            lives[index]?.state = .failed(code: "NodeFailed", message: "\(error)")
        }
    }
    /// Nodes that run now.
    var nodes: [EmbeddedNode] { lives.values.compactMap(\.node) }

    private func start(_ index: Int) {
        lives[index] = Life(state: .creating)
        order.yield(index)
    }

    /// Brings back the nodes that were there, and every group to its least size.
    func begin() {
        let first = settings.nodeCount
        for index in first..<settings.nodePlaces
        where FileManager.default.fileExists(atPath: settings.nodeFolder(index)) { start(index) }
        for group in file.groups {
            let missing = group.minSize - wanted(group).count
            if missing > 0 { for index in free(group).prefix(missing) { start(index) } }
        }
    }

    private func places(_ group: NodeGroupsFile.Group) -> Range<Int> {
        var first = settings.nodeCount
        for other in file.groups {
            if other.name == group.name { break }
            first += other.maxSize
        }
        return first..<first + group.maxSize
    }
    private func wanted(_ group: NodeGroupsFile.Group) -> [Int] {
        places(group).filter { lives[$0].map { $0.state != .deleting } ?? false }
    }
    private func free(_ group: NodeGroupsFile.Group) -> [Int] { places(group).filter { lives[$0] == nil } }
    private func find(_ id: String) throws -> NodeGroupsFile.Group {
        guard let group = file.groups.first(where: { $0.name == id }) else {
            throw Refusal(description: "there is no group \(id)")
        }
        return group
    }

    // MARK: What the autoscaler asks

    func groups() -> [NodeGroup] {
        file.groups.map { group in
            var told = NodeGroup(
                id: group.name, minSize: group.minSize, maxSize: group.maxSize, targetSize: wanted(group).count,
                template: template(group), hourlyPrice: group.hourlyPrice, priority: group.priority)
            told.options = group.options
            return told
        }
    }
    private func template(_ group: NodeGroupsFile.Group) -> JSON {
        if let template = templates[group.name] { return template }
        let index = places(group).lowerBound
        let configuration = EmbeddedNode.configuration(index, settings, network)
        var node = Node { $0.metadata.name = configuration.nodeName }
        node.json["spec", "taints"] = JSON(group.taints)
        let template = NodeDescription(configuration, "", []).updated(node, now: SystemClock().now).json
        templates[group.name] = template
        return template
    }

    func instances(of id: String) throws -> [NodeInstance] {
        places(try find(id)).compactMap { index in
            lives[index].map { NodeInstance(name: settings.nodeName(index), state: $0.state) }
        }
    }

    func increaseSize(of id: String, by count: Int) throws {
        let group = try find(id)
        let free = free(group)
        guard wanted(group).count + count <= group.maxSize else {
            throw Refusal(description: "group \(id) may have \(group.maxSize) nodes at most")
        }
        guard free.count >= count else {
            throw Refusal(description: "\(count - free.count) nodes of group \(id) are still going")
        }
        for index in free.prefix(count) { start(index) }
    }

    func decreaseTargetSize(of id: String, by count: Int) throws {
        for index in wanted(try find(id)).filter({ lives[$0]?.state == .creating }).suffix(count) { end(index) }
    }

    func delete(_ names: [String], in id: String) throws {
        let places = places(try find(id))
        let byName = Dictionary(uniqueKeysWithValues: places.map { (settings.nodeName($0), $0) })
        for name in names where byName[name] == nil {
            throw Refusal(description: "node \(name) is not of group \(id)")
        }
        for name in names { if let index = byName[name] { end(index) } }
    }
    private func end(_ index: Int) {
        guard let life = lives[index] else { return }
        if case .failed = life.state {
            // Nobody runs it any more.
            lives[index] = nil
            EmbeddedNode.removeFolder(settings.nodeFolder(index))
            return
        }
        lives[index]?.state = .deleting
        life.end.open(())
    }
}
