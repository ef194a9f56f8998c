/// A node of `KeyTree`: a leaf has keys and their slots, a branch has children and for each a key that none of the
/// child's keys is before (the first child's is not looked at).
///
/// Unchecked because it has variables: they change only while `isKnownUniquelyReferenced` says that the one tree
/// which is being changed holds the only reference, so nobody else can be looking.
final class KeyNode: @unchecked Sendable {
    static let leafCapacity = 32
    static let branchCapacity = 64

    var keys: ContiguousArray<[UInt8]> = []
    var slots: ContiguousArray<KeySlot> = []
    var children: ContiguousArray<KeyNode> = []
    /// Keys below that are there now.
    var live = 0

    init() {}
    init(copying other: KeyNode) {
        keys = other.keys
        slots = other.slots
        children = other.children
        live = other.live
    }
    init(branch children: some Sequence<KeyNode>) {
        self.children = ContiguousArray(children)
        keys = ContiguousArray(self.children.map { $0.keys.first ?? [] })
        live = self.children.reduce(0) { $0 + $1.live }
    }

    var isLeaf: Bool { children.isEmpty }
    private var count: Int { keys.count }
    private var capacity: Int { isLeaf ? Self.leafCapacity : Self.branchCapacity }

    func childIndex(_ key: [UInt8]) -> Int { max(0, KeyOrder.upperBound(keys, key) - 1) }

    /// Adds a version; returns the new right neighbour if this node had to be split.
    func append(_ key: [UInt8], _ make: (KeyVersion?) -> KeyVersion?) -> KeyNode? {
        if isLeaf { return appendInLeaf(key, make) }
        let index = childIndex(key)
        makeChildUnique(index)
        let child = children[index]
        let before = child.live
        let right = child.append(key, make)
        live += child.live + (right?.live ?? 0) - before
        guard let right else { return nil }
        keys.insert(right.keys[0], at: index + 1)
        children.insert(right, at: index + 1)
        return splitIfFull(insertedAt: index + 1)
    }

    private func appendInLeaf(_ key: [UInt8], _ make: (KeyVersion?) -> KeyVersion?) -> KeyNode? {
        let index = KeyOrder.lowerBound(keys, key)
        if index < keys.count, keys[index] == key {
            let old = slots[index].newest
            guard let new = make(old) else { return nil }
            slots[index].append(new)
            live += (new.isDeletion ? 0 : 1) - (old.isDeletion ? 0 : 1)
            return nil
        }
        guard let new = make(nil) else { return nil }
        keys.insert(new.keyValue.key, at: index)
        slots.insert(KeySlot(new), at: index)
        live += new.isDeletion ? 0 : 1
        return splitIfFull(insertedAt: index)
    }

    /// Splits in the middle, or at the end when keys come in order, so that such leaves stay full.
    private func splitIfFull(insertedAt index: Int) -> KeyNode? {
        guard count > capacity else { return nil }
        let middle = index == count - 1 ? count - 1 : count / 2
        let right = KeyNode()
        right.keys = ContiguousArray(keys[middle...])
        keys.removeSubrange(middle...)
        if isLeaf {
            right.slots = ContiguousArray(slots[middle...])
            slots.removeSubrange(middle...)
            right.live = right.slots.reduce(0) { $0 + ($1.newest.isDeletion ? 0 : 1) }
        } else {
            right.children = ContiguousArray(children[middle...])
            children.removeSubrange(middle...)
            right.live = right.children.reduce(0) { $0 + $1.live }
        }
        live -= right.live
        return right
    }

    /// Returns how many of the bytes held are free now.
    func trim(_ key: [UInt8], to floor: Revision) -> Int {
        if isLeaf {
            let index = KeyOrder.lowerBound(keys, key)
            guard index < keys.count, keys[index] == key else { return 0 }
            let rest = slots[index].trimmed(to: floor)
            let freed = slots[index].bytesFreed(leaving: rest)
            if let rest {
                slots[index] = rest
            } else {
                keys.remove(at: index)
                slots.remove(at: index)
            }
            return freed
        }
        let index = childIndex(key)
        makeChildUnique(index)
        let freed = children[index].trim(key, to: floor)
        joinIfSmall(index)
        return freed
    }

    /// Removes an empty child, and joins a small one with a neighbour where there is room.
    private func joinIfSmall(_ index: Int) {
        let child = children[index]
        if child.count == 0 {
            keys.remove(at: index)
            children.remove(at: index)
            // A branch must not become empty, or it would look like a leaf: an empty leaf stands in for nothing.
            if children.isEmpty { becomeEmptyLeaf() }
            return
        }
        guard child.count < child.capacity / 4, children.count > 1 else { return }
        let left = index == 0 ? 0 : index - 1
        guard children[left].count + children[left + 1].count <= child.capacity * 3 / 4 else { return }
        makeChildUnique(left)
        children[left].absorb(children[left + 1], separator: keys[left + 1])
        keys.remove(at: left + 1)
        children.remove(at: left + 1)
    }

    private func becomeEmptyLeaf() {
        keys = []
        slots = []
        live = 0
    }

    private func absorb(_ right: KeyNode, separator: [UInt8]) {
        var moved = right.keys
        if !right.isLeaf { moved[0] = separator }
        keys.append(contentsOf: moved)
        slots.append(contentsOf: right.slots)
        children.append(contentsOf: right.children)
        live += right.live
    }

    private func makeChildUnique(_ index: Int) {
        if !isKnownUniquelyReferenced(&children[index]) { children[index] = KeyNode(copying: children[index]) }
    }
}

// MARK: Reading

extension KeyNode {
    /// `start` nil: from this node's first key; `end` nil: to its last. Returns false once `body` did.
    func visit(from start: [UInt8]?, until end: [UInt8]?, _ skipping: Bool, _ body: (KeySlot) -> Bool) -> Bool {
        if isLeaf {
            var index = start.map { KeyOrder.lowerBound(keys, $0) } ?? 0
            while index < keys.count {
                if let end, KeyOrder.compare(keys[index], end) >= 0 { return true }
                if !(skipping && slots[index].newest.isDeletion), !body(slots[index]) { return false }
                index += 1
            }
            return true
        }
        let first = start.map { childIndex($0) } ?? 0
        for index in first..<children.count {
            if index > first, let end, KeyOrder.compare(keys[index], end) >= 0 { return true }
            let child = children[index]
            if skipping && child.live == 0 { continue }
            if !child.visit(from: index == first ? start : nil, until: end, skipping, body) { return false }
        }
        return true
    }

    func liveCount(before key: [UInt8]) -> Int {
        if isLeaf {
            let end = KeyOrder.lowerBound(keys, key)
            return slots[..<end].reduce(0) { $0 + ($1.newest.isDeletion ? 0 : 1) }
        }
        let index = childIndex(key)
        return children[..<index].reduce(0) { $0 + $1.live } + children[index].liveCount(before: key)
    }
}
