import APIMachinery
import ContainerRuntime
import KubeAPI

extension NodeAgent {
    /// Exec, attach or port-forward for an upgrade request: `subresource` is "exec", "attach" or "portforward", `query` is
    /// still percent-encoded. Throws `StatusError` before anything is upgraded.
    public func connect(
        _ pod: Pod, subresource: String, query: String, headers: [(name: String, value: String)]
    ) async throws -> SessionAnswer {
        let query = SessionQuery(query)
        if subresource == "portforward" { return try await portForward(pod, query, headers) }
        guard let handshake = WebSocketHandshake(headers, supported: RemoteCommandChannel.supported) else {
            throw StatusError.badRequest(
                "Upgrade request required: a WebSocket with one of \(RemoteCommandChannel.supported.joined(separator: ", "))"
            )
        }
        let id = try await runningContainer(pod, query.first("container"))
        var streams = RemoteCommandTunnel.Streams()
        streams.input = query.isTrue("stdin")
        streams.output = query.isTrue("stdout")
        streams.terminal = query.isTrue("tty")
        // With a terminal there is no second stream.
        streams.error = query.isTrue("stderr") && !streams.terminal
        guard streams.input || streams.output || streams.error else {
            throw StatusError.badRequest("you must specify at least 1 of stdin, stdout, stderr")
        }
        let session: any ContainerSession
        do {
            if subresource == "attach" {
                streams.isAttach = true
                session = try await runtime.attach(id)
            } else {
                let command = query.all("command")
                guard !command.isEmpty else {
                    throw StatusError.badRequest("you must specify at least 1 command for the container")
                }
                session = try await runtime.exec(
                    id,
                    ExecRequest(command: command, hasStandardInput: streams.input, hasTerminal: streams.terminal))
            }
        } catch let error as ContainerError {
            throw StatusError.internalError("error executing command in container: \(error)")
        }
        return SessionAnswer(
            headers: handshake.headers,
            tunnel: RemoteCommandTunnel(session, RemoteCommandChannel(subprotocol: handshake.subprotocol), streams))
    }

    private func portForward(
        _ pod: Pod, _ query: SessionQuery, _ headers: [(name: String, value: String)]
    ) async throws -> SessionAnswer {
        guard let handshake = WebSocketHandshake(headers, supported: PortForwardTunnel.supported) else {
            throw StatusError.badRequest(
                "Upgrade request required: a WebSocket with \(PortForwardTunnel.supported.joined(separator: ", "))")
        }
        let ports = query.all("ports").flatMap { $0.split(separator: ",") }.compactMap { Int($0) }
        guard !ports.isEmpty, ports.count <= PortForwardTunnel.maximumPorts,
            ports.allSatisfy({ (1...65_535).contains($0) })
        else { throw StatusError.badRequest("query parameter \"ports\" is required") }
        guard
            let sandbox = try await runtime.listPodSandbox().first(where: {
                $0.isReady && $0.configuration.uid == pod.uid
            })
        else {
            throw StatusError(
                code: 404, reason: .notFound, message: "pod \(pod.name)_\(pod.namespace) is not running")
        }
        var connections: [any ContainerConnection] = []
        do {
            for port in ports { connections.append(try await runtime.portForward(sandbox.id, port: port)) }
        } catch {
            for connection in connections { connection.cancel() }
            throw StatusError.internalError("error forwarding port: \(error)")
        }
        return SessionAnswer(headers: handshake.headers, tunnel: PortForwardTunnel(connections, ports: ports))
    }
}

/// The query of a session request (PodExecOptions and its like).
struct SessionQuery {
    private let pairs: [(name: String, value: String)]

    init(_ query: String) {
        pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : "")
        }
    }
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
    func first(_ name: String) -> String { all(name).first ?? "" }
    func isTrue(_ name: String) -> Bool { ["true", "1"].contains(first(name).lowercased()) }

    private static func decode(_ text: Substring) -> String {
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[(position + 1)...(position + 2)], as: UTF8.self), radix: 16)
            {
                output.append(value)
                position += 3
            } else {
                output.append(bytes[position] == UInt8(ascii: "+") ? UInt8(ascii: " ") : bytes[position])
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
