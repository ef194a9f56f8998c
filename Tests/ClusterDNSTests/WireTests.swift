import Basics
import Testing

@testable import ClusterDNS

@Suite struct WireTests {
    func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

    @Test func aMessageIsReadAsItWasWritten() throws {
        var message = DNSMessage(id: 7, DNSQuestion(try name("_http._tcp.web.default.svc.cluster.local"), .srv))
        message = message.reply()
        message.isAuthoritative = true
        let web = try name("web.default.svc.cluster.local")
        message.answers = [
            DNSRecord(web, ttl: 5, .srv(priority: 0, weight: 100, port: 80, target: web)),
            DNSRecord(web, ttl: 5, .cname(try name("example.com"))),
            DNSRecord(web, ttl: 5, .txt([Array("a".utf8), []])),
        ]
        message.authorities = [
            DNSRecord(
                web, ttl: 9,
                .soa(primary: web, mailbox: web, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5))
        ]
        message.additionals = [
            DNSRecord(web, ttl: 5, .a(try #require(IPv4("127.96.0.9")))),
            DNSRecord(web, ttl: 1, .other(.aaaa, Array(0..<16))),
        ]
        #expect(try DNSMessage(parsing: message.bytes()) == message)
    }

    @Test func bytesAreThoseOfTheStandard() throws {
        // A query as dig sends it, and its answer with a name that points back to the question.
        let query = DNSMessage(id: 0x1234, DNSQuestion(try name("ab.c"), .a))
        #expect(
            query.bytes() == [
                0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0x61, 0x62, 1, 0x63, 0, 0, 1, 0, 1,
            ])
        var reply = query.reply()
        reply.answers = [DNSRecord(try name("AB.C"), ttl: 30, .a(try #require(IPv4("1.2.3.4"))))]
        #expect(reply.bytes().suffix(16) == [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 1, 2, 3, 4])
    }

    @Test func whatDoesNotFitIsLeftOutAndSaidSo() throws {
        let web = try name("web.default.svc.cluster.local")
        var reply = DNSMessage(id: 1, DNSQuestion(web, .a), datagramBytes: 1_232).reply()
        reply.answers = (0..<200).map { DNSRecord(web, ttl: 5, .a(IPv4(number: $0))) }
        let bytes = reply.bytes(limit: 512)
        #expect(bytes.count <= 512)
        let read = try DNSMessage(parsing: bytes)
        #expect(read.isTruncated)
        #expect(read.answers.count > 20)
        #expect(read.answers == Array(reply.answers.prefix(read.answers.count)))
        #expect(read.edns != nil)
        #expect(try DNSMessage(parsing: reply.bytes()).isTruncated == false)
    }

    @Test(arguments: [
        // A pointer to itself, to a later place, and to each other.
        [0xC0, 12] as [UInt8], [0xC0, 20], [1, 0x61, 0xC0, 12], [0x40, 1], [0x80], [63],
    ])
    func namesThatLeadNowhereAreRefused(_ name: [UInt8]) {
        let header: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        #expect(throws: DNSWireError.self) { try DNSMessage(parsing: header + name + [0, 1, 0, 1]) }
    }

    @Test func namesKnowTheirBounds() throws {
        #expect(DNSName(String(repeating: "a", count: 63)) != nil)
        #expect(DNSName(String(repeating: "a", count: 64)) == nil)
        #expect(DNSName("a..b") == nil)
        #expect(DNSName(Array(repeating: "abcdefghi", count: 26).joined(separator: ".")) == nil)
        #expect(try name("A.b.") == name("a.B"))
        #expect(try name("x.svc.cluster.local").dropping(suffix: name("cluster.local")) == ["x", "svc"])
        #expect(IPv4("1.2.3") == nil)
        #expect(IPv4("1.2.3.256") == nil)
        #expect(IPv4("1.2.3.+4") == nil)
        #expect(IPv4("127.96.0.10")?.description == "127.96.0.10")
    }

    /// Random bytes, and real messages with some bytes changed, are read or refused, never more; what is read can be
    /// written and read again.
    @Test func noBytesDoHarm() throws {
        var random = SplitMix64(seed: 20_261_123)
        let web = try name("web.default.svc.cluster.local")
        var reply = DNSMessage(id: 1, DNSQuestion(web, .srv), datagramBytes: 1_232).reply()
        reply.answers = [
            DNSRecord(web, ttl: 1, .srv(priority: 1, weight: 2, port: 3, target: web)),
            DNSRecord(web, ttl: 1, .ptr(web)), DNSRecord(web, ttl: 1, .txt([[1, 2], [3]])),
            DNSRecord(
                web, ttl: 1, .soa(primary: web, mailbox: web, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1)),
        ]
        let seed = reply.bytes()
        var readable = 0
        for round in 0..<12_000 {
            var bytes = seed
            if round % 4 == 0 {
                bytes = (0..<Int.random(in: 0..<80, using: &random)).map { _ in .random(in: 0 ... .max, using: &random)
                }
            } else {
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0 ... .max, using: &random)
                }
                if round % 3 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            }
            _ = try? DNSLifetimes(of: bytes)
            guard let message = try? DNSMessage(parsing: bytes) else { continue }
            readable += 1
            #expect(message.bytes(limit: 512).count <= max(512, 12 + message.questions.count * 260 + 11))
            // Names may be written longer than they came, pointers being what they are.
            let written = message.bytes()
            if written.count <= Limits.largestMessageBytes {
                #expect(try DNSMessage(parsing: written) == message)
            }
        }
        #expect(readable > 200)
    }
}
