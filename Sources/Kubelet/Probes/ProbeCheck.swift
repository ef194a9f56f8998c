import APIMachinery
import ContainerRuntime
import ControlLoops
import KubeAPI
import OutboundHTTP

/// What one check of a container found.
enum ProbeOutcome: Sendable, Equatable {
    case healthy
    /// Healthy, but the user is to know something.
    case warning(String)
    case unhealthy(String)
    /// The check itself failed: it counts neither way.
    case unknown(String)

    /// nil for what does not count.
    var isHealthy: Bool? {
        switch self {
        case .healthy, .warning: true
        case .unhealthy: false
        case .unknown: nil
        }
    }
}

/// Makes one check of a container: HTTP, TCP or a command.
struct ProbeRunner: Sendable {
    let runtime: any RuntimeService
    let http: OutboundClient

    struct Target: Sendable {
        var podIP: String
        var hostIP: String
        var container: Container
        var id: String
    }

    func check(_ probe: Probe, _ target: Target) async -> ProbeOutcome {
        let timeoutSeconds = max(1, probe.timeoutSeconds ?? 1)
        if let action = probe.exec { return await exec(action, target, timeoutSeconds) }
        if let action = probe.httpGet { return await get(action, target, timeoutSeconds) }
        if let action = probe.tcpSocket { return await connect(action, target, timeoutSeconds) }
        return .unhealthy("probe has no handler that this node knows")
    }

    private func exec(_ action: ExecAction, _ target: Target, _ timeoutSeconds: Int) async -> ProbeOutcome {
        do {
            let result = try await runtime.execSync(target.id, command: action.command, timeoutSeconds: timeoutSeconds)
            if result.exitCode == 0 { return .healthy }
            return .unhealthy(String(decoding: result.standardOutput + result.standardError, as: UTF8.self))
        } catch ContainerError.timedOut {
            return .unhealthy(
                "command timed out: \"\(action.command.joined(separator: " "))\" timed out after \(timeoutSeconds)s")
        } catch {
            return .unhealthy("\(error)")
        }
    }

    func get(_ action: HTTPGetAction, _ target: Target, _ timeoutSeconds: Int) async -> ProbeOutcome {
        guard let port = Self.port(action.port, target.container) else { return .unhealthy("no such port") }
        let scheme = (action.scheme ?? "HTTP").lowercased()
        let given = action.host ?? ""
        let host = given.isEmpty ? target.podIP : given
        var path = action.path ?? "/"
        if !path.hasPrefix("/") { path = "/" + path }
        let url = "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
        var request = OutboundRequest(url)
        request.tls.isInsecure = true
        request.usesFreshConnection = true
        request.headers = action.httpHeaders.map { ($0.name ?? "", $0.value ?? "") }
        if !request.headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
            request.headers.append(("User-Agent", "kube-probe/1.36"))
        }
        if !request.headers.contains(where: { $0.name.lowercased() == "accept" }) {
            request.headers.append(("Accept", "*/*"))
        }
        return await HTTPCheck(http: http, request: request, timeout: .seconds(timeoutSeconds)).run()
    }

    private func connect(_ action: TCPSocketAction, _ target: Target, _ timeoutSeconds: Int) async -> ProbeOutcome {
        guard let port = Self.port(action.port, target.container) else { return .unhealthy("no such port") }
        let given = action.host ?? ""
        let host = given.isEmpty ? target.podIP : given
        return await withTaskGroup(of: ProbeOutcome.self) { group in
            group.addTask {
                do {
                    try await TCPCheck.connect(host, port: port)
                    return .healthy
                } catch {
                    return .unhealthy("dial tcp \(host):\(port): \(error)")
                }
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(timeoutSeconds))
                return .unhealthy("dial tcp \(host):\(port): i/o timeout")
            }
            let first = await group.next() ?? .unhealthy("cancelled")
            group.cancelAll()
            return first
        }
    }

    /// A number, or the name of one of the container's ports.
    static func port(_ json: JSON?, _ container: Container) -> Int? {
        if let number = json?.int { return (1...65_535).contains(number) ? number : nil }
        guard let name = json?.string else { return nil }
        if let number = Int(name) { return (1...65_535).contains(number) ? number : nil }
        return container.ports.first { $0.name == name }?.containerPort
    }
}
