/// An ordered, persistent B+ tree from key to `KeySlot`: a copy costs nothing, and a change after a copy clones only
/// the nodes on its path. Each node counts its live keys, so that positions and counts take O(log n).
struct KeyTree: Sendable {
    private(set) var root = KeyNode()

    init() {}

    /// Builds the tree of slots that are in key order already, in O(n).
    init(sorted slots: some Sequence<KeySlot>) {
        var level: [KeyNode] = []
        var leaf = KeyNode()
        for slot in slots {
            if leaf.slots.count == KeyNode.leafCapacity * 7 / 8 {
                level.append(leaf)
                leaf = KeyNode()
            }
            leaf.keys.append(slot.key)
            leaf.slots.append(slot)
            if !slot.newest.isDeletion { leaf.live += 1 }
        }
        level.append(leaf)
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: KeyNode.branchCapacity * 7 / 8).map { start in
                KeyNode(branch: level[start..<min(start + KeyNode.branchCapacity * 7 / 8, level.count)])
            }
        }
        root = level[0]
    }

    /// Keys that are there now.
    var liveCount: Int { root.live }

    func slot(_ key: [UInt8]) -> KeySlot? {
        var node = root
        while !node.isLeaf { node = node.children[node.childIndex(key)] }
        let index = KeyOrder.lowerBound(node.keys, key)
        return index < node.keys.count && node.keys[index] == key ? node.slots[index] : nil
    }

    /// Adds the version that `make` gives for the newest one of this key (nil: never seen), and returns both.
    /// `make` may decline with nil.
    mutating func append(
        _ key: [UInt8], _ make: (KeyVersion?) -> KeyVersion?
    ) -> (old: KeyVersion?, new: KeyVersion)? {
        if !isKnownUniquelyReferenced(&root) { root = KeyNode(copying: root) }
        var result: (old: KeyVersion?, new: KeyVersion)?
        let right = root.append(key) { old in
            guard let new = make(old) else { return nil }
            result = (old, new)
            return new
        }
        if let right { root = KeyNode(branch: [root, right]) }
        return result
    }

    /// Forgets what readers at `floor` and later cannot see of this key; returns how many of the bytes held that frees.
    mutating func trim(_ key: [UInt8], to floor: Revision) -> Int {
        if !isKnownUniquelyReferenced(&root) { root = KeyNode(copying: root) }
        let freed = root.trim(key, to: floor)
        while !root.isLeaf, root.children.count == 1 { root = root.children[0] }
        return freed
    }

    /// Calls `body` for the slots of the range in key order until it returns false.
    func visit(_ range: KeyRange, skippingDeleted: Bool, _ body: (KeySlot) -> Bool) {
        guard let end = range.end else {
            if let slot = slot(range.start), !(skippingDeleted && slot.newest.isDeletion) { _ = body(slot) }
            return
        }
        _ = root.visit(from: range.start, until: end == [0] ? nil : end, skippingDeleted, body)
    }

    /// How many live keys the range has.
    func liveCount(in range: KeyRange) -> Int {
        guard let end = range.end else {
            return slot(range.start).map { $0.newest.isDeletion ? 0 : 1 } ?? 0
        }
        let below = root.liveCount(before: range.start)
        return max(0, (end == [0] ? root.live : root.liveCount(before: end)) - below)
    }
}
