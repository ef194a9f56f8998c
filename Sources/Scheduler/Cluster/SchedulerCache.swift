import APIMachinery
import KubeAPI

/// All nodes and what is on them, a value kept up by small steps. Pods that were just placed count at once ("assumed"),
/// before the cluster shows them.
struct SchedulerCache {
    /// Known nodes in the order in which they came, by slot.
    private(set) var nodes: [Int] = []
    private(set) var index = PodIndex()
    var devices = DeviceInventory()
    private var slots: [NodeInfo] = []
    private var freeSlots: [Int] = []
    private var byName: [String: Int] = [:]
    /// How many known nodes have each image.
    private var imageNodes: [String: Int] = [:]
    /// How many pods use each claim.
    private var claimUsers: [ObjectKey: Int] = [:]
    private var placed: [ObjectKey: PlacedPod] = [:]
    /// Pods that came or went since this was last asked for; nil if they are too many to tell.
    private var moved: [PlacedPod]? = []
    /// So many are told.
    private static let movedLimit = 256
    /// Placed by us and not seen in the cluster yet.
    private var assumed: Set<ObjectKey> = []

    subscript(slot: Int) -> NodeInfo { slots[slot] }
    func node(_ name: String) -> NodeInfo? {
        guard let slot = byName[name], slots[slot].isKnown else { return nil }
        return slots[slot]
    }
    func nodesWithImage(_ name: String) -> Int { imageNodes[name] ?? 0 }
    func users(of claim: ObjectKey) -> Int { claimUsers[claim] ?? 0 }
    func isPlaced(_ key: ObjectKey) -> Bool { placed[key] != nil }

    mutating func update(node name: String, _ object: JSON?) -> Set<ClusterEvent> {
        guard object != nil || byName[name] != nil else { return [] }
        let slot = slot(of: name)
        let wasKnown = slots[slot].isKnown
        let imagesBefore = wasKnown ? slots[slot].images : [:]
        let news = change(slot) { $0.update(object) }
        let imagesNow = slots[slot].isKnown ? slots[slot].images : [:]
        if imagesNow != imagesBefore {
            for name in imagesBefore.keys { imageNodes.drop(name) }
            for name in imagesNow.keys { imageNodes[name, default: 0] += 1 }
        }
        if slots[slot].isKnown != wasKnown {
            if wasKnown { nodes.removeAll { $0 == slot } } else { nodes.append(slot) }
        }
        if slots[slot].isKnown != wasKnown || news.contains(.nodeLabels) {
            index.relabel(slot, slots[slot].isKnown ? slots[slot].labels : nil)
        }
        let isGone = wasKnown && !slots[slot].isKnown
        free(slot)
        return isGone ? news.union([.nodeRemoved]) : news
    }

    mutating func update(namespace: String, _ object: JSON?) -> Set<ClusterEvent> {
        index.set(namespace: namespace, object.map { $0["metadata"]?["labels"]?.stringMap ?? [:] })
        return [.namespaces]
    }

    /// Counts what plugins will ask for when this pod is judged.
    mutating func register(_ counted: [Counted]) {
        let (nodes, slots) = (nodes, slots)
        for counted in counted {
            index.register(counted.selection, counted.topologyKeys) { nodes.map { ($0, slots[$0].labels) } }
        }
    }

    /// Takes in how a pod is now; nil, finished and unplaced pods take up nothing.
    mutating func update(pod key: ObjectKey, _ object: JSON?) -> Set<ClusterEvent> {
        let before = placed[key]
        let node = object?["spec"]?["nodeName"]?.string ?? ""
        if let object, !node.isEmpty, !PodLifecycle.isTerminal(phase: object["status"]?["phase"]?.string) {
            let pod = PlacedPod(object, on: node, PodUsage(object))
            let isNews = assumed.remove(key) != nil
            if let before, before.isSame(as: pod) {
                if isNews { move(pod) }
                return isNews ? [.podPlaced] : []
            }
            take(key)
            put(pod)
            move(pod)
            if let before { move(before) }
            guard let before else { return [.podPlaced] }
            if !isNews, before.node == node, before.usage == pod.usage, before.podClass == pod.podClass { return [] }
            return [.podPlaced, .podRemoved]
        }
        guard let before else { return [] }
        // Not bound yet in the cluster's eyes, but we know better.
        if assumed.contains(key), let object, object.uid == before.uid, node.isEmpty { return [] }
        take(key)
        move(before)
        return [.podRemoved]
    }

    mutating func assume(_ pod: PlacedPod) {
        take(pod.key)
        put(pod)
        assumed.insert(pod.key)
    }
    /// Takes an assumption back, if it is still one.
    mutating func forget(_ key: ObjectKey) {
        guard assumed.contains(key), let pod = placed[key] else { return }
        take(key)
        move(pod)
    }

    mutating func takeMoved() -> [PlacedPod]? {
        defer { moved = [] }
        return moved
    }
    private mutating func move(_ pod: PlacedPod) {
        if moved?.count == Self.movedLimit { moved = nil }
        moved?.append(pod)
    }

    private mutating func slot(of name: String) -> Int {
        if let slot = byName[name] { return slot }
        let slot = freeSlots.popLast() ?? slots.count
        let info = NodeInfo(name: name, slot: slot)
        if slot < slots.count { slots[slot] = info } else { slots.append(info) }
        byName[name] = slot
        return slot
    }
    /// A node that is neither known nor used is nobody.
    private mutating func free(_ slot: Int) {
        if slots[slot].isKnown || slots[slot].podCount > 0 { return }
        byName[slots[slot].name] = nil
        freeSlots.append(slot)
    }
    private mutating func put(_ pod: PlacedPod) {
        placed[pod.key] = pod
        let slot = slot(of: pod.node)
        change(slot) { $0.add(pod) }
        if pod.terms != PodTerms.none {
            let (nodes, slots) = (nodes, slots)
            index.prepare(pod.terms) { nodes.map { ($0, slots[$0].labels) } }
        }
        index.add(pod, slot, 1)
        for claim in pod.usage.claims { claimUsers[claim, default: 0] += 1 }
    }
    private mutating func take(_ key: ObjectKey) {
        assumed.remove(key)
        guard let pod = placed.removeValue(forKey: key), let slot = byName[pod.node] else { return }
        change(slot) { $0.remove(pod) }
        index.add(pod, slot, -1)
        for claim in pod.usage.claims { claimUsers.drop(claim) }
        free(slot)
    }
    /// What a copy of this value still holds is not changed.
    private mutating func change<T>(_ slot: Int, _ body: (NodeInfo) -> T) -> T {
        if !isKnownUniquelyReferenced(&slots[slot]) { slots[slot] = slots[slot].copy() }
        return body(slots[slot])
    }
}
