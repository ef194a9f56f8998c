import Basics
import Crypto
import EtcdStore
import Foundation

/// etcd's Maintenance service: a member's own state, and its care.
struct MaintenanceService: Sendable {
    let served: ServedStore
    private var store: EmbeddedStore { served.store }

    init(_ served: ServedStore) { self.served = served }

    func status(
        request: Etcdserverpb_StatusRequest, context: CallContext
    ) async throws -> Etcdserverpb_StatusResponse {
        let status = try await store.status()
        var answer = Etcdserverpb_StatusResponse()
        answer.header = served.header(revision: status.revision, status)
        answer.version = EtcdServer.protocolVersion
        answer.storageVersion = EtcdServer.protocolVersion
        answer.dbSize = Int64(status.sizeInBytes)
        answer.dbSizeInUse = Int64(status.bytesHeld)
        answer.dbSizeQuota = Int64(status.quotaBytes)
        answer.downgradeInfo = Etcdserverpb_DowngradeInfo()
        answer.leader = status.leader ?? 0
        answer.raftIndex = status.committedIndex
        answer.raftAppliedIndex = status.appliedIndex
        answer.raftTerm = status.term
        answer.isLearner = status.isLearner
        if status.leader == nil { answer.errors.append(EtcdError.noLeader.message) }
        answer.errors += status.alarms.map { Etcdserverpb_AlarmMember($0).sentence }
        return answer
    }

    /// Tells the cluster's alarms, or turns one on or off; the answer has those that this changed.
    func alarm(
        request: Etcdserverpb_AlarmRequest, context: CallContext
    ) async throws -> Etcdserverpb_AlarmResponse {
        var found = try await store.alarms()
        if request.action == .get {
            let kind = StoreAlarm.Kind(request.alarm)
            if request.alarm != .none { found.removeAll { $0.kind != kind } }
        } else if let kind = StoreAlarm.Kind(request.alarm) {
            let alarm = StoreAlarm(member: request.memberID, kind: kind)
            let wasOn = found.contains(alarm)
            if request.action == .activate { try await store.raiseAlarm(alarm) }
            if request.action == .deactivate { try await store.lowerAlarm(alarm) }
            found = request.action == .activate || wasOn ? [alarm] : []
        } else {
            found = []
        }
        var answer = Etcdserverpb_AlarmResponse()
        answer.header = try await served.header()
        answer.alarms = found.map { Etcdserverpb_AlarmMember($0) }
        return answer
    }

    /// There is nothing to do: segments of the log are removed as soon as a snapshot holds them.
    func defragment(
        request: Etcdserverpb_DefragmentRequest, context: CallContext
    ) async throws -> Etcdserverpb_DefragmentResponse { Etcdserverpb_DefragmentResponse() }

    func hash(request: Etcdserverpb_HashRequest, context: CallContext) async throws -> Etcdserverpb_HashResponse {
        let capture = try store.capture()
        var hash = try BackendHash(capture.table, upTo: 0).value
        for lease in capture.leases.sorted(by: { $0.id < $1.id }) {
            for number in [lease.id, lease.timeToLiveSeconds] {
                hash = withUnsafeBytes(of: number.bigEndian) { CRC32C.of($0, seed: hash) }
            }
        }
        var answer = Etcdserverpb_HashResponse()
        answer.header = try served.header(revision: capture.table.revision)
        answer.hash = hash
        return answer
    }

    func hashKV(
        request: Etcdserverpb_HashKVRequest, context: CallContext
    ) async throws -> Etcdserverpb_HashKVResponse {
        let table = try store.capture().table
        let hash = try BackendHash(table, upTo: request.revision)
        var answer = Etcdserverpb_HashKVResponse()
        answer.header = try served.header(revision: table.revision)
        answer.hash = hash.value
        answer.hashRevision = hash.revision
        // Before any compaction etcd says -1.
        answer.compactRevision = table.compactedRevision == 0 ? -1 : table.compactedRevision
        return answer
    }

    /// A file of etcd's backend in pieces, and its SHA-256 at the end.
    func snapshot(
        request: Etcdserverpb_SnapshotRequest, response: CallWriter<Etcdserverpb_SnapshotResponse>,
        context: CallContext
    ) async throws {
        let capture = try store.capture()
        let snapshot = try BackendSnapshot(capture)
        let header = try served.header(revision: capture.table.revision)
        let outlet = SnapshotOutlet(response, header: header, size: snapshot.size, limits: served.limits)
        try await snapshot.write { try await outlet.send($0) }
        try await outlet.finish()
    }

    func moveLeader(
        request: Etcdserverpb_MoveLeaderRequest, context: CallContext
    ) async throws -> Etcdserverpb_MoveLeaderResponse {
        guard try await store.status().isLeader else { throw EtcdError.notLeader }
        try await store.transferLeadership(to: request.targetID)
        var answer = Etcdserverpb_MoveLeaderResponse()
        answer.header = try await served.header()
        return answer
    }

    /// There is no older version to go to, and so never a downgrade to cancel, which etcd 3.6 answers like a success.
    func downgrade(
        request: Etcdserverpb_DowngradeRequest, context: CallContext
    ) async throws -> Etcdserverpb_DowngradeResponse {
        switch request.action {
        case .validate, .enable:
            guard Self.isVersion(request.version) else { throw EtcdError.downgradeVersionMalformed }
            try await store.catchUp()
            throw EtcdError.downgradeTargetInvalid
        case .cancel:
            var answer = Etcdserverpb_DowngradeResponse()
            answer.version = EtcdServer.clusterVersion
            answer.header = try await served.header()
            return answer
        case .UNRECOGNIZED:
            throw EtcdError.unknownAction
        }
    }

    /// Two numbers, or a semantic version.
    private static func isVersion(_ text: String) -> Bool {
        text.wholeMatch(of: /\d{1,18}\.\d{1,18}(\.\d{1,18}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?/) != nil
    }
}

/// Sends a snapshot's bytes in messages of one size.
private final class SnapshotOutlet {
    private let response: CallWriter<Etcdserverpb_SnapshotResponse>
    private let header: Etcdserverpb_ResponseHeader
    private let chunkBytes: Int
    private var remaining: Int
    private var hash = SHA256()
    private var waiting: [UInt8] = []

    init(
        _ response: CallWriter<Etcdserverpb_SnapshotResponse>, header: Etcdserverpb_ResponseHeader, size: Int,
        limits: EtcdLimits
    ) {
        self.response = response
        self.header = header
        remaining = size
        chunkBytes = limits.snapshotChunkBytes
    }

    func send(_ bytes: [UInt8]) async throws {
        waiting += bytes
        if waiting.count >= chunkBytes { try await flush() }
    }

    /// Sends the rest, and the checksum of everything in a message of its own.
    func finish() async throws {
        if !waiting.isEmpty { try await flush() }
        waiting = [UInt8](hash.finalize())
        remaining = waiting.count
        try await flush()
    }

    private func flush() async throws {
        hash.update(data: waiting)
        var message = Etcdserverpb_SnapshotResponse()
        message.header = header
        message.version = EtcdServer.protocolVersion
        remaining -= waiting.count
        message.remainingBytes = UInt64(max(0, remaining))
        message.blob = Data(waiting)
        waiting.removeAll(keepingCapacity: true)
        try await response.write(message)
    }
}
