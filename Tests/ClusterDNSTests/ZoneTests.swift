import APIMachinery
import ControlLoops
import KubeAPI
import Testing

@testable import ClusterDNS

@Suite struct ZoneTests {
    let zone: Zone

    init() throws {
        var zone = Zone(origin: try #require(DNSName("cluster.local")), serverAddress: IPv4("127.96.0.10"))
        zone.namespaceChanged("default", isThere: true)
        zone.namespaceChanged("empty", isThere: true)
        let port = ServicePort {
            $0.name = "http"
            $0.port = 80
            $0.protocol = "TCP"
        }
        let web = Service {
            $0.spec.clusterIP = "127.96.0.9"
            $0.spec.ports = [port]
        }
        let db = Service {
            $0.spec.clusterIP = "None"
            $0.spec.ports = [port]
        }
        let out = Service {
            $0.spec.type = "ExternalName"
            $0.spec.externalName = "www.example.com"
        }
        let alias = Service {
            $0.spec.type = "ExternalName"
            $0.spec.externalName = "web.default.svc.cluster.local"
        }
        let loop = Service {
            $0.spec.type = "ExternalName"
            $0.spec.externalName = "loop.default.svc.cluster.local"
        }
        let members = ServiceSlice(
            endpoints: [
                ServiceEndpoint(address: "127.100.0.1", hostname: "db-0"), ServiceEndpoint(address: "127.100.0.2"),
                ServiceEndpoint(address: "127.100.0.3", isReady: false),
            ], ports: [ServiceSlice.Port(name: "http", number: 8080)])
        for (name, service) in [("web", web), ("db", db), ("out", out), ("alias", alias), ("loop", loop)] {
            zone.serviceChanged(
                ObjectKey(namespace: "default", name: name),
                to: ZoneService(ServiceEntry(service: service, slices: [name: members])))
        }
        self.zone = zone
    }

    /// An answer as text: its code, then its records.
    func ask(_ name: String, _ type: DNSType = .a, turn: Int = 0) throws -> [String] {
        let query = DNSMessage(id: 1, DNSQuestion(try #require(DNSName(name)), type))
        let (answer, after): (DNSMessage, [String]) =
            switch try #require(Responder.respond(to: query, zone: zone, turn: turn)) {
            case .answer(let answer): (answer, [])
            case .forward: (query, ["forward"])
            case .complete(let answer, let target): (answer, ["then \(target)"])
            }
        // Everything must survive the wire.
        let read = try DNSMessage(parsing: answer.bytes())
        #expect(read == answer)
        let code = [0: "yes", 3: "no name", 2: "failure"][answer.code.rawValue] ?? "\(answer.code.rawValue)"
        let no = answer.authorities.isEmpty ? [] : ["soa"]
        return after.first == "forward" ? after : [code] + answer.answers.map(text) + no + after
    }

    func text(_ record: DNSRecord) -> String {
        switch record.data {
        case .a(let address): "\(record.ttl) A \(address)"
        case .name(let type, let name):
            "\(record.ttl) \(type == .cname ? "CNAME" : type == .ptr ? "PTR" : "NS") \(name)"
        case .srv(_, _, let port, let target): "\(record.ttl) SRV \(port) \(target)"
        case .txt(let texts): "\(record.ttl) TXT \(texts.map { String(decoding: $0, as: UTF8.self) })"
        case .soa, .other: "\(record.data.type.rawValue)"
        }
    }

    @Test func servicesHaveTheirClusterIP() throws {
        #expect(try ask("web.default.svc.cluster.local") == ["yes", "30 A 127.96.0.9"])
        #expect(try ask("WEB.Default.svc.Cluster.local.") == ["yes", "30 A 127.96.0.9"])
        #expect(try ask("web.default.svc.cluster.local", .aaaa) == ["yes", "soa"])
    }

    @Test func headlessServicesHaveTheirReadyMembers() throws {
        #expect(try ask("db.default.svc.cluster.local") == ["yes", "5 A 127.100.0.1", "5 A 127.100.0.2"])
        #expect(try ask("db.default.svc.cluster.local", turn: 1) == ["yes", "5 A 127.100.0.2", "5 A 127.100.0.1"])
        #expect(try ask("db-0.db.default.svc.cluster.local") == ["yes", "5 A 127.100.0.1"])
        #expect(try ask("127-100-0-2.db.default.svc.cluster.local") == ["yes", "5 A 127.100.0.2"])
        #expect(try ask("db-9.db.default.svc.cluster.local") == ["no name", "soa"])
    }

    @Test func portsAreFoundByName() throws {
        #expect(
            try ask("_http._tcp.web.default.svc.cluster.local", .srv)
                == ["yes", "30 SRV 80 web.default.svc.cluster.local"])
        #expect(
            try ask("_http._tcp.db.default.svc.cluster.local", .srv) == [
                "yes", "5 SRV 8080 db-0.db.default.svc.cluster.local",
                "5 SRV 8080 127-100-0-2.db.default.svc.cluster.local",
            ])
        #expect(try ask("_dns._udp.web.default.svc.cluster.local", .srv) == ["no name", "soa"])
        #expect(try ask("_http._tcp.web.default.svc.cluster.local", .a) == ["yes", "soa"])
        #expect(try ask("_tcp.web.default.svc.cluster.local", .a) == ["yes", "soa"])
    }

    @Test func otherNamesAreFollowed() throws {
        #expect(
            try ask("alias.default.svc.cluster.local")
                == ["yes", "30 CNAME web.default.svc.cluster.local", "30 A 127.96.0.9"])
        #expect(
            try ask("out.default.svc.cluster.local") == ["yes", "30 CNAME www.example.com", "then www.example.com"])
        #expect(try ask("out.default.svc.cluster.local", .cname) == ["yes", "30 CNAME www.example.com"])
        #expect(try ask("loop.default.svc.cluster.local").first == "failure")
    }

    @Test func addressesLeadBack() throws {
        #expect(try ask("9.0.96.127.in-addr.arpa", .ptr) == ["yes", "5 PTR web.default.svc.cluster.local"])
        #expect(try ask("1.0.100.127.in-addr.arpa", .ptr) == ["yes", "5 PTR db-0.db.default.svc.cluster.local"])
        #expect(try ask("3.0.100.127.in-addr.arpa", .ptr) == ["no name", "soa"])
        #expect(try ask("8.8.8.8.in-addr.arpa", .ptr) == ["forward"])
    }

    @Test func podsAreNamedByAddress() throws {
        #expect(try ask("127-100-0-7.default.pod.cluster.local") == ["yes", "5 A 127.100.0.7"])
        #expect(try ask("127-100-0.default.pod.cluster.local") == ["no name", "soa"])
        #expect(try ask("127-100-0-7.nowhere.pod.cluster.local") == ["no name", "soa"])
    }

    @Test func whatIsNotThereIsToldFromWhatHasNothing() throws {
        #expect(try ask("gone.default.svc.cluster.local") == ["no name", "soa"])
        #expect(try ask("web.nowhere.svc.cluster.local") == ["no name", "soa"])
        #expect(try ask("empty.svc.cluster.local") == ["yes", "soa"])
        #expect(try ask("svc.cluster.local") == ["yes", "soa"])
        #expect(try ask("x.cluster.local") == ["no name", "soa"])
        // What a search path makes of names of the world.
        #expect(try ask("example.com.default.svc.cluster.local") == ["no name", "soa"])
        #expect(try ask("example.com") == ["forward"])
    }

    @Test func anotherVersionOfEDNSIsRefusedWithOurs() throws {
        let name = try #require(DNSName("web.default.svc.cluster.local"))
        var query = DNSMessage(id: 7, DNSQuestion(name, .a), datagramBytes: 1_232)
        query.additionals[0].ttl = 1 << 16
        guard case .answer(let answer) = Responder.respond(to: query, zone: zone) else {
            Issue.record("it must be answered here")
            return
        }
        #expect(answer.answers.isEmpty)
        let bytes = answer.bytes()
        // BADVERS is 16: nothing in the header, one in the first byte of the OPT record's TTL, and version 0 after it.
        #expect(bytes[3] & 0x0F == 0)
        #expect(Array(bytes.suffix(6)) == [1, 0, 0, 0, 0, 0])
    }

    @Test func theZoneSaysWhatItIs() throws {
        #expect(try ask("dns-version.cluster.local", .txt) == ["yes", "30 TXT [\"1.1.0\"]"])
        #expect(try ask("cluster.local", .ns) == ["yes", "30 NS ns.dns.cluster.local"])
        #expect(try ask("ns.dns.cluster.local") == ["yes", "30 A 127.96.0.10"])
    }

    @Test func whatGoesLeavesNothingBehind() throws {
        var zone = zone
        for name in ["web", "db", "out", "alias", "loop"] {
            zone.serviceChanged(ObjectKey(namespace: "default", name: name), to: nil)
        }
        zone.namespaceChanged("default", isThere: false)
        let name = try #require(DNSName("web.default.svc.cluster.local"))
        #expect(zone.answer(DNSQuestion(name, .a)) == .noName)
        let reverse = try #require(DNSName("9.0.96.127.in-addr.arpa"))
        #expect(zone.answer(DNSQuestion(reverse, .ptr)) == .noName)
    }
}
