import Basics
import KeyValueCore
import RaftCore

/// All that a snapshot file says, apart from the keys.
struct SnapshotHeader: Equatable {
    var identity: StoreIdentity
    /// The last log entry whose effect is included.
    var position: LogPosition
    var revision: Revision
    var compactedRevision: Revision
    /// `KeyValueState.hash`, which the restored state must have again.
    var hash: UInt64
    var leases: [Lease]
    /// The configuration and the members' names and addresses, as of `position`.
    var configuration: Configuration
    var directory: MemberDirectory
    var alarms = AlarmList()
    /// What a member begins with: its log may be missing then, as it is made after this.
    var isFounding = false

    func encode(into writer: inout ByteWriter) {
        for number in [identity.cluster, identity.member, position.index, position.term, hash] {
            writer.write(number)
        }
        writer.write(revision)
        writer.write(compactedRevision)
        writer.write(UInt32(leases.count))
        for lease in leases {
            writer.write(lease.id)
            writer.write(lease.timeToLiveSeconds)
        }
        writer.write(configuration.encoded)
        directory.encode(into: &writer)
        writer.write(isFounding)
        alarms.encode(into: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        identity = StoreIdentity(cluster: try reader.read(), member: try reader.read())
        position = LogPosition(index: try reader.read(), term: try reader.read())
        hash = try reader.read()
        revision = try reader.read()
        compactedRevision = try reader.read()
        leases = []
        for _ in 0..<(try reader.readCount(ofAtLeast: 16)) {
            leases.append(Lease(id: try reader.read(), timeToLiveSeconds: try reader.read()))
        }
        configuration = Configuration(voters: [Member(identity.member)])
        directory = MemberDirectory()
        // The first release's snapshots end here: its clusters had one member.
        if reader.remaining == 0 { return }
        let encoded = try reader.readBytes()
        do { configuration = try Configuration(decoding: encoded) } catch { throw reader.failure }
        directory = try MemberDirectory(from: &reader)
        isFounding = try reader.readFlag()
        // Snapshots of before there were alarms in the log end here.
        if reader.remaining > 0 { alarms = try AlarmList(from: &reader) }
    }

    init(_ applied: AppliedState, identity: StoreIdentity, isFounding: Bool = false) {
        let state = applied.keyValues
        self.identity = identity
        self.isFounding = isFounding
        position = applied.position
        configuration = applied.configuration
        directory = applied.directory
        alarms = applied.alarms
        revision = state.revision
        compactedRevision = state.compactedRevision
        hash = state.hash
        leases = state.leases.values.sorted { $0.id < $1.id }
    }
}

/// A finished snapshot file.
package struct SnapshotFile: Sendable, Equatable {
    static let ending = "snapshot"
    /// The last entry that it includes.
    package var position: Index
    package var bytes: Int
    package var name: String { FileName.make(position, Self.ending) }
}

extension KeySlot {
    /// Bytes that `encode` writes, roughly.
    var encodedSize: Int {
        older.reduce(40 + key.count + newest.keyValue.value.count) { $0 + 40 + $1.keyValue.value.count }
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(key)
        writer.write(UInt32(older.count + 1))
        for version in older + CollectionOfOne(newest) {
            let keyValue = version.keyValue
            for number in [
                keyValue.modRevision, version.subRevision, keyValue.version, keyValue.createRevision, keyValue.lease,
            ] {
                writer.write(number)
            }
            writer.write(keyValue.value)
        }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let key = try reader.readBytes()
        let count = try reader.readCount(ofAtLeast: 44)
        guard count > 0 else { throw reader.failure }
        var versions: ContiguousArray<KeyVersion> = []
        versions.reserveCapacity(count - 1)
        for number in 1...count {
            let version = try Self.version(of: key, from: &reader)
            if number == count {
                self.init(version, older: versions)
                return
            }
            versions.append(version)
        }
        throw reader.failure
    }

    private static func version(
        of key: [UInt8], from reader: inout ByteReader
    ) throws(ByteReaderError) -> KeyVersion {
        let modRevision: Revision = try reader.read()
        let subRevision: Int64 = try reader.read()
        let version: Int64 = try reader.read()
        let createRevision: Revision = try reader.read()
        let lease: LeaseID = try reader.read()
        return KeyVersion(
            KeyValue(
                key: key, value: try reader.readBytes(), createRevision: createRevision, modRevision: modRevision,
                version: version, lease: lease), subRevision: subRevision)
    }
}
