import APIMachinery
import Basics
import KubeAPI

/// Nodes: registration, heartbeats, silence.
extension Fleet {
    /// How often a node writes its status though nothing changed (the kubelet's nodeStatusReportFrequency).
    static let statusInterval = Duration.seconds(300)
    /// After a registration that failed.
    static let registrationPause = Duration.milliseconds(500)

    mutating func started() -> [FleetOrder] {
        nodes.indices.flatMap { register($0) }
    }
    mutating func register(_ index: Int) -> [FleetOrder] {
        guard nodes[index].standing == .absent else { return [] }
        nodes[index].standing = .registering
        return [.register(node: index)]
    }

    /// The node is to be in the cluster.
    mutating func wanted(_ index: Int) -> [FleetOrder] {
        guard nodes[index].standing == .unwanted else { return [] }
        nodes[index].standing = .absent
        return register(index)
    }
    /// The node is not to be in the cluster any more; its pods are others' to look after.
    mutating func unwanted(_ index: Int) -> [FleetOrder] {
        guard nodes[index].standing != .unwanted else { return [] }
        nodes[index].standing = .unwanted
        nodes[index].object = nil
        nodes[index].lease = nil
        return [.unregister(node: index)]
    }

    /// The node as it is in the cluster; nil when it could not be brought there.
    mutating func registered(_ index: Int, _ node: Node?, at now: Instant) -> [FleetOrder] {
        // It was on its way when it was not wanted any more.
        guard nodes[index].standing != .unwanted else { return [.unregister(node: index)] }
        guard let node else {
            timers.add(.registration(index), at: now + Self.registrationPause)
            nodes[index].standing = .absent
            return []
        }
        nodes[index].standing = .registered
        nodes[index].object = node
        if !nodes[index].isTimed {
            nodes[index].isTimed = true
            timers.add(.heartbeat(index), at: next(stages.nodes.heartbeat, index, now))
            timers.add(.status(index), at: next(Self.statusInterval, index, now))
            planSilence(index, now)
        }
        return nodeChanged(nodes[index].name, node, at: now) + renewal(index)
    }

    /// A node as the cluster has it now; nil for one that is gone.
    mutating func nodeChanged(_ name: String, _ node: Node?, at now: Instant) -> [FleetOrder] {
        guard let index = index(ofNode: name), nodes[index].standing != .unwanted else { return [] }
        nodes[index].object = node
        guard let node, nodes[index].standing == .registered else { return [] }
        let isTold = node.metadata.annotations[SimulationAnnotation.silent] == "true"
        let wasSilent = nodes[index].isSilent
        if isTold { nodes[index].silence.insert(.told) } else { nodes[index].silence.remove(.told) }
        return wasSilent && !nodes[index].isSilent ? returned(index, now) : []
    }

    // MARK: Heartbeats

    /// Nodes beat one after the other, each at its own part of the interval.
    private func next(_ interval: Duration, _ index: Int, _ now: Instant) -> Instant {
        let length = interval / .nanoseconds(1)
        let offset = (length / Double(nodes.count)) * Double(index)
        let since = Double(now.nanoseconds).truncatingRemainder(dividingBy: length)
        let wait = offset > since ? offset - since : offset - since + length
        return now + .nanoseconds(Int64(wait))
    }

    mutating func heartbeat(_ index: Int, _ now: Instant) -> [FleetOrder] {
        timers.add(.heartbeat(index), at: next(stages.nodes.heartbeat, index, now))
        return renewal(index)
    }
    private mutating func renewal(_ index: Int) -> [FleetOrder] {
        // A node that somebody deleted has nothing that its Lease could belong to.
        guard !nodes[index].isSilent, !nodes[index].isRenewing, nodes[index].object != nil else { return [] }
        nodes[index].isRenewing = true
        return [.renewLease(node: index, nodes[index].lease)]
    }
    /// nil is for one that was not written, which is to be read before it is written again.
    mutating func renewed(_ index: Int, _ lease: Lease?) {
        nodes[index].isRenewing = false
        nodes[index].lease = lease
    }

    mutating func statusDue(_ index: Int, _ now: Instant) -> [FleetOrder] {
        timers.add(.status(index), at: next(Self.statusInterval, index, now))
        var orders: [FleetOrder] = []
        switch nodes[index].standing {
        case .unwanted, .registering, .absent: break
        case .registered: orders = status(index)
        }
        return orders
    }
    private mutating func status(_ index: Int) -> [FleetOrder] {
        guard !nodes[index].isSilent, !nodes[index].isWritingStatus else { return [] }
        guard let object = nodes[index].object else {
            // Somebody deleted it: it registers anew, as a kubelet does.
            nodes[index].standing = .absent
            nodes[index].lease = nil
            return register(index)
        }
        nodes[index].isWritingStatus = true
        return [.writeNodeStatus(node: index, object)]
    }
    /// The node as it was written; nil when it was not.
    mutating func statusOfNodeWritten(_ index: Int, _ node: Node?) {
        nodes[index].isWritingStatus = false
        if let node, node.json.revision > nodes[index].object?.json.revision ?? 0 { nodes[index].object = node }
    }

    // MARK: Silence

    private mutating func planSilence(_ index: Int, _ now: Instant) {
        guard let stage = nodes[index].stage, nodes[index].silences < stage.times ?? .max, !stage.lasting.isNone else {
            return
        }
        let chance = Chance(seed: stages.seed, of: nodes[index].name)
        let after = max(stage.after.length(chance.number("silent", nodes[index].silences)), .seconds(1))
        timers.add(.silence(index), at: now + after)
    }

    mutating func silenceDue(_ index: Int, _ now: Instant) -> [FleetOrder] {
        guard let stage = nodes[index].stage else { return [] }
        if nodes[index].silence.contains(.staged) {
            nodes[index].silence.remove(.staged)
            planSilence(index, now)
            return nodes[index].isSilent ? [] : returned(index, now)
        }
        nodes[index].silence.insert(.staged)
        let chance = Chance(seed: stages.seed, of: nodes[index].name)
        let lasting = max(stage.lasting.length(chance.number("return", nodes[index].silences)), .seconds(1))
        nodes[index].silences += 1
        timers.add(.silence(index), at: now + lasting)
        return []
    }

    /// What a node does that is to be heard again: it says that it lives, and looks at what it missed.
    private mutating func returned(_ index: Int, _ now: Instant) -> [FleetOrder] {
        let missed = nodes[index].missed
        nodes[index].missed = []
        var orders = missed.map { FleetOrder.look($0) }
        orders += renewal(index) + status(index)
        for slot in nodes[index].pods.sorted() { orders += play(slot, now) { $0.due(at: now) } }
        return orders
    }
}
