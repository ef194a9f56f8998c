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
    /// The check itself failed: it counts neither way. `result` is the word that the event has for it.
    case unknown(String, result: String = "failure")

    /// nil for what does not count.
    var isHealthy: Bool? {
        switch self {
        case .healthy, .warning: true
        case .unhealthy: false
        case .unknown: nil
        }
    }
}

/// Makes one check of a container: HTTP, TCP, gRPC or a command.
struct ProbeRunner: Sendable {
    let runtime: any RuntimeService
    let http: OutboundClient

    struct Target: Sendable {
        var podIP: String
        var hostIP: String
        var container: Container
        var id: String
    }

    /// A check that fails itself is made again at once, as often as the kubelet does.
    static let maximumTries = 3

    func check(_ probe: Probe, _ target: Target) async -> ProbeOutcome {
        var outcome = ProbeOutcome.unknown("")
        for _ in 0..<Self.maximumTries where !Task.isCancelled {
            outcome = await checkOnce(probe, target)
            guard case .unknown = outcome else { break }
        }
        return outcome
    }

    private func checkOnce(_ probe: Probe, _ target: Target) async -> ProbeOutcome {
        let timeoutSeconds = max(1, probe.timeoutSeconds ?? 1)
        if let action = probe.exec { return await exec(action, target, timeoutSeconds) }
        if let action = probe.httpGet { return await get(action, target, timeoutSeconds) }
        if let action = probe.tcpSocket { return await connect(action, target, timeoutSeconds) }
        if let action = probe.grpc {
            return await GRPCCheck(
                http: http, host: target.podIP, port: action.port ?? 0, service: action.service ?? "",
                timeoutSeconds: timeoutSeconds
            ).run()
        }
        return .unknown("missing probe handler for \(target.container.name ?? "")", result: "unknown")
    }

    /// Of what a command says no more than this is told.
    static let maximumOutputBytes = 10 << 10

    private func exec(_ action: ExecAction, _ target: Target, _ timeoutSeconds: Int) async -> ProbeOutcome {
        // Of the container's variables only those with a value of their own are known here.
        let variables = Dictionary(
            target.container.env.map { ($0.name ?? "", $0.value ?? "") }, uniquingKeysWith: { _, last in last })
        let command = action.command.map { VariableExpansion(variables: variables).expand($0) }
        do {
            let result = try await runtime.execSync(target.id, command: command, timeoutSeconds: timeoutSeconds)
            if result.exitCode == 0 { return .healthy }
            let output = (result.standardOutput + result.standardError).prefix(Self.maximumOutputBytes)
            return .unhealthy(String(decoding: output, as: UTF8.self))
        } catch ContainerError.timedOut {
            return .unhealthy(
                "command timed out: \"\(command.joined(separator: " "))\" timed out after \(timeoutSeconds)s")
        } catch {
            return .unknown("\(error)", result: "unknown")
        }
    }

    func get(_ action: HTTPGetAction, _ target: Target, _ timeoutSeconds: Int) async -> ProbeOutcome {
        guard let port = Self.port(action.port, target.container) else { return Self.noPort(action.port) }
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
        guard let port = Self.port(action.port, target.container) else { return Self.noPort(action.port) }
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

    private static func noPort(_ port: JSON?) -> ProbeOutcome {
        if let name = port?.string {
            return .unknown("strconv.Atoi: parsing \"\(name)\": invalid syntax", result: "unknown")
        }
        return .unknown("invalid port number: \(port?.int ?? 0)", result: "unknown")
    }
    /// A number, or the name of one of the container's ports.
    static func port(_ json: JSON?, _ container: Container) -> Int? {
        if let number = json?.int { return (1...65_535).contains(number) ? number : nil }
        guard let name = json?.string else { return nil }
        if let number = Int(name) { return (1...65_535).contains(number) ? number : nil }
        return container.ports.first { $0.name == name }?.containerPort
    }
}
