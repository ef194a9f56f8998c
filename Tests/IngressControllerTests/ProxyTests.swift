import APIMachinery
import ExpositionTestKit
import Logging
import NIOCore
import NIOPosix
import PrometheusExport
import Synchronization
import Testing

@testable import IngressController

/// An ingress in front of real backends, without a cluster.
struct Front {
    let server: IngressServer
    let port: Int
    let metrics: PrometheusRegistry
    static let tea = ServiceTarget(service: ObjectKey(namespace: "default", name: "tea-svc"), port: .number(80))

    static func start(
        _ upstreams: [Upstream], _ change: (inout IngressProxy.Configuration) -> Void = { _ in },
        options: RouteOptions = RouteOptions()
    ) async throws -> Front {
        var configuration = IngressProxy.Configuration(httpPort: 0, httpsPort: 0)
        change(&configuration)
        let group = MultiThreadedEventLoopGroup.singleton
        let metrics = PrometheusRegistry()
        let server = try await IngressServer(
            configuration, group: group, metrics: IngressMetrics(metrics), logger: Logger(label: "test"))
        let front = Front(server: server, port: try await server.listen(on: group).http, metrics: metrics)
        front.lead(to: upstreams, options: options)
        return front
    }

    func lead(to upstreams: [Upstream], options: RouteOptions = RouteOptions()) {
        var plan = IngressPlan()
        let ingress = ObjectKey(namespace: "default", name: "cafe")
        let route = IngressRoute(target: Self.tea, ingress: ingress, options: options)
        plan.routes.add(host: "cafe.example.com", path: "/tea", type: .prefix, route: route)
        plan.routes.add(host: "cafe.example.com", path: "/chunked", type: .exact, route: route)
        plan.upstreams = [Self.tea: upstreams]
        server.carryOut(plan)
    }

    func stop() async { await server.stop() }
}

@Suite struct ProxyTests {
    @Test func requestsAreSharedOutAndOthersAreNotFound() async throws {
        let one = try await Backend.start("one")
        let two = try await Backend.start("two")
        let front = try await Front.start([one.upstream, two.upstream])
        for _ in 0..<4 {
            let answer = try await WireClient.get(front.port, "/tea?x=1")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("GET /tea?x=1 0\n"))
        }
        #expect(one.requests == 2)
        #expect(two.requests == 2)
        #expect(try await WireClient.get(front.port, "/teapot").hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(try await WireClient.get(front.port, "/tea", host: "other").hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        let page = ExpositionParser.parse(await front.metrics.page())
        func count(_ ingress: [String: String], _ status: String) -> Double? {
            page.value(
                "nginx_ingress_controller_requests", ingress.merging(["method": "GET", "status": status]) { $1 })
        }
        #expect(page.problems == [])
        #expect(count(["namespace": "default", "ingress": "cafe", "service": "tea-svc"], "200") == 4)
        #expect(count(["namespace": "", "ingress": "", "service": ""], "404") == 2)
        await front.stop()
    }

    private struct NoSuchName: Error {}

    /// An ExternalName's backend is a name, whose addresses the cluster's DNS is asked for first.
    @Test func aBackendThatIsANameIsFoundByTheClustersDNS() async throws {
        let pod = try await Backend.start("pod", at: "127.0.0.1")
        let isKnown = Mutex(true)
        let named = Upstream("tea.default.svc.cluster.local.", pod.upstream.port)
        let front = try await Front.start([named]) {
            $0.addresses = { name in
                // Of several, those that refuse are passed over.
                if name == "tea.default.svc.cluster.local." { return ["127.0.0.98", "127.0.0.1", "127.0.0.99"] }
                if isKnown.withLock({ $0 }) { throw NoSuchName() }
                return nil
            }
        }
        for _ in 0..<5 { #expect(try await WireClient.get(front.port, "/tea").hasSuffix("pod GET /tea 0\n")) }
        // The machine's own names are not the cluster's.
        front.lead(to: [Upstream("localhost", pod.upstream.port)])
        #expect(try await WireClient.get(front.port, "/tea").hasPrefix("HTTP/1.1 502 "))
        // What cluster DNS cannot tell is the machine's resolver's.
        isKnown.withLock { $0 = false }
        #expect(try await WireClient.get(front.port, "/tea").hasSuffix("pod GET /tea 0\n"))
        await front.stop()
    }

    @Test func oneConnectionServesManyRequestsBothWays() async throws {
        let one = try await Backend.start("one")
        let front = try await Front.start([one.upstream])
        try await WireClient.connect(front.port).use { wire in
            for index in 0..<10 {
                try await wire.send("GET /tea/\(index) HTTP/1.1\r\nHost: cafe.example.com:8080\r\n\r\n")
                #expect(try await wire.answer()?.body == "one GET /tea/\(index) 0\n")
            }
        }
        #expect(one.seen.withLock { $0.connections } == 1)
        await front.stop()
    }

    @Test func bodiesGoThroughInBothFramings() async throws {
        let one = try await Backend.start("one")
        let front = try await Front.start([one.upstream])
        let head = "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nConnection: close\r\n"
        #expect(
            try await WireClient.exchange(front.port, head + "Content-Length: 5\r\n\r\nhello")
                .hasSuffix("one POST /tea 5\n"))
        #expect(
            try await WireClient.exchange(
                front.port, head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
            ).hasSuffix("one POST /tea 7\n"))
        let large = String(repeating: "x", count: 3_000_000)
        #expect(
            try await WireClient.exchange(front.port, head + "Content-Length: 3000000\r\n\r\n" + large)
                .hasSuffix("one POST /tea 3000000\n"))
        let chunked = try await WireClient.get(front.port, "/chunked")
        #expect(chunked.lowercased().contains("transfer-encoding: chunked"))
        #expect(chunked.hasSuffix("\r\n0\r\n\r\n"))
        await front.stop()
    }

    @Test func aPodThatIsGoneCostsNoRequest() async throws {
        let gone = try await Backend.start("gone")
        try await gone.kill()
        let there = try await Backend.start("there")
        let front = try await Front.start([gone.upstream, there.upstream])
        for method in ["GET", "POST", "GET", "POST"] {
            #expect(try await WireClient.get(front.port, "/tea", method: method).contains("there \(method) /tea"))
        }
        await front.stop()
    }

    @Test func whatMayBeRepeatedIsRepeatedAndNothingElse() async throws {
        let rude = try await Backend.start("rude") { $0.hangsUp = true }
        let there = try await Backend.start("there")
        let front = try await Front.start([rude.upstream, there.upstream])
        #expect(try await WireClient.get(front.port, "/tea").contains("there GET"))
        _ = try await WireClient.get(front.port, "/tea")
        var statuses: Set<String> = []
        for _ in 0..<2 {
            statuses.insert(String(try await WireClient.get(front.port, "/tea", method: "POST").prefix(12)))
        }
        #expect(statuses == ["HTTP/1.1 200", "HTTP/1.1 502"])
        await front.stop()
    }

    @Test func statusesOfFailingBackendsAreRetriedAndTheLastIsPassedOn() async throws {
        let bad = try await Backend.start("bad") { $0.status = 503 }
        let there = try await Backend.start("there")
        let front = try await Front.start([bad.upstream, there.upstream])
        for _ in 0..<4 { #expect(try await WireClient.get(front.port, "/tea").contains("there GET")) }
        front.lead(to: [bad.upstream])
        let before = bad.requests
        let answer = try await WireClient.get(front.port, "/tea")
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.hasSuffix("bad GET /tea 0\n"))
        #expect(bad.requests == before + RetryPolicy.attempts)
        front.lead(to: [])
        #expect(try await WireClient.get(front.port, "/tea").hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        await front.stop()
    }

    @Test func halfAnAnswerIsNeverTakenForAWholeOne() async throws {
        let broken = try await Backend.start("broken") { $0.breaksOff = true }
        let front = try await Front.start([broken.upstream])
        await #expect(throws: IOError.self) { try await WireClient.get(front.port, "/tea") }
        #expect(broken.requests == 1, "nothing is repeated once bytes were passed on")
        await front.stop()
    }

    @Test func aSilentBackendIsGivenUp() async throws {
        let silent = try await Backend.start("silent") { $0.isSilent = true }
        let front = try await Front.start([silent.upstream]) { $0.backendStallSeconds = 1 }
        #expect(try await WireClient.get(front.port, "/tea", method: "POST").hasPrefix("HTTP/1.1 504 "))
        await front.stop()
    }
}
