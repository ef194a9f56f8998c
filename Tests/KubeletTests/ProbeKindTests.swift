import APIMachinery
import ContainerRuntime
import Foundation
import Glibc
import KubeAPI
import OutboundHTTP
import Testing

@testable import Kubelet

/// Commands and TCP connections as checks, against everything that they can answer.
@Suite struct ProbeKindTests {
    @Test func commandsAreJudgedByTheirEnd() async throws {
        let fixture = NodeFixture(index: 95)
        let runtime = try await fixture.runtime()
        let sandbox = try await runtime.runPodSandbox(SandboxConfiguration(name: "p", namespace: "default", uid: "u"))
        var configuration = ContainerConfiguration(name: "main", image: "shell")
        configuration.command = ["/bin/sleep", "1000"]
        let id = try await runtime.createContainer(configuration, in: sandbox.id)
        try await runtime.startContainer(id)
        let http = OutboundClient()
        defer { http.shutdown() }
        let container = Container { container in
            container.env = [
                EnvVar {
                    $0.name = "WORD"
                    $0.value = "from the spec"
                }
            ]
        }
        func check(_ command: [String], seconds: Int = 60) async -> ProbeOutcome {
            await ProbeRunner(runtime: runtime, http: http).check(
                Probe { probe in
                    probe.timeoutSeconds = seconds
                    probe.exec = ExecAction { $0.command = command }
                }, .init(podIP: "127.0.0.1", hostIP: "127.0.0.1", container: container, id: id))
        }
        #expect(await check(["true"]) == .healthy)
        #expect(await check(["/bin/sh", "-c", "echo no; exit 3"]) == .unhealthy("no\n"))
        #expect(
            await check(["/bin/sh", "-c", "echo '$(WORD) $(OTHER) $$(WORD)'; exit 1"])
                == .unhealthy("from the spec $(OTHER) $(WORD)\n"))
        guard
            case .unhealthy(let long) = await check(["/bin/sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; exit 1"])
        else {
            Issue.record("a failure with a long output is a failure")
            return
        }
        #expect(long.count == ProbeRunner.maximumOutputBytes)
        #expect(
            await check(["sleep", "1000"], seconds: 1)
                == .unhealthy("command timed out: \"sleep 1000\" timed out after 1s"))
        // What cannot be run says nothing about the container.
        guard case .unknown(_, let result) = await check(["no-such-program"]) else {
            Issue.record("a missing program counts neither way")
            return
        }
        #expect(result == "unknown")
        try await runtime.removePodSandbox(sandbox.id)
        try? FileManager.default.removeItem(atPath: fixture.directory)
    }

    @Test func connectionsAreJudgedByWhetherTheyCome() async throws {
        let listener = Glibc.socket(AF_INET6, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        var off: Int32 = 0
        setsockopt(listener, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = bind(listener, pointer, size)
                _ = listen(listener, 8)
                _ = getsockname(listener, pointer, &size)
            }
        }
        let port = Int(UInt16(bigEndian: address.sin6_port))
        // A machine without IPv6.
        guard port > 0 else { return }
        let http = OutboundClient()
        defer { http.shutdown() }
        let container = Container { container in
            container.ports = [
                ContainerPort {
                    $0.name = "web"
                    $0.containerPort = port
                }
            ]
        }
        func check(_ host: String, _ port: JSON) async -> ProbeOutcome {
            await ProbeRunner(runtime: SimulatedRuntime(), http: http).check(
                Probe { probe in
                    // A name that nobody has may be looked for long where there is no network.
                    probe.timeoutSeconds = host.hasSuffix(".invalid") ? 1 : 60
                    probe.tcpSocket = TCPSocketAction {
                        $0.host = host
                        $0.port = port
                    }
                }, .init(podIP: "127.0.0.1", hostIP: "127.0.0.1", container: container, id: "c"))
        }
        for host in ["", "127.0.0.1", "::1", "localhost"] {
            #expect(await check(host, JSON(port)) == .healthy, "\(host)")
        }
        #expect(await check("", "web") == .healthy)
        #expect(await check("", JSON(String(port))) == .healthy)
        #expect(await check("", 1) == .unhealthy("dial tcp 127.0.0.1:1: connect: connection refused"))
        #expect(await check("no-such-host.invalid", JSON(port)).isHealthy == false)
        #expect(
            await check("", "other")
                == .unknown("strconv.Atoi: parsing \"other\": invalid syntax", result: "unknown"))
        #expect(await check("", 70_000) == .unknown("invalid port number: 70000", result: "unknown"))
    }
}
