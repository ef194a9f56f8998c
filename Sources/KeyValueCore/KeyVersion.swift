/// One version of one key, or its deletion: what a change left behind. Never altered, so readers, history and
/// snapshots share it.
public final class KeyVersion: Sendable {
    /// For a deletion only the key and `modRevision` mean something, and `version` is 0.
    public let keyValue: KeyValue
    /// Its place among the changes of the same revision, from 0.
    public let subRevision: Int64

    public init(_ keyValue: KeyValue, subRevision: Int64) {
        self.keyValue = keyValue
        self.subRevision = subRevision
    }
    convenience init(deletionOf key: [UInt8], at revision: Revision, subRevision: Int64) {
        self.init(
            KeyValue(key: key, value: [], createRevision: 0, modRevision: revision, version: 0),
            subRevision: subRevision)
    }

    public var isDeletion: Bool { keyValue.version == 0 }
    public var revision: Revision { keyValue.modRevision }

    /// The memory that it is counted with. The key belongs to its slot.
    var bytesHeld: Int { HeldBytes.version + keyValue.value.count }

    /// What this version adds to the state's hash; a deletion adds nothing.
    var hash: UInt64 {
        if isDeletion { return 0 }
        var hash = ContentHash()
        hash.add(keyValue.key)
        hash.add(keyValue.value)
        hash.add(keyValue.createRevision)
        hash.add(keyValue.modRevision)
        hash.add(keyValue.version)
        hash.add(keyValue.lease)
        return hash.value
    }
}

/// All retained versions of one key, oldest first, with the newest apart because nearly every key has just one.
public struct KeySlot: Sendable {
    public internal(set) var newest: KeyVersion
    public internal(set) var older: ContiguousArray<KeyVersion>

    public init(_ newest: KeyVersion, older: ContiguousArray<KeyVersion> = []) {
        self.newest = newest
        self.older = older
    }

    public var key: [UInt8] { newest.keyValue.key }

    /// The memory that the key with its versions is counted with.
    var bytesHeld: Int {
        older.reduce(HeldBytes.key + key.count + newest.bytesHeld) { $0 + $1.bytesHeld }
    }

    /// How much of that goes when only `rest` stays, which is `trimmed(to:)`. Looks at no version that stays.
    func bytesFreed(leaving rest: KeySlot?) -> Int {
        guard let rest else { return bytesHeld }
        return older.prefix(older.count - rest.older.count).reduce(0) { $0 + $1.bytesHeld }
    }

    mutating func append(_ version: KeyVersion) {
        older.append(newest)
        newest = version
    }

    /// The version a reader at `revision` sees; nil if the key was not there then.
    func visible(at revision: Revision) -> KeyVersion? {
        if newest.revision <= revision { return newest.isDeletion ? nil : newest }
        let position = older.firstIndex(after: revision)
        if position == 0 { return nil }
        let version = older[position - 1]
        return version.isDeletion ? nil : version
    }

    /// The slot without what no reader at `floor` or later can see; nil if nothing is left.
    public func trimmed(to floor: Revision) -> KeySlot? {
        if newest.revision <= floor { return newest.isDeletion ? nil : KeySlot(newest) }
        if older.isEmpty { return self }
        let position = older.firstIndex(after: floor)
        guard position > 0 else { return self }
        let seen = older[position - 1]
        let first = seen.isDeletion ? position : position - 1
        return first == 0 ? self : KeySlot(newest, older: ContiguousArray(older[first...]))
    }
}

extension ContiguousArray<KeyVersion> {
    /// The first index with a revision after this one.
    func firstIndex(after revision: Revision) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
