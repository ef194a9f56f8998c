import Basics
import EtcdStore
import KeyValueCore

/// etcd's hash of keys and history, equal to that of an etcd which has carried out the same.
/// Source: etcd, server/storage/mvcc (HashByRev).
struct BackendHash {
    let value: UInt32
    /// The revision up to which changes are in it.
    let revision: Revision

    /// Hashes up to a revision (0: the newest). Throws if that is compacted or in the future.
    init(_ table: KeyTable, upTo revision: Revision) throws {
        if revision > table.revision { throw KeyValueError.futureRevision(current: table.revision) }
        if revision > 0, revision <= table.compactedRevision {
            throw KeyValueError.compacted(table.compactedRevision)
        }
        self.revision = revision <= 0 ? table.revision : revision
        var hash = CRC32C.of(Array("key".utf8))
        for version in BackendVersions(table, upTo: self.revision, withReplaced: false).versions {
            hash = version.backendKey.withUnsafeBytes { CRC32C.of($0, seed: hash) }
            hash = try version.backendValue().withUnsafeBytes { CRC32C.of($0, seed: hash) }
        }
        value = hash
    }
}
