import Basics
import ContainerRuntime
import OutboundHTTP

/// What a node asks of a CSI driver at its socket. Throws `GRPCStatus`. Source: the container storage interface's csi.proto, v1.
struct CSICalls: Sendable {
    /// csi.v1's NodeServiceCapability.RPC.Type
    enum Capability: Int, Sendable {
        case stageUnstage = 1
        case volumeStats
        case expand
        case condition
        case singleNodeMultiWriter
        case mountGroup
    }
    /// How long a call may take, but for what tells of the driver itself.
    static let timeout = Duration.seconds(120)

    private let channel: GRPCChannel

    init(socket: String, http: OutboundClient) { channel = GRPCChannel(socket: socket, http: http) }

    private func call(
        _ method: String, _ message: ProtobufMessage = ProtobufMessage()
    ) async throws -> ProtobufFields {
        try await channel.call("csi.v1.Node/\(method)", message, timeout: Self.timeout)
    }

    /// What a driver says of this node.
    struct NodeInfo: Sendable, Equatable {
        var nodeID = ""
        /// 0 is no limit.
        var maximumVolumes = 0
        /// Labels of the nodes that have the same volumes in reach.
        var topology: [String: String] = [:]
    }

    func nodeInfo() async throws -> NodeInfo {
        let answer = try await call("NodeGetInfo")
        return NodeInfo(
            nodeID: answer.text(1), maximumVolumes: answer.number(2), topology: try answer.message(3)?.map(1) ?? [:])
    }

    func capabilities() async throws -> Set<Capability> {
        let answer = try await call("NodeGetCapabilities")
        return Set(
            try answer.messages(1).compactMap { try $0.message(1).flatMap { Capability(rawValue: $0.number(1)) } })
    }

    /// What the calls that bring a volume here have in common.
    struct Bringing: Sendable {
        var volume: CSIVolume
        var capability: ProtobufMessage
        var publishContext: [String: String] = [:]
        var secrets: [String: String] = [:]
        /// Of the volume, with what the node adds.
        var context: [String: String]
    }

    func stage(_ what: Bringing, at staging: String) async throws {
        _ = try await call(
            "NodeStageVolume",
            ProtobufMessage {
                $0.text(1, what.volume.handle)
                $0.map(2, what.publishContext)
                $0.text(3, staging)
                $0.message(4, what.capability)
                $0.map(5, what.secrets)
                $0.map(6, what.context)
            })
    }
    func publish(_ what: Bringing, from staging: String?, at target: String) async throws {
        _ = try await call(
            "NodePublishVolume",
            ProtobufMessage {
                $0.text(1, what.volume.handle)
                $0.map(2, what.publishContext)
                $0.text(3, staging ?? "")
                $0.text(4, target)
                $0.message(5, what.capability)
                $0.flag(6, what.volume.isReadOnly)
                $0.map(7, what.secrets)
                $0.map(8, what.context)
            })
    }
    func unpublish(_ handle: String, at target: String) async throws {
        _ = try await call(
            "NodeUnpublishVolume",
            ProtobufMessage {
                $0.text(1, handle)
                $0.text(2, target)
            })
    }
    func unstage(_ handle: String, at staging: String) async throws {
        _ = try await call(
            "NodeUnstageVolume",
            ProtobufMessage {
                $0.text(1, handle)
                $0.text(2, staging)
            })
    }
    func expand(
        _ volume: CSIVolume, _ capability: ProtobufMessage, to bytes: Int, at target: String, staging: String?,
        secrets: [String: String]
    ) async throws {
        _ = try await call(
            "NodeExpandVolume",
            ProtobufMessage {
                $0.text(1, volume.handle)
                $0.text(2, target)
                $0.message(3) { $0.number(1, bytes) }
                $0.text(4, staging ?? "")
                $0.message(5, capability)
                $0.map(6, secrets)
            })
    }
    func stats(_ handle: String, at target: String, staging: String?) async throws -> VolumeUsage {
        let answer = try await call(
            "NodeGetVolumeStats",
            ProtobufMessage {
                $0.text(1, handle)
                $0.text(2, target)
                $0.text(3, staging ?? "")
            })
        var usage = VolumeUsage()
        for part in try answer.messages(1) {
            switch part.number(4) {
            case 1:
                usage.availableBytes = part.number(1)
                usage.capacityBytes = part.number(2)
                usage.usedBytes = part.number(3)
            case 2:
                usage.freeFiles = part.number(1)
                usage.maximumFiles = part.number(2)
                usage.usedFiles = part.number(3)
            default: break
            }
        }
        return usage
    }

    /// Whether a call that failed so did nothing, and is not going on.
    static func isFinal(_ error: any Error) -> Bool {
        guard let status = error as? GRPCStatus else { return false }
        // Canceled, DeadlineExceeded, ResourceExhausted, Aborted, Unavailable
        return ![1, 4, 8, 10, 14].contains(status.code)
    }
}

/// How full a volume is; what is not known is 0.
package struct VolumeUsage: Sendable, Equatable {
    package var capacityBytes = 0
    package var usedBytes = 0
    package var availableBytes = 0
    package var maximumFiles = 0
    package var usedFiles = 0
    package var freeFiles = 0
}
