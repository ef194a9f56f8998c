import ControlLoops
import Foundation
import GRPCServer
import KubeAPI
import Logging
import OutboundHTTP
import Testing

@testable import Kubelet

/// gRPC checks against a server that answers each service in its own way, and against what is no gRPC server.
@Suite struct GRPCProbeTests {
    private static let health = "grpc.health.v1.Health"

    /// Checks `service`, empty for none, at a port of this machine.
    private static func check(_ service: String, port: Int, seconds: Int = 60) async -> ProbeOutcome {
        let http = OutboundClient()
        defer { http.shutdown() }
        let probe = Probe { probe in
            probe.timeoutSeconds = seconds
            probe.grpc = GRPCAction {
                $0.port = port
                if !service.isEmpty { $0.service = service }
            }
        }
        return await ProbeRunner(runtime: SimulatedRuntime(), http: http).check(
            probe, .init(podIP: "127.0.0.1", hostIP: "127.0.0.1", container: Container(), id: "c"))
    }

    /// Serves one answer of `Check` while `body` runs.
    private static func serving(
        _ service: String = health, _ answer: @escaping @Sendable (CallContext) async throws -> FramedMessage,
        _ body: (Int) async throws -> Void
    ) async throws {
        var routes = CallRoutes()
        routes.raw(service, "Check", answer)
        let listener = try CallListener(
            routes, address: "127.0.0.1", port: 0, security: .insecure, limits: CallLimits(),
            logger: Logger(label: "test"))
        let serving = Task { try await listener.run { _ in } }
        defer { serving.cancel() }
        try await body(try await listener.port)
    }

    @Test(
        arguments: [
            ([8, 1], ProbeOutcome.healthy), ([8, 2], .unhealthy("service unhealthy (responded with \"NOT_SERVING\")")),
            ([8, 3], .unhealthy("service unhealthy (responded with \"SERVICE_UNKNOWN\")")),
            ([], .unhealthy("service unhealthy (responded with \"UNKNOWN\")")),
            ([8, 9], .unhealthy("service unhealthy (responded with \"9\")")),
            // A field that nobody knows is left out; one that is cut off is an error.
            ([18, 2, 65, 66, 8, 1], .healthy),
            (
                [18, 200],
                .unhealthy(
                    "error: health rpc probe failed: rpc error: code = Internal desc = grpc: failed to unmarshal the received message"
                )
            ),
        ] as [([UInt8], ProbeOutcome)]) func theServersStatusDecides(_ bytes: [UInt8], _ outcome: ProbeOutcome)
        async throws
    {
        try await Self.serving { _ in
            FramedMessage(bytes)
        } _: { port in
            #expect(await Self.check("", port: port) == outcome)
        }
    }

    @Test(arguments: [
        (
            CallError(.notFound, "unknown service 100 %"),
            "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service 100 %"
        ),
        (
            CallError(.unimplemented, "no"),
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): no"
        ),
        (CallError(.deadlineExceeded, "late"), "timeout: health rpc did not complete within 1m0s"),
    ]) func errorsAreToldInTheKubeletsWords(_ error: CallError, _ why: String) async throws {
        try await Self.serving { _ in
            throw error
        } _: { port in
            #expect(await Self.check("web", port: port) == .unhealthy(why))
        }
    }

    @Test func aServerWithoutTheProtocolIsTold() async throws {
        try await Self.serving("other.Service") { _ in
            FramedMessage([8, 1])
        } _: { port in
            let outcome = await Self.check("", port: port)
            guard case .unhealthy(let why) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(
                why.hasPrefix(
                    "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "))
        }
    }

    @Test func aCallThatDoesNotEndIsGivenUp() async throws {
        try await Self.serving { context in
            try await context.cancellation.wait()
            return FramedMessage([8, 1])
        } _: { port in
            #expect(
                await Self.check("", port: port, seconds: 1)
                    == .unhealthy("timeout: health rpc did not complete within 1s"))
        }
    }

    /// Nobody listens, or somebody who speaks no HTTP/2: it is tried until the time is over.
    @Test func whoSpeaksNoGRPCIsNotConnected() async throws {
        let server = """
            import socket, threading
            def listen(answer):
                s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
                def serve():
                    while True:
                        c, _ = s.accept(); c.recv(100)
                        if answer: c.sendall(answer)
                        c.close()
                threading.Thread(target=serve).start()
                return s.getsockname()[1]
            free = socket.socket(); free.bind(("127.0.0.1", 0))
            ports = [listen(b""), listen(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"), free.getsockname()[1]]
            print(" ".join(map(str, ports)), flush=True)
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", server]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let ports = line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        #expect(ports.count == 3)
        for port in ports {
            let outcome = await Self.check("", port: port, seconds: 1)
            guard case .unhealthy(let why) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            // On a machine that is slow to refuse, the time may be over within the call.
            let sentences = [
                "timeout: failed to connect service \"127.0.0.1:\(port)\" within 1s: context deadline exceeded",
                "timeout: health rpc did not complete within 1s",
            ]
            #expect(sentences.contains(why), "\(why)")
        }
    }
}
