import EtcdMessages
import EtcdStore
import KeyValueCore

/// The versions that etcd's backend would hold for a captured state, in the order of their revisions: every change
/// since the compaction, and of older ones what can still be read.
struct BackendVersions: Sendable {
    private(set) var versions: [KeyVersion] = []

    /// Those up to `revision`, for a state compacted at `compacted` (0: never), with the versions that a hash up to
    /// there leaves out: what was replaced since the compaction.
    init(_ table: KeyTable, upTo revision: Revision? = nil, withReplaced: Bool = true) {
        let last = revision ?? table.revision
        let compacted = table.compactedRevision
        let anyIsThere = !withReplaced && Self.isAnyThere(table, at: last)
        table.visitRetained { slot in
            let retained = slot.older + CollectionOfOne(slot.newest)
            let firstAfter = retained.firstIndex { $0.revision > compacted } ?? retained.endIndex
            if firstAfter > 0, !retained[firstAfter - 1].isDeletion {
                let isReplaced = firstAfter < retained.endIndex && retained[firstAfter].revision <= last
                if withReplaced || !isReplaced || !anyIsThere { versions.append(retained[firstAfter - 1]) }
            }
            versions += retained[firstAfter...].prefix { $0.revision <= last }
            return true
        }
        versions.sort { ($0.revision, $0.subRevision) < ($1.revision, $1.subRevision) }
    }

    private static func isAnyThere(_ table: KeyTable, at revision: Revision) -> Bool {
        var found = false
        table.visitRetained { slot in
            let retained = slot.older + CollectionOfOne(slot.newest)
            found = retained.last { $0.revision <= revision }.map { !$0.isDeletion } ?? false
            return !found
        }
        return found
    }
}

extension KeyVersion {
    /// The key under which etcd's backend holds the version: revision and place in it, and a mark if it is a deletion.
    var backendKey: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(18)
        Self.append(revision, to: &bytes)
        bytes.append(UInt8(ascii: "_"))
        Self.append(subRevision, to: &bytes)
        if isDeletion { bytes.append(UInt8(ascii: "t")) }
        return bytes
    }

    var backendKeyCount: Int { isDeletion ? 18 : 17 }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// What etcd's backend holds for the version: the message `KeyValue`; of a deletion only the key.
    func backendValue() throws -> [UInt8] {
        var message = Mvccpb_KeyValue(keyValue)
        if isDeletion { message.modRevision = 0 }
        return try message.serializedBytes()
    }
}
