import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import Logging
import LoopTestKit
import NIOCore
import NIOPosix
import NIOSSL
import TestKit
import Testing

@testable import IngressController

/// The whole controller beside a cluster: objects in, traffic out.
@Suite struct ControllerTests {
    let cluster = TestCluster()

    func put(_ backends: [Backend], for name: String, replacing: Bool = false) async throws {
        let slice = EndpointSlice {
            $0.metadata.name = "\(name)-1"
            $0.metadata.namespace = "default"
            $0.metadata.labels = [ServiceCatalog.serviceNameLabel: name]
            $0.addressType = "IPv4"
            $0.ports = [
                DiscoveryEndpointPort {
                    $0.name = "http"
                    $0.protocol = "TCP"
                    $0.port = backends.first?.upstream.port ?? 1
                }
            ]
            $0.endpoints = backends.map { backend in Endpoint { $0.addresses = [backend.upstream.address] } }
        }
        if replacing {
            try await cluster.edit(EndpointSlice.self, slice.key) {
                $0.endpoints = slice.endpoints
                $0.ports = slice.ports
            }
        } else {
            _ = try await cluster.create(slice)
        }
    }

    func create(tls: (certificate: String, key: String)? = nil) async throws {
        _ = try await cluster.create(
            IngressClass {
                $0.metadata.name = "nginx"
                $0.spec.controller = IngressRules.controllerName
            })
        _ = try await cluster.create(
            Service {
                $0.metadata.name = "tea-svc"
                $0.metadata.namespace = "default"
                $0.spec.clusterIP = "127.96.3.3"
                $0.spec.ports = [
                    ServicePort {
                        $0.name = "http"
                        $0.port = 80
                        $0.targetPort = 8080
                    }
                ]
            })
        if let tls { try await setSecret(tls, isNew: true) }
        let path = HTTPIngressPath {
            $0.path = "/tea"
            $0.pathType = "Prefix"
            $0.backend = IngressBackend {
                $0.service = IngressServiceBackend {
                    $0.name = "tea-svc"
                    $0.port = ServiceBackendPort { $0.name = "http" }
                }
            }
        }
        _ = try await cluster.create(
            Ingress {
                $0.metadata.name = "cafe"
                $0.metadata.namespace = "default"
                $0.spec.ingressClassName = "nginx"
                $0.spec.tls = [
                    IngressTLS {
                        $0.hosts = ["cafe.example.com"]
                        $0.secretName = "cafe-secret"
                    }
                ]
                $0.spec.rules = [
                    IngressRule {
                        $0.host = "cafe.example.com"
                        $0.http = HTTPIngressRuleValue { $0.paths = [path] }
                    }
                ]
            })
    }

    func setSecret(
        _ tls: (certificate: String, key: String), isNew: Bool = false, inLines: Bool = false
    ) async throws {
        let options: Data.Base64EncodingOptions = inLines ? [.lineLength64Characters, .endLineWithLineFeed] : []
        let data = [
            "tls.crt": Data(tls.certificate.utf8).base64EncodedString(options: options),
            "tls.key": Data(tls.key.utf8).base64EncodedString(options: options),
        ]
        let key = ObjectKey(namespace: "default", name: "cafe-secret")
        guard isNew else {
            try await cluster.edit(Secret.self, key) { $0.data = data }
            return
        }
        _ = try await cluster.create(
            Secret {
                $0.metadata.name = key.name
                $0.metadata.namespace = key.namespace
                $0.type = "kubernetes.io/tls"
                $0.data = data
            })
    }

    /// Runs the controller on free ports while `body` uses them.
    func withController(
        _ change: (inout IngressProxy.Configuration) -> Void = { _ in },
        _ body: (_ http: Int, _ https: Int) async throws -> Void
    ) async throws {
        let world = World(cluster)
        var configuration = IngressProxy.Configuration(
            httpPort: .random(in: 20_000...30_000), httpsPort: .random(in: 20_000...30_000),
            statusAddress: "127.0.0.1")
        change(&configuration)
        let controller = IngressProxy(world: world, configuration: configuration, logger: Logger(label: "test"))
        let (http, https) = (configuration.httpPort, configuration.httpsPort)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await world.run() }
            tasks.addTask { try await controller.run() }
            try await body(http, https)
            tasks.cancelAll()
        }
    }

    /// Asks again until the answer is as wanted: news takes its time.
    func eventually(_ port: Int, _ isWanted: (String) -> Bool) async throws {
        try await TestKit.eventually { isWanted(try await WireClient.get(port, "/tea")) }
    }

    @Test(.timeLimit(.minutes(1))) func objectsLeadTraffic() async throws {
        let pod = try await Backend.start("pod")
        try await create()
        try await put([], for: "tea-svc")
        try await withController { http, _ in
            try await eventually(http) { $0.hasPrefix("HTTP/1.1 503 ") }
            try await put([pod], for: "tea-svc", replacing: true)
            try await eventually(http) { $0.hasSuffix("pod GET /tea 0\n") }
            let key = ObjectKey(namespace: "default", name: "cafe")
            while cluster.object(Ingress.self, key)?.status.loadBalancer?.ingress.first?.ip != "127.0.0.1" {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await cluster.delete(Ingress.self, key)
            try await eventually(http) { $0.hasPrefix("HTTP/1.1 404 ") }
        }
    }

    /// The rest is served meanwhile; and what is mended is told of no more.
    @Test(.timeLimit(.minutes(1))) func whatIsBrokenBecomesAnEventOnTheIngress() async throws {
        let pod = try await Backend.start("pod")
        try await create(tls: (TestCertificates.cafe, TestCertificates.standardKey))
        try await put([pod], for: "tea-svc")
        let standard = try DefaultCertificate(chain: TestCertificates.standard, key: TestCertificates.standardKey)
        try await withController {
            $0.defaultCertificate = standard
        } _: { http, https in
            try await eventually(http) { $0.hasSuffix("pod GET /tea 0\n") }
            #expect(try await certificate(https, name: "cafe.example.com") == "default.example.com")
            while cluster.objects(Event.self).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            let event = try #require(cluster.objects(Event.self).first)
            #expect(event.json["reason"]?.string == "InvalidCertificate" && event.json["type"]?.string == "Warning")
            #expect(
                event.json["message"]?.string == "host cafe.example.com: secret cafe-secret: "
                    + "tls.key is not the key of the certificate in tls.crt; the default certificate is served")
            #expect(event.json["involvedObject", "kind"]?.string == "Ingress")
            #expect(event.json["involvedObject", "name"]?.string == "cafe")
            try await setSecret((TestCertificates.cafe, TestCertificates.cafeKey))
            while try await certificate(https, name: "cafe.example.com") != "cafe.example.com" {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(cluster.objects(Event.self).count == 1)
        }
    }

    /// What is said of a Secret, with the time at which the certificate ends.
    @Test(arguments: [
        ("", "", "tls.crt holds no certificate in PEM; the default certificate is served"),
        (TestCertificates.cafe, "x", "tls.key holds no private key in PEM; the default certificate is served"),
        (TestCertificates.cafe, TestCertificates.cafeKey, nil),
        (TestCertificates.standard, TestCertificates.standardKey, "its certificate is not for this host"),
    ]) func secretsAreJudged(certificate: String, key: String, expected: String?) throws {
        let secret = Secret {
            $0.metadata.name = "s"
            $0.data = [
                "tls.crt": Data(certificate.utf8).base64EncodedString(),
                "tls.key": Data(key.utf8).base64EncodedString(),
            ]
        }
        let wanted = HostCertificate(
            host: "cafe.example.com", ingress: ObjectKey(namespace: "d", name: "i"), name: "s", secret: secret)
        func told(_ now: String) -> [String] {
            Certificates().replace([wanted], now: Instant(rfc3339: now) ?? .distantPast).map {
                $0.message.replacing("host cafe.example.com: secret s: ", with: "")
            }
        }
        #expect(told("2030-01-01T00:00:00Z") == [expected].compactMap { $0 })
        guard expected == nil else { return }
        #expect(told("2046-11-10T00:00:00Z") == ["its certificate ends at 2046-11-18T19:08:40Z"])
        #expect(told("2046-11-19T00:00:00Z") == ["its certificate ended at 2046-11-18T19:08:40Z"])
    }

    @Test func aSecretWithoutItsPartsIsSaidToLackThem() throws {
        func told(_ secret: Secret?) -> [String] {
            let wanted = HostCertificate(
                host: "h", ingress: ObjectKey(namespace: "d", name: "i"), name: "s", secret: secret)
            return Certificates().replace([wanted], now: Instant(secondsSince1970: 0)).map(\.message)
        }
        #expect(told(nil) == ["host h: secret s: there is no such secret; the default certificate is served"])
        #expect(
            told(Secret { $0.data = ["tls.crt": ""] })
                == ["host h: secret s: it has no tls.key; the default certificate is served"])
    }

    @Test(.timeLimit(.minutes(1))) func eachHostHasItsCertificateAndNewOnesCountAtOnce() async throws {
        let pod = try await Backend.start("pod")
        try await create(tls: (TestCertificates.cafe, TestCertificates.cafeKey))
        try await put([pod], for: "tea-svc")
        let standard = try DefaultCertificate(chain: TestCertificates.standard, key: TestCertificates.standardKey)
        try await withController {
            $0.defaultCertificate = standard
        } _: { http, https in
            try await eventually(http) { $0.hasSuffix("pod GET /tea 0\n") }
            #expect(try await certificate(https, name: "cafe.example.com") == "cafe.example.com")
            #expect(try await certificate(https, name: "other.example.com") == "default.example.com")
            #expect(try await certificate(https, name: nil) == "default.example.com")
            try await setSecret((TestCertificates.standard, TestCertificates.standardKey))
            while try await certificate(https, name: "cafe.example.com") != "default.example.com" {
                try await Task.sleep(for: .milliseconds(5))
            }
            let head = try #require(pod.seen.withLock { $0.heads.last })
            #expect(head.headers["x-forwarded-proto"] == ["https"])
            // Base64 in lines is base64; and another's key ends no handshake.
            try await setSecret((TestCertificates.cafe, TestCertificates.cafeKey), inLines: true)
            while try await certificate(https, name: "cafe.example.com") != "cafe.example.com" {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await setSecret((TestCertificates.cafe, TestCertificates.standardKey))
            while try await certificate(https, name: "cafe.example.com") != "default.example.com" {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(throws: CertificatePair.Unusable.self) {
                try standard.replace(chain: TestCertificates.cafe, key: TestCertificates.standardKey)
            }
            #expect(try await certificate(https, name: "other.example.com") == "default.example.com")
            // The default may be renewed while it is served.
            try standard.replace(chain: TestCertificates.cafe, key: TestCertificates.cafeKey)
            #expect(try await certificate(https, name: "other.example.com") == "cafe.example.com")
            #expect(try await certificate(https, name: nil) == "cafe.example.com")
        }
    }

    /// The common name that a server shows for a name; sends a request too, so that all of the way is gone.
    private func certificate(_ port: Int, name: String?) async throws -> String {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: name))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let answer = try await WireClient(channel: channel).use { wire in
            try await wire.send("GET /tea HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n")
            return try await wire.answer()?.body
        }
        #expect(answer == "pod GET /tea 0\n")
        return try await Self.commonName(port, name)
    }

    private static func commonName(_ port: Int, _ name: String?) async throws -> String {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: String.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(
                        context: context, serverHostname: name,
                        customVerificationCallback: { certificates, verdict in
                            promise.succeed(certificates.first.map { "\($0)" } ?? "")
                            verdict.succeed(.certificateVerified)
                        })
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let text = try await promise.futureResult.get()
        try await channel.close()
        return text.contains("cafe.example.com") ? "cafe.example.com" : "default.example.com"
    }
}
