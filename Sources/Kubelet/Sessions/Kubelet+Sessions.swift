import APIMachinery
import Basics
import ContainerRuntime
import HTTPMessages
import KubeAPI
import Streams

/// The answer to an upgrade.
public struct SessionAnswer: Sendable {
    /// Names in lower case; the status is 101.
    public var headers: [(name: String, value: String)]
    public var tunnel: any Tunnel
}

extension NodeAgent {
    /// Exec, attach or port-forward for an upgrade request: `query` is still percent-encoded. Throws `StatusError` before anything is upgraded.
    public func connect(
        _ pod: Pod, subresource: SubresourceName, query: String, headers: [(name: String, value: String)]
    ) async throws -> SessionAnswer {
        let query = SessionQuery(query)
        let isKnown =
            switch subresource {
            case .exec: runtime.information.can(.exec)
            case .attach: runtime.information.can(.attach)
            case .portForward: runtime.information.can(.portForward)
            default: false
            }
        guard isKnown else {
            throw StatusError(
                code: 501, reason: .unknown,
                message: "the container runtime \(runtime.information.name) does not know \(subresource)")
        }
        let tunnel: any Tunnel
        let upgrade: StreamUpgrade
        if subresource == .portForward {
            upgrade = try StreamUpgrade(
                headers, webSocket: [Self.portForwardOverSPDY] + PortForwardTunnel.supported,
                spdy: PortForwardService.supported)
            tunnel = try await portForward(pod, query, upgrade)
        } else {
            upgrade = try StreamUpgrade(
                headers, preferredWebSocket: RemoteCommandChannel.preferred,
                webSocket: RemoteCommandChannel.supported, spdy: RemoteCommandStreams.supported)
            tunnel = try await remoteCommand(pod, query, upgrade, isAttach: subresource == .attach)
        }
        return SessionAnswer(
            headers: upgrade.headers,
            tunnel: IdleLimit(configuration.streamingConnectionIdleTimeout, tunnel, clock: clock))
    }

    // MARK: Exec and attach

    private func remoteCommand(
        _ pod: Pod, _ query: SessionQuery, _ upgrade: StreamUpgrade, isAttach: Bool
    ) async throws -> any Tunnel {
        let id = try await runningContainer(pod, query.first("container"))
        var streams = RemoteCommandTunnel.Streams()
        streams.input = query.isTrue("stdin")
        streams.output = query.isTrue("stdout")
        streams.terminal = query.isTrue("tty")
        // With a terminal there is no second stream.
        streams.error = query.isTrue("stderr") && !streams.terminal
        streams.isAttach = isAttach
        guard streams.input || streams.output || streams.error else {
            throw StatusError.badRequest("you must specify at least 1 of stdin, stdout, stderr")
        }
        let command = query.all("command")
        guard isAttach || !command.isEmpty else {
            throw StatusError.badRequest("you must specify at least 1 command for the container")
        }
        let runtime = self.runtime
        let request = ExecRequest(
            command: command, hasStandardInput: streams.input, hasTerminal: streams.terminal)
        let start: @Sendable () async throws -> any ContainerSession = {
            isAttach ? try await runtime.attach(id) : try await runtime.exec(id, request)
        }
        switch upgrade {
        case .spdy(let version, _):
            let plan = RemoteCommandStreams(
                version: version, input: streams.input, output: streams.output, error: streams.error,
                terminal: streams.terminal)
            return RemoteCommandService.tunnel(plan, isAttach: isAttach, clock: clock, start: start)
        case .webSocket(let handshake):
            do {
                return RemoteCommandTunnel(
                    try await start(), RemoteCommandChannel(subprotocol: handshake.subprotocol), streams,
                    clock: clock)
            } catch let error as ContainerError {
                throw StatusError.internalError("error executing command in container: \(error)")
            }
        }
    }

    // MARK: Port-forward

    /// kubectl's newer way: SPDY inside a WebSocket's messages.
    private static let portForwardOverSPDY = "SPDY/3.1+portforward.k8s.io"

    private func portForward(
        _ pod: Pod, _ query: SessionQuery, _ upgrade: StreamUpgrade
    ) async throws -> any Tunnel {
        guard
            let sandbox = try await runtime.listPodSandbox().first(where: {
                $0.isReady && $0.configuration.uid == pod.runtimeUID
            })
        else {
            throw StatusError(
                code: 404, reason: .notFound, message: "pod \(pod.name)_\(pod.namespace) is not running")
        }
        let runtime = self.runtime
        let target = PortForwardTarget(pod: "\(pod.name)_\(pod.namespace)", uid: pod.uid) { port in
            try await runtime.portForward(sandbox.id, port: port)
        }
        let transport: SessionTransport
        switch upgrade {
        case .spdy: transport = .connection
        case .webSocket(let handshake) where handshake.subprotocol == Self.portForwardOverSPDY:
            transport = .webSocket(WebSocketReader())
        case .webSocket: return PortForwardTunnel(target, ports: try query.ports())
        }
        let service = PortForwardService(target, clock: clock)
        return SPDYConnection(
            over: transport, pause: { [clock] in try await clock.sleep(for: $0) }, opened: { service.opened($0) },
            ended: { service.ended() })
    }
}

/// The query of a session request (PodExecOptions and its like).
struct SessionQuery {
    private let pairs: [(name: String, value: String)]

    init(_ query: String) {
        pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // What is not well formed stays as it is; the API server has refused it before.
            func decoded(_ text: Substring) -> String {
                PercentEncoding.decode(text, plusIsSpace: true) ?? String(text)
            }
            return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
        }
    }
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
    func first(_ name: String) -> String { all(name).first ?? "" }
    func isTrue(_ name: String) -> Bool { Self.isTrue(first(name)) }
    static func isTrue(_ text: String) -> Bool { ["true", "1"].contains(text.lowercased()) }
    /// The ports of PodPortForwardOptions, at least one.
    func ports() throws -> [Int] {
        let texts = all("ports").flatMap { $0.split(separator: ",") }
        guard !texts.isEmpty else { throw StatusError.badRequest("query parameter \"ports\" is required") }
        guard texts.count <= PortForwardTunnel.maximumPorts else {
            throw StatusError.badRequest("at most \(PortForwardTunnel.maximumPorts) ports can be forwarded at once")
        }
        return try texts.map { text in
            guard let port = UInt16(text) else { throw StatusError.badRequest("unable to parse \"\(text)\" as a port") }
            guard port > 0 else { throw StatusError.badRequest("port \"\(text)\" must be > 0") }
            return Int(port)
        }
    }
}
