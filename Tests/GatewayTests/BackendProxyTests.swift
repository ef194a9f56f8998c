import APIMachinery
import APIServer
import Foundation
import HTTPMessages
import KubeAPI
import Testing

@testable import Gateway

/// The proxies of pods and Services over real connections: a client, the gateway, the API server and a backend.
@Suite struct BackendProxyTests {
    private static let path = "/api/v1/namespaces/default"

    /// A cluster with the pod and Service `web`, whose address is the backend's.
    private func run(
        tls: (certificatePEM: String, keyPEM: String)? = nil, _ answer: @escaping RawBackend.Maker,
        _ body: @Sendable (TestCluster, RawBackend) async throws -> Void
    ) async throws {
        try await RawBackend.run(tls: tls, answer) { backend in
            try await TestCluster.run { cluster in
                let api = cluster.server.client(as: UserInfo(name: "admin", groups: ["system:masters"]))
                _ = try await api.create(
                    ServiceAccount.resource,
                    [
                        "kind": "ServiceAccount", "apiVersion": "v1",
                        "metadata": ["name": "default", "namespace": "default"],
                    ])
                var pod = try await api.create(
                    Pod.resource,
                    [
                        "kind": "Pod", "apiVersion": "v1", "metadata": ["name": "web", "namespace": "default"],
                        "spec": [
                            "containers": [
                                ["name": "c", "image": "i", "ports": [["containerPort": JSON(backend.port)]]]
                            ]
                        ],
                    ])
                pod["status", "podIP"] = JSON(RawBackend.address)
                pod["status", "podIPs"] = [["ip": JSON(RawBackend.address)]]
                _ = try await api.updateStatus(Pod.resource, pod)
                _ = try await api.create(
                    Service.resource,
                    [
                        "kind": "Service", "apiVersion": "v1", "metadata": ["name": "web", "namespace": "default"],
                        "spec": ["ports": [["name": "http", "port": 80, "targetPort": JSON(backend.port)]]],
                    ])
                _ = try await api.create(
                    GroupResource(resource: "endpoints"),
                    [
                        "kind": "Endpoints", "apiVersion": "v1", "metadata": ["name": "web", "namespace": "default"],
                        "subsets": [
                            [
                                "addresses": [
                                    [
                                        "ip": JSON(RawBackend.address),
                                        "targetRef": ["kind": "Pod", "name": "web", "namespace": "default"],
                                    ]
                                ], "ports": [["name": "http", "port": JSON(backend.port)]],
                            ]
                        ],
                    ])
                try await body(cluster, backend)
            }
        }
    }

    private static func ok(_ body: String, _ headers: String = "content-type: text/plain\r\n") -> String {
        "HTTP/1.1 200 OK\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func everyMethodGoesThrough() async throws {
        try await run({ request in
            let line = request.prefix { $0 != "\r\n" }
            let body = request.range(of: "\r\n\r\n").map { String(request[$0.upperBound...]) } ?? ""
            return request.hasPrefix("HEAD")
                ? "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n" : Self.ok("\(line)|\(body)")
        }) { cluster, backend in
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                for place in [
                    "pods/web/proxy", "pods/web:\(backend.port)/proxy", "services/http:web:http/proxy",
                    "services/web:80/proxy",
                ] {
                    let reply = try await cluster.call(
                        "-X", method, "-d", "some bytes", path: "\(Self.path)/\(place)/some/path?with=query")
                    #expect(reply == "\(method) /some/path?with=query HTTP/1.1|some bytes|200", "\(place)")
                }
            }
            let head = try await cluster.call("-I", path: "\(Self.path)/pods/web/proxy/x")
            #expect(head.contains("HTTP/1.1 200") && head.contains("content-length: 7"))
            // Who asks is nobody's business behind the proxy.
            #expect(!backend.received.contains { $0.lowercased().contains("authorization") })
        }
    }

    @Test func answersComeBackWithTheirLinksThroughTheProxy() async throws {
        try await run({ request in
            if request.hasPrefix("GET /moved") {
                return "HTTP/1.1 302 Found\r\nlocation: /new?a=b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            }
            if request.hasPrefix("GET /page") {
                return "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n\r\n<a href=\"/x\">y</a>"
            }
            return "HTTP/1.1 418 I'm a teapot\r\ncontent-length: 3\r\n\r\ntea"
        }) { cluster, _ in
            let proxy = "\(Self.path)/pods/web/proxy"
            #expect(try await cluster.call(path: "\(proxy)/page") == "<a href=\"\(proxy)/x\">y</a>|200")
            #expect(try await cluster.call(path: "\(proxy)/tea") == "tea|418")
            #expect(try await cluster.call("-i", path: "\(proxy)/moved").contains("location: \(proxy)/new?a=b\r\n"))
            let root = try await cluster.call("-i", path: "\(proxy)?a=b")
            #expect(root.hasSuffix("|301") && root.contains("location: \(proxy)/?a=b\r\n"))
        }
    }

    @Test func anUpgradedConnectionCarriesBytesBothWays() async throws {
        try await run({ _ in
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nhello "
        }) { cluster, backend in
            let client = try RawClient(port: cluster.gateway.plainPort)
            client.send(
                "GET \(Self.path)/services/web:http/proxy/echo HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer \(TestCluster.token)\r\n"
                    + "connection: Upgrade\r\nupgrade: echo\r\n\r\n")
            var text = ""
            while !text.hasSuffix("hello ") {
                let more = await client.read()
                guard !more.isEmpty else { break }
                text += more
            }
            #expect(text.hasPrefix("HTTP/1.1 101 "))
            let sent = String(repeating: "0123456789abcdef", count: 40_000)
            async let upload: Void = client.sendAll(sent)
            var echoed = ""
            while echoed.utf8.count < sent.utf8.count {
                let more = await client.read()
                guard !more.isEmpty else { break }
                echoed += more
            }
            await upload
            #expect(echoed == sent)
            #expect(backend.received.first?.hasPrefix("GET /echo HTTP/1.1\r\n") == true)
        }
    }

    /// A pod's certificate is its own, and nobody else vouches for it.
    @Test func aBackendMaySpeakTLS() async throws {
        let pair = try TestPKI().server()
        try await run(tls: (pair.certificatePEM, pair.keyPEM), { _ in Self.ok("secret") }) {
            cluster, backend async throws in
            for place in ["pods/https:web:\(backend.port)", "services/https:web:http", "services/https:web:80"] {
                #expect(try await cluster.call(path: "\(Self.path)/\(place)/proxy/x") == "secret|200", "\(place)")
            }
        }
    }

    @Test func whatCannotBeReachedIsSaid() async throws {
        try await run({ _ in "" }) { cluster, _ in
            func reply(_ place: String) async throws -> String {
                try await cluster.call(path: "\(Self.path)/\(place)/proxy/x")
            }
            #expect(try await reply("pods/none").contains("pods \\\"none\\\" not found"))
            #expect(try await reply("pods/a:b:c:d").contains("invalid pod request \\\"a:b:c:d\\\""))
            #expect(try await reply("services/web:81").contains("no service port 81 found for service \\\"web\\\""))
            #expect(
                try await reply("services/web:other").contains("no endpoints available for service \\\"web:other\\\""))
            let gone = try await reply("pods/web")
            #expect(gone.contains("error trying to reach service: ") && gone.hasSuffix("|503"))
            #expect(try await reply("pods/web:1").hasSuffix("|503"))
        }
    }
}
