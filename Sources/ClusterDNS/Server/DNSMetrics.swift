import CoreMetrics
import Instruments
import NIOCore

/// What the server is asked and answers, under CoreDNS' names. It is one server for everything: the zone is the root.
struct DNSMetrics: Sendable {
    private struct Query: Hashable, Sendable {
        var isDatagram: Bool
        var type: String
    }
    private static let place = ["server", "zone", "view"]
    private static let types: [DNSType: String] = [
        .a: "A", .ns: "NS", .cname: "CNAME", .soa: "SOA", .ptr: "PTR", .txt: "TXT", .aaaa: "AAAA", .srv: "SRV",
    ]
    private static let codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]

    private let queries: InstrumentTable<Query, Counter>
    private let responses: [Counter]
    private let duration: Timer

    init(_ metrics: any MetricsFactory, port: Int) {
        let server = "dns://:\(port)"
        let requests = MetricFamily.counter(
            "coredns_dns_requests_total", "Counter of DNS requests made per zone, protocol and family.",
            labels: Self.place + ["proto", "family", "type"])
        queries = InstrumentTable { query in
            metrics.counter(requests, server, ".", "", query.isDatagram ? "udp" : "tcp", "1", query.type)
        }
        let answers = MetricFamily.counter(
            "coredns_dns_responses_total", "Counter of response status codes.", labels: Self.place + ["rcode"])
        responses = (Self.codes + ["other"]).map { metrics.counter(answers, server, ".", "", $0) }
        duration = metrics.timer(
            .histogram(
                "coredns_dns_request_duration_seconds",
                "Histogram of the time (in seconds) each request took per zone.", labels: Self.place,
                bounds: MetricFamily.bounds(from: 0.00025, times: 2, count: 16)), server, ".", "")
    }

    func asked(_ type: DNSType?, isDatagram: Bool) {
        queries[Query(isDatagram: isDatagram, type: type.flatMap { Self.types[$0] } ?? "other")].increment()
    }

    /// `response` is a whole message. Its code is in the header (RFC 1035 §4.1.1), and for some its upper part in the
    /// additional record that we write last (RFC 6891 §6.1.3).
    func answered(_ response: [UInt8], since began: NIODeadline) {
        duration.recordNanoseconds((NIODeadline.now() - began).nanoseconds)
        guard response.count > 3 else { return }
        var code = Int(response[3] & 0x0F)
        let last = response.suffix(11)
        if response.count >= 23, response[11] > 0, Array(last.prefix(3)) == [0, 0, 41] {
            code |= Int(last[last.startIndex + 5]) << 4
        }
        responses[min(code, responses.count - 1)].increment()
    }
}
