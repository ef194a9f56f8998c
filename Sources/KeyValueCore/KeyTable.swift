/// All keys with their retained versions at one moment. A copy is free and stays as it is, so that long reads and
/// snapshots go on beside the changing state.
public struct KeyTable: Sendable {
    var tree = KeyTree()
    /// The revision of the last change; 1 before any, as in etcd.
    public internal(set) var revision: Revision = 1
    /// Revisions before this cannot be read; 0 if there was no compaction.
    public internal(set) var compactedRevision: Revision = 0

    /// Older versions than this floor's are not kept. One less than the compacted revision, so that every change
    /// that can still be watched has its previous value.
    var floor: Revision { compactedRevision - 1 }

    /// Keys that are there now.
    public var liveCount: Int { tree.liveCount }

    /// The key's newest version, without looking at history; nil if it is not there.
    func live(_ key: [UInt8]) -> KeyVersion? {
        guard let newest = tree.slot(key)?.newest, !newest.isDeletion else { return nil }
        return newest
    }

    /// Reads a range, at the newest or any uncompacted revision.
    public func range(_ request: RangeRequest) throws(KeyValueError) -> RangeResponse {
        if request.range.start.isEmpty { throw .emptyKey }
        let revision = request.revision <= 0 ? self.revision : request.revision
        if revision > self.revision { throw .futureRevision(current: self.revision) }
        if revision < compactedRevision { throw .compacted(compactedRevision) }
        return revision == self.revision ? current(request) : past(request, at: revision)
    }

    private func current(_ request: RangeRequest) -> RangeResponse {
        if request.countOnly {
            return RangeResponse(
                keyValues: [], more: false, count: tree.liveCount(in: request.range), revision: revision)
        }
        let limit = request.limit > 0 ? request.limit : Int.max
        var found: [KeyValue] = []
        var more = false
        tree.visit(request.range, skippingDeleted: true) { slot in
            if found.count == limit {
                more = true
                return false
            }
            found.append(slot.newest.keyValue.forReading(request))
            return true
        }
        let count = more ? tree.liveCount(in: request.range) : found.count
        return RangeResponse(keyValues: found, more: more, count: count, revision: revision)
    }

    private func past(_ request: RangeRequest, at revision: Revision) -> RangeResponse {
        let limit = request.limit > 0 ? request.limit : Int.max
        var found: [KeyValue] = []
        var count = 0
        tree.visit(request.range, skippingDeleted: false) { slot in
            guard let version = slot.visible(at: revision) else { return true }
            count += 1
            if !request.countOnly, found.count < limit { found.append(version.keyValue.forReading(request)) }
            return true
        }
        let more = !request.countOnly && count > found.count
        return RangeResponse(keyValues: found, more: more, count: count, revision: self.revision)
    }

    /// Calls `body` for every key in order with the versions that a restored state needs, until it returns false.
    public func visitRetained(_ body: (KeySlot) -> Bool) {
        tree.visit(.prefix([]), skippingDeleted: false) { slot in
            guard let retained = slot.trimmed(to: floor) else { return true }
            return body(retained)
        }
    }
}

extension KeyValue {
    func forReading(_ request: RangeRequest) -> KeyValue {
        guard request.keysOnly else { return self }
        var copy = self
        copy.value = []
        return copy
    }
}
