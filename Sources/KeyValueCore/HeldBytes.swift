/// What keys, versions and leases are counted with in `KeyValueState.bytesHeld` besides their bytes: about what they
/// take in memory. A new key with one version counts 256 bytes more than its key and value, as with etcd's quota.
enum HeldBytes {
    /// A key: its array, its place in the tree, and the slot.
    static let key = 96
    /// A version or a deletion: the object, the value's array, and its place in the history.
    static let version = 160
    /// A lease: its place among the leases, in the clock, and the set of its keys.
    static let lease = 192
}
