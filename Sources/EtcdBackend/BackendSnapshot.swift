import EtcdMessages
import EtcdStore
import KeyValueCore

/// A captured state as a file of etcd's backend, so that etcd's own tools can read and restore it.
/// Source: etcd, server/storage/schema.
package struct BackendSnapshot {
    private let writer: BoltWriter

    /// Bytes of the file; a multiple of 512, as etcd's tools expect.
    package var size: Int { writer.size }

    package init(_ capture: StoreCapture) throws {
        let versions = BackendVersions(capture.table).versions
        let key = BoltBucket(
            name: "key", count: versions.count,
            size: { (versions[$0].backendKeyCount, try versions[$0].backendValue().count) },
            entry: { (versions[$0].backendKey, try versions[$0].backendValue()) })
        // These are empty in a new cluster too; etcd expects them to be there.
        let empty = ["alarm", "auth", "authRoles", "authUsers", "cluster", "members", "members_removed"]
        writer = try BoltWriter(
            [key, Self.leases(capture.leases), Self.meta(capture)]
                + empty.map { BoltBucket(name: $0, entries: []) })
    }

    private static func leases(_ leases: [Lease]) throws -> BoltBucket {
        BoltBucket(
            name: "lease",
            entries: try leases.sorted { UInt64(bitPattern: $0.id) < UInt64(bitPattern: $1.id) }.map { lease in
                var message = Leasepb_Lease()
                message.id = lease.id
                message.ttl = lease.timeToLiveSeconds
                return (bigEndian(UInt64(bitPattern: lease.id)), try message.serializedBytes())
            })
    }

    private static func meta(_ capture: StoreCapture) -> BoltBucket {
        var entries: [(key: [UInt8], value: [UInt8])] = [
            (Array("consistent_index".utf8), bigEndian(capture.appliedIndex)),
            (Array("term".utf8), bigEndian(capture.term)),
        ]
        let compacted = capture.table.compactedRevision
        if compacted > 0 {
            let revision = bigEndian(UInt64(compacted)) + [UInt8(ascii: "_")] + bigEndian(0)
            entries.insert((Array("finishedCompactRev".utf8), revision), at: 1)
            entries.insert((Array("scheduledCompactRev".utf8), revision), at: 2)
        }
        return BoltBucket(name: "meta", entries: entries)
    }

    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
    }

    /// Gives the file to `body` in pieces, in order.
    package func write(_ body: ([UInt8]) async throws -> Void) async throws { try await writer.write(body) }
}
