import Basics
import Crypto
import EtcdStore
import Foundation
import KeyValueCore

/// A snapshot file as `etcdctl snapshot save` and ours write it: etcd's backend, with its SHA-256 at the end.
public struct BackendFile: Sendable {
    /// Everything that the file says of keys and leases.
    public let state: KeyValueState
    /// Versions that the file has, deletions too.
    public let versionCount: Int
    /// Bytes without the checksum.
    public let size: Int
    /// CRC-32C of everything but the checksum.
    public let hash: UInt32

    /// Reads a whole file, and checks it if it has a checksum. Throws `BackendFileError`.
    public init(path: String, needsChecksum: Bool = true) throws {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
            throw BackendFileError(offset: 0, reason: "the file \(path) cannot be read")
        }
        try self.init(data, needsChecksum: needsChecksum)
    }

    init(_ data: Data, needsChecksum: Bool) throws {
        // Pages are multiples of 512 bytes, so a rest of 32 is the checksum.
        let hasChecksum = data.count % 512 == SHA256.byteCount
        if needsChecksum, !hasChecksum {
            throw BackendFileError(offset: data.count, reason: "there is no checksum at the end")
        }
        size = hasChecksum ? data.count - SHA256.byteCount : data.count
        let content = data.prefix(size)
        if hasChecksum, !SHA256.hash(data: content).elementsEqual(data.suffix(SHA256.byteCount)) {
            throw BackendFileError(offset: size, reason: "the checksum is of something else")
        }
        hash = content.withUnsafeBytes { CRC32C.of($0) }
        (state, versionCount) = try content.withUnsafeBytes { bytes in
            let contents = try BackendContents(try BoltReader(bytes))
            return (contents.state, contents.versionCount)
        }
    }
}

/// Puts keys with their history, leases and the compaction together from the entries of etcd's backend.
private struct BackendContents {
    private var slots: [[UInt8]: [KeyVersion]] = [:]
    private var leases: [Lease] = []
    private var revision: Revision = 1
    private var compacted: Revision = 0
    private(set) var versionCount = 0

    init(_ reader: BoltReader) throws {
        try reader.visit("key") { key, value in try add(key, value) }
        try reader.visit("lease") { key, value in
            guard let message = try? Leasepb_Lease(serializedBytes: value) else {
                throw BackendFileError(offset: 0, reason: "a lease cannot be read")
            }
            leases.append(Lease(id: message.id, timeToLiveSeconds: message.ttl))
        }
        try reader.visit("meta") { key, value in
            guard ["finishedCompactRev", "scheduledCompactRev"].contains(String(decoding: key, as: UTF8.self)) else {
                return
            }
            compacted = max(compacted, try Self.revision(value).main)
        }
        revision = max(revision, compacted)
    }

    /// Sorted, as the state wants them.
    var state: KeyValueState {
        let sorted = slots.values.sorted { $0[0].keyValue.key.lexicographicallyPrecedes($1[0].keyValue.key) }
        return KeyValueState(
            slots: sorted.map { versions in
                KeySlot(versions[versions.count - 1], older: ContiguousArray(versions.dropLast()))
            }, leases: leases, revision: revision, compactedRevision: compacted)
    }

    private mutating func add(_ key: [UInt8], _ value: [UInt8]) throws {
        let (main, sub, isDeletion) = try Self.revision(key)
        guard let message = try? Mvccpb_KeyValue(serializedBytes: value), !message.key.isEmpty else {
            throw BackendFileError(offset: 0, reason: "the entry of revision \(main) is not a key with its value")
        }
        let keyValue = KeyValue(
            key: [UInt8](message.key), value: [UInt8](message.value),
            createRevision: isDeletion ? 0 : message.createRevision, modRevision: main,
            version: isDeletion ? 0 : message.version, lease: isDeletion ? 0 : message.lease)
        guard isDeletion || message.version > 0 else {
            throw BackendFileError(offset: 0, reason: "the entry of revision \(main) has no version")
        }
        slots[keyValue.key, default: []].append(KeyVersion(keyValue, subRevision: sub))
        revision = max(revision, main)
        versionCount += 1
    }

    /// The parts of a backend key; they come in order, as the file is ordered by them.
    private static func revision(_ bytes: [UInt8]) throws -> (main: Revision, sub: Int64, isDeletion: Bool) {
        guard bytes.count == 17 || bytes.count == 18, bytes[8] == UInt8(ascii: "_") else {
            throw BackendFileError(offset: 0, reason: "a key of the backend is no revision")
        }
        func number(_ place: Int) -> Int64 {
            bytes[place..<place + 8].reduce(0) { $0 << 8 | Int64($1) }
        }
        guard number(0) > 0, number(9) >= 0 else {
            throw BackendFileError(offset: 0, reason: "a revision of the backend is negative")
        }
        return (number(0), number(9), bytes.count == 18)
    }
}
