import APIMachinery
import Foundation
import Glibc
import Logging
import Testing

@testable import ContainerRuntime

/// Real namespaces and bridges, in a block that is no cluster's first choice.
@Suite(.serialized, .enabled(if: HostNetwork.obstacle == nil)) struct PodNetworkTests {
    private static let pods = CIDR(ipv4: 10 << 24 | 213 << 16 | 250 << 8, prefixLength: 23)
    private static let services = CIDR(ipv4: 10 << 24 | 127 << 16 | 250 << 8, prefixLength: 24)
    private static let nodes = [250, 251].map { CIDR(ipv4: 10 << 24 | 213 << 16 | $0 << 8, prefixLength: 24) }
    private let machine = HostNetwork(pods: pods, services: services, nodes: nodes, logger: Logger(label: "test"))

    /// What the kernel holds for the block: interfaces at and of bridges, namespaces, routes to Services.
    private func held() async throws -> [String] {
        func lines(_ arguments: String...) async throws -> [String] {
            let program = try #require(ToolProcess.find("ip"))
            let output = try await ToolProcess.run(program, arguments).output
            return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        let links = try await lines("-o", "link", "show").filter { $0.contains("skiff-0ad5f") }
            .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
        let routes = try await lines("route", "show", "table", "local").filter { $0.contains("10.127.250.0/24") }
        return links + routes + NetworkNamespace.names(withPrefix: "skiff-0ad5f")
    }

    private func runtime(_ fixture: RuntimeFixture, node: Int) async throws -> ProcessRuntime {
        try await fixture.open { configuration in
            configuration.directory += "/\(node)"
            configuration.bridge = PodNetwork(Self.nodes[node], leases: configuration.directory + "/leases")
            configuration.hostIP = "10.213.25\(node).1"
        }
    }

    @Test func podsHaveAllPortsForThemselvesAndLeaveNothing() async throws {
        #expect(try await held() == [])
        try await machine.prepare()
        // Making it again changes nothing.
        let prepared = try await held()
        try await machine.prepare()
        #expect(try await held() == prepared && prepared.count == 3)

        let fixture = RuntimeFixture()
        let nodes = [try await runtime(fixture, node: 0), try await runtime(fixture, node: 1)]
        #expect(nodes[0].information.can(.networkNamespaces))
        var addresses: [String] = []
        for (number, runtime) in [nodes[0], nodes[0], nodes[1]].enumerated() {
            let sandbox = try await fixture.sandbox(runtime, "pod-\(number)")
            addresses.append(sandbox.ip)
            _ = try await fixture.container(runtime, sandbox, script: Self.server, name: "server-\(number)")
        }
        #expect(addresses == ["10.213.250.2", "10.213.250.3", "10.213.251.2"])
        for number in addresses.indices {
            while fixture.texts("server-\(number)").isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            #expect(fixture.texts("server-\(number)") == ["eth0 lo"])
        }
        // From the machine, and from a pod to one of another node, past its bridge.
        for (number, address) in addresses.enumerated() {
            #expect(try await Self.read(SocketConnection.connect(address, port: 8080)) == "pod-\(number)")
        }
        let client = try await fixture.sandbox(nodes[0], "client")
        let id = try await fixture.container(
            nodes[0], client, script: "exec 3<>/dev/tcp/10.213.251.2/8080; cat <&3", name: "client"
        ) { $0.command[0] = "/bin/bash" }
        #expect(try await nodes[0].ended(id).exitCode == 0)
        #expect(fixture.texts("client") == ["pod-2"])
        // A forwarded port is the pod's own loopback interface's.
        let sandbox = try #require(try await nodes[1].listPodSandbox().first)
        #expect(try await Self.read(nodes[1].portForward(sandbox.id, port: 8080)) == "pod-2")
        await #expect(throws: ContainerError.refused("dial tcp 127.0.0.1:81: connect: connection refused")) {
            _ = try await nodes[1].portForward(sandbox.id, port: 81)
        }

        for runtime in nodes { await fixture.clean(runtime) }
        #expect(try await held() == prepared)
        await machine.remove()
        #expect(try await held() == [])
    }

    @Test func aPodIsAdoptedWithItsNetworkAndWhatIsNobodysGoes() async throws {
        try await machine.prepare()
        let prepared = try await held()
        let fixture = RuntimeFixture()
        let before = try await runtime(fixture, node: 0)
        let (kept, lost) = (try await fixture.sandbox(before, "kept"), try await fixture.sandbox(before, "lost"))
        let ids = [
            try await fixture.container(before, kept, script: Self.server, name: "kept"),
            try await fixture.container(before, lost, script: "exec sleep 1000", name: "lost"),
        ]
        let alone = try await held()
        // What a crash can leave: a sandbox without a record, a namespace, a lease, a port of the bridge; and one that somebody took.
        let network = try #require(PodNetwork(Self.nodes[0], leases: fixture.directory + "/0/leases"))
        _ = try await network.join("unrecorded", parameters: [:])
        try network.namespace(of: "stray").make()
        let leases = fixture.directory + "/0/leases/skiff-0ad5fa"
        try "gone".write(toFile: leases + "/10.213.250.77", atomically: true, encoding: .utf8)
        let ip = try #require(ToolProcess.find("ip"))
        _ = try await ToolProcess.run(
            ip, ["link", "add", "skiff-test0", "type", "veth", "peer", "name", "skiff-test1"])
        _ = try await ToolProcess.run(ip, ["link", "set", "skiff-test0", "master", "skiff-0ad5fa"])
        network.namespace(of: lost.id).remove()

        let after = try await runtime(fixture, node: 0)
        let ready = try await after.listPodSandbox().filter(\.isReady)
        #expect(ready.map(\.configuration.name) == ["kept"] && ready.map(\.ip) == [kept.ip])
        #expect(try await after.containerStatus(ids[0]).state == .running)
        #expect(try await after.containerStatus(ids[1]).state == .exited)
        #expect(try await held().count == alone.count - 2)
        #expect(
            Set(try FileManager.default.contentsOfDirectory(atPath: leases)) == [kept.ip, "lock", "last_reserved_ip.0"])
        while fixture.texts("kept").isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await Self.read(SocketConnection.connect(kept.ip, port: 8080)) == "kept")
        await fixture.clean(after)
        #expect(try await held() == prepared)
        await machine.remove()
    }

    @Test func kernelParametersAreThePodsOwn() async throws {
        try await machine.prepare()
        let fixture = RuntimeFixture()
        let runtime = try await runtime(fixture, node: 0)
        var configuration = SandboxConfiguration(name: "pod", namespace: "default", uid: "uid")
        configuration.logDirectory = fixture.directory + "/logs"
        configuration.fullName = "pod.sub.default.svc.cluster.local"
        configuration.sysctls = [
            "net.ipv4.ip_local_port_range": "4000 4100", "net/ipv4/tcp_syncookies": "0", "kernel.shm_rmid_forced": "1",
        ]
        let paths = ["net/ipv4/ip_local_port_range", "net/ipv4/tcp_syncookies", "kernel/shm_rmid_forced"]
        let own = paths.map { SystemCall.contents(of: "/proc/sys/\($0)") }
        let sandbox = try await runtime.runPodSandbox(configuration)
        let script = "cd /proc/sys; cat \(paths.joined(separator: " ")); tail -n 1 /etc/hosts"
        _ = try await runtime.ended(try await fixture.container(runtime, sandbox, script: script))
        #expect(
            fixture.texts() == ["4000\t4100", "0", "1", "\(sandbox.ip)\tpod.sub.default.svc.cluster.local\tpod"])
        #expect(paths.map { SystemCall.contents(of: "/proc/sys/\($0)") } == own)
        // One that there is not leaves nothing.
        configuration.sysctls = ["net.ipv4.no_such": "1"]
        let held = try await held()
        await #expect(throws: ContainerError.self) { _ = try await runtime.runPodSandbox(configuration) }
        #expect(try await self.held() == held)
        await fixture.clean(runtime)
        await machine.remove()
    }

    /// Tells its interfaces once it listens, and each client its name.
    private static let server = """
        exec python3 -c "
        import os, socket
        server = socket.create_server(('0.0.0.0', 8080))
        print(*sorted(os.listdir('/sys/class/net')), flush=True)
        while True:
            client, _ = server.accept()
            client.sendall(os.environ['HOSTNAME'].encode())
            client.close()"
        """

    private static func read(_ connection: any ContainerConnection) async throws -> String {
        var bytes: [UInt8] = []
        while let more = try await connection.read() { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite struct NetworkValueTests {
    @Test func aBridgeIsNamedByItsNetwork() throws {
        let bridge = NodeBridge(CIDR(ipv4: 10 << 24 | 244 << 16 | 3 << 8, prefixLength: 24))
        #expect(bridge.interface == "skiff-0af403" && bridge.gateway.description == "10.244.3.1")
        #expect(bridge.hardwareAddress == "0a:58:0a:f4:03:01")
    }

    @Test func routesAreTheMachinesOwn() {
        let table = """
            Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
            eth0	00000000	0100000A	0003	0	0	0	00000000	0	0	0
            eth0	0000000A	00000000	0001	0	0	0	00FFFFFF	0	0	0
            skiff-0af400	0000F40A	00000000	0001	0	0	0	00FFFFFF	0	0	0
            """
        #expect(HostNetwork.routes(table).map(\.description) == ["10.0.0.0/24"])
    }

    @Test func kernelParametersAreNamedByDotsOrSlashes() {
        #expect(KernelParameter.path("net.ipv4.tcp_syncookies") == "/proc/sys/net/ipv4/tcp_syncookies")
        #expect(KernelParameter.path("net/ipv4/conf/eth0.1/rp_filter") == "/proc/sys/net/ipv4/conf/eth0.1/rp_filter")
        #expect(KernelParameter.isOfNetwork("net.core.somaxconn") && !KernelParameter.isOfNetwork("kernel.sem"))
    }

    @Test func whatAContainerLeavesRootIsNotEnough() {
        #expect(HostNetwork.mayAdminister("Name:\tskiff\nCapEff:\t000001ffffffffff\n"))
        #expect(HostNetwork.mayAdminister("CapEff:\t0000000000201000\n"))
        // Docker's default.
        #expect(!HostNetwork.mayAdminister("CapEff:\t00000000a80425fb\n"))
        #expect(!HostNetwork.mayAdminister(""))
    }

    @Test func aPodIsNotToldOfAServerThatOnlyTheMachineReaches() {
        let own = "# stub\nnameserver 127.0.0.53\noptions edns0\n"
        #expect(SandboxIdentity.resolver(own, others: "nameserver 192.0.2.1\n") == "nameserver 192.0.2.1\n")
        #expect(SandboxIdentity.resolver(own, others: nil) == own)
        let usual = "nameserver 127.0.0.53\nnameserver 192.0.2.2\n"
        #expect(SandboxIdentity.resolver(usual, others: "nameserver 192.0.2.1\n") == usual)
    }
}
