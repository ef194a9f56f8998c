import APIMachinery
import ControlLoops
import ExpositionTestKit
import KubeAPI
import NIOCore
import NIOPosix
import PrometheusExport
import Testing

@testable import ClusterDNS

/// Real servers and the real client, over the loopback.
@Suite struct ServerTests {
    struct Running {
        let server: DNSServer
        let channels: [any Channel]
        let metrics: PrometheusRegistry
        var nameserver: Nameserver { Nameserver("127.0.0.1", port: channels[0].localAddress?.port ?? 0) }
        func close() async throws { for channel in channels { try await channel.close() } }
    }

    func start(origin: String, forwardingTo servers: [Nameserver] = [], names: [String: [String]]) async throws
        -> Running
    {
        let group = MultiThreadedEventLoopGroup.singleton
        var zone = Zone(origin: try #require(DNSName(origin)), serverAddress: nil)
        for (name, addresses) in names {
            let service = Service { $0.spec.clusterIP = "None" }
            let slice = ServiceSlice(endpoints: addresses.map { ServiceEndpoint(address: $0) }, ports: [])
            zone.serviceChanged(
                ObjectKey(namespace: "default", name: name),
                to: ZoneService(ServiceEntry(service: service, slices: ["s": slice])))
        }
        let metrics = PrometheusRegistry()
        let server = DNSServer(
            zone, forwarder: Forwarder(servers, group: group), metrics: DNSMetrics(metrics, port: 53))
        // A port that is free for datagrams may be taken for streams.
        for _ in 0..<20 {
            if let channels = try? await server.bind("127.0.0.1", 0, on: group) {
                return Running(server: server, channels: channels, metrics: metrics)
            }
        }
        return Running(
            server: server, channels: try await server.bind("127.0.0.1", 0, on: group), metrics: metrics)
    }

    func client(_ running: Running, search: [String] = ["default.svc.cluster.local", "svc.cluster.local"]) -> DNSClient
    {
        DNSClient(ResolverConfiguration(nameservers: [running.nameserver], search: search, dots: 5))
    }

    @Test func shortNamesAreFoundByTheSearchPath() async throws {
        let running = try await start(origin: "cluster.local", names: ["web": ["127.100.0.1"]])
        let client = client(running)
        #expect(try await client.addresses(of: "web") == ["127.100.0.1"])
        #expect(try await client.addresses(of: "web.default") == ["127.100.0.1"])
        #expect(try await client.addresses(of: "web.default.svc.cluster.local.") == ["127.100.0.1"])
        #expect(try await client.addresses(of: "127.0.0.1") == ["127.0.0.1"])
        await #expect(throws: DNSClient.Failure.noSuchName("gone.svc.cluster.local.")) {
            try await client.addresses(of: "gone.svc.cluster.local.")
        }
        let page = ExpositionParser.parse(await running.metrics.page())
        #expect(page.problems == [])
        let asked = page.sum("coredns_dns_requests_total", ["proto": "udp", "type": "A"]) ?? 0
        #expect(asked >= 4.0)
        #expect(page.sum("coredns_dns_responses_total", ["rcode": "NXDOMAIN"]) ?? 0 >= 1.0)
        #expect(page.sum("coredns_dns_responses_total") == page.sum("coredns_dns_requests_total"))
        #expect(page.sum("coredns_dns_request_duration_seconds_count") == page.sum("coredns_dns_requests_total"))
        try await running.close()
    }

    @Test func longAnswersComeByStream() async throws {
        let many = (0..<600).map { "127.100.\($0 / 250).\($0 % 250)" }
        let running = try await start(origin: "cluster.local", names: ["many": many])
        #expect(Set(try await client(running).addresses(of: "many")) == Set(many))
        try await running.close()
    }

    @Test func aRefusedVersionOfEDNSIsNotCountedAsAnAnswer() async throws {
        let running = try await start(origin: "cluster.local", names: ["web": ["127.100.0.1"]])
        let name = try #require(DNSName("web.default.svc.cluster.local"))
        var query = DNSMessage(id: 7, DNSQuestion(name, .a), datagramBytes: 1_232)
        running.server.respond(to: query.bytes(), limit: nil) { _ in }
        query.additionals[0].ttl = 1 << 16
        running.server.respond(to: query.bytes(), limit: nil) { _ in }
        let page = ExpositionParser.parse(await running.metrics.page())
        #expect(page.sum("coredns_dns_responses_total", ["rcode": "NOERROR"]) == 1)
        #expect(page.sum("coredns_dns_responses_total", ["rcode": "other"]) == 1)
        try await running.close()
    }

    @Test func otherNamesAreAskedForElsewhereAndKept() async throws {
        let world = try await start(origin: "example.com", names: ["www": ["127.200.0.1"]])
        let running = try await start(origin: "cluster.local", forwardingTo: [world.nameserver], names: [:])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await running.server.run() }
            let name = "www.default.svc.example.com."
            #expect(try await client(running).addresses(of: name) == ["127.200.0.1"])
            try await world.close()
            // From the cache: nobody is there to ask.
            #expect(try await client(running).addresses(of: name) == ["127.200.0.1"])
            tasks.cancelAll()
        }
        try await running.close()
    }

    /// A server elsewhere that is reached by datagrams only: what it says is passed on, with its word that it is cut.
    @Test func whatCannotBeHadWholeIsToldAsCut() async throws {
        let many = (1...64).map { "127.200.0.\($0)" }
        let world = try await start(origin: "example.com", names: ["www": many])
        try await world.channels[1].close()
        let running = try await start(origin: "cluster.local", forwardingTo: [world.nameserver], names: [:])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await running.server.run() }
            let asking = Asking(group: MultiThreadedEventLoopGroup.singleton, timeout: .seconds(5))
            let query = DNSMessage(id: 9, DNSQuestion(try #require(DNSName("www.default.svc.example.com")), .a))
            let answer = try DNSMessage(parsing: try await asking.ask(running.nameserver, query.bytes()))
            #expect(answer.code == .noError && answer.isTruncated)
            tasks.cancelAll()
        }
        try await world.channels[0].close()
        try await running.close()
    }

    @Test func withoutOthersTheAnswerIsAFailureAtOnce() async throws {
        let running = try await start(origin: "cluster.local", names: [:])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await running.server.run() }
            let asking = Asking(group: MultiThreadedEventLoopGroup.singleton, timeout: .seconds(5))
            let query = DNSMessage(id: 9, DNSQuestion(try #require(DNSName("example.org")), .a))
            let answer = try DNSMessage(parsing: try await asking.ask(running.nameserver, query.bytes()))
            #expect(answer.code == .serverFailure)
            tasks.cancelAll()
        }
        try await running.close()
    }

    /// No route, nobody listening, and not an address: each is a failure, and none is more.
    @Test(arguments: ["2001:db8::1", "127.0.0.1", "nonsense"])
    func serversThatCannotBeReachedAreAFailure(_ address: String) async throws {
        let running = try await start(
            origin: "cluster.local", forwardingTo: [Nameserver(address, port: 1)], names: [:])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await running.server.run() }
            let asking = Asking(group: MultiThreadedEventLoopGroup.singleton, timeout: .seconds(30))
            let query = DNSMessage(id: 9, DNSQuestion(try #require(DNSName("example.org")), .a))
            let answer = try DNSMessage(parsing: try await asking.ask(running.nameserver, query.bytes()))
            #expect(answer.code == .serverFailure)
            tasks.cancelAll()
        }
        try await running.close()
    }

    @Test func resolverFilesAreRead() {
        let configuration = ResolverConfiguration(
            parsing: """
                # by skiff
                nameserver 127.96.0.10:5353
                nameserver [::1]:53 ; no
                nameserver fd00::1
                nameserver 10.0.0.4
                search default.svc.cluster.local svc.cluster.local
                options ndots:5 timeout:1 edns0
                nonsense
                """)
        #expect(
            configuration.nameservers == [
                Nameserver("127.96.0.10", port: 5353), Nameserver("::1"), Nameserver("fd00::1"),
            ])
        #expect(configuration.search == ["default.svc.cluster.local", "svc.cluster.local"])
        #expect(configuration.dots == 5)
        #expect(configuration.timeoutSeconds == 1)
        #expect(
            configuration.candidates(for: "web").map(\.description)
                == ["web.default.svc.cluster.local", "web.svc.cluster.local", "web"])
        #expect(configuration.candidates(for: "web.").map(\.description) == ["web"])
        #expect(configuration.candidates(for: "a.b.c.d.e.f").first?.description == "a.b.c.d.e.f")
    }
}
