import EtcdBackend
import EtcdMessages
import EtcdStore
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// Cares for a cluster from outside: its members, and snapshots of it.
public struct EtcdAdministrator: Sendable {
    private let client: GRPCClient<HTTP2ClientTransport.Posix>
    /// A call that takes longer than this is given up; a snapshot may take longer.
    private static let timeoutSeconds: Int64 = 10
    /// Messages of a snapshot are shorter than this.
    private static let messageBytes = 16 << 20

    /// Runs `body` with a connection to one endpoint.
    public static func run<Answer: Sendable>(
        _ endpoint: EtcdEndpoint, tls: EtcdClientTLS,
        _ body: (EtcdAdministrator) async throws -> Answer
    ) async throws -> Answer {
        try await withGRPCClient(
            transport: HTTP2ClientTransport.Posix(
                target: endpoint.target, transportSecurity: endpoint.isSecure ? tls.security : .plaintext)
        ) { client in try await body(EtcdAdministrator(client: client)) }
    }

    private var options: CallOptions {
        var options = CallOptions.defaults
        options.timeout = .seconds(Self.timeoutSeconds)
        return options
    }

    // MARK: Members

    public func members() async throws -> [ListedMember] {
        try await client.call(EtcdMethods.memberList, Etcdserverpb_MemberListRequest(), options: options).members.map(
            \.listed)
    }

    /// Returns the new member with its number.
    public func addMember(peerURLs: [String], isLearner: Bool) async throws -> ListedMember {
        var request = Etcdserverpb_MemberAddRequest()
        request.peerUrls = peerURLs
        request.isLearner = isLearner
        return try await client.call(EtcdMethods.memberAdd, request, options: options).member.listed
    }

    public func removeMember(_ id: UInt64) async throws {
        var request = Etcdserverpb_MemberRemoveRequest()
        request.id = id
        _ = try await client.call(EtcdMethods.memberRemove, request, options: options)
    }

    public func promoteMember(_ id: UInt64) async throws {
        var request = Etcdserverpb_MemberPromoteRequest()
        request.id = id
        _ = try await client.call(EtcdMethods.memberPromote, request, options: options)
    }

    // MARK: Snapshots

    /// Saves a snapshot with its checksum. The file gets its name when it is whole and on disk; returns its size.
    public func saveSnapshot(to path: String) async throws -> Int {
        let unfinished = path + ".part"
        guard FileManager.default.createFile(atPath: unfinished, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw SnapshotNotSaved(path: unfinished) }
        do {
            let size = try await receive(try FileHandle(forWritingTo: URL(filePath: unfinished)))
            _ = try BackendFile(path: unfinished)
            guard rename(unfinished, path) == 0 else {
                throw SnapshotNotSaved(path: path)
            }
            return size
        } catch {
            try? FileManager.default.removeItem(atPath: unfinished)
            throw error
        }
    }

    private func receive(_ file: FileHandle) async throws -> Int {
        var options = CallOptions.defaults
        options.maxResponseMessageBytes = Self.messageBytes
        return try await client.call(EtcdMethods.snapshot, Etcdserverpb_SnapshotRequest(), options: options) {
            response in
            defer { try? file.close() }
            var size = 0
            for try await message in response.messages {
                try file.write(contentsOf: message.blob)
                size += message.blob.count
            }
            try file.synchronize()
            return size
        }
    }
}

/// A snapshot's file cannot be made.
public struct SnapshotNotSaved: Error, Equatable, CustomStringConvertible {
    public var path: String
    public var description: String { "\(path) cannot be made" }
}

extension Etcdserverpb_Member {
    fileprivate var listed: ListedMember {
        ListedMember(
            member: ClusterMember(id: id, name: name, peerURLs: peerUrls, clientURLs: clientUrls),
            isLearner: isLearner)
    }
}
