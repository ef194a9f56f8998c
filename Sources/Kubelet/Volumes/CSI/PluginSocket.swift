import Basics
import ContainerRuntime
import OutboundHTTP

/// A socket at which a plugin tells a kubelet what it is (pluginregistration.Registration). Throws `GRPCStatus`.
struct PluginSocket: Sendable {
    /// How long it may take to answer.
    static let timeout = Duration.seconds(1)
    private static let service = "pluginregistration.Registration"

    private let channel: GRPCChannel

    init(path: String, http: OutboundClient) { channel = GRPCChannel(socket: path, http: http) }

    struct Information: Sendable, Equatable {
        /// Such as `CSIPlugin`.
        var type: String
        var name: String
        /// The socket for all else; empty is this one.
        var endpoint: String
        var versions: [String]
    }

    func information() async throws -> Information {
        let answer = try await channel.call("\(Self.service)/GetInfo", timeout: Self.timeout)
        return Information(
            type: answer.text(1), name: answer.text(2), endpoint: answer.text(3), versions: answer.texts(4))
    }
    /// Tells it how its registration went; nil is well.
    func notify(_ failure: String?) async throws {
        let message = ProtobufMessage {
            $0.flag(1, failure == nil)
            $0.text(2, failure ?? "")
        }
        _ = try await channel.call("\(Self.service)/NotifyRegistrationStatus", message, timeout: .seconds(5))
    }
}
