import APIServer
import Testing

@testable import Gateway

/// What browsers may and may not do.
@Suite struct GateTests {
    static let configuration: GatewayConfiguration = {
        var configuration = GatewayConfiguration(plain: .init(host: "127.0.0.1", port: 8080))
        configuration.corsAllowedOrigins = ["https://dashboard.example.com"]
        return configuration
    }()
    static func status(
        _ method: String, host: String = "localhost:8080", secure: Bool = false, _ headers: [(String, String)] = [],
        path: String = "/api"
    ) -> Int {
        let request = Request(
            method: method, path: path, headers: [("host", host)] + headers.map { (name: $0.0, value: $0.1) },
            isSecure: secure)
        return Gate.refusal(of: request, configuration)?.status ?? 0
    }

    @Test(arguments: [
        ("localhost", 0), ("LOCALHOST:80", 0), ("127.0.0.1:8080", 0), ("[::1]:8080", 0), ("192.168.1.2", 0),
        ("cafe.example.com", 0), ("a.localhost", 0), ("evil.example", 421), ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421), ("", 421), ("1.2.3.4.5", 421), ("999.0.0.1", 421),
    ])
    func hostsOfThePlainListener(host: String, status: Int) {
        #expect(Self.status("GET", host: host) == status)
        #expect(Self.status("GET", host: host, secure: true) == 0)
    }

    @Test func originsAreRefusedUnlessTheyAreOursOrNamed() {
        #expect(Self.status("GET", [("origin", "https://evil.example")]) == 403)
        #expect(Self.status("POST", [("origin", "null")]) == 403)
        #expect(Self.status("GET", [("origin", "http://localhost:8080")]) == 0)
        #expect(Self.status("GET", [("origin", "http://localhost:3000")]) == 403)
        #expect(Self.status("GET", [("origin", "https://dashboard.example.com")]) == 0)
        #expect(Self.status("GET", [("origin", "https://dashboard.example.com.evil.example")]) == 403)
    }

    @Test func crossSiteMayChangeNothing() {
        for site in ["cross-site", "same-site"] {
            #expect(Self.status("POST", [("sec-fetch-site", site)]) == 403)
            #expect(Self.status("DELETE", [("sec-fetch-site", site)]) == 403)
            #expect(Self.status("GET", [("sec-fetch-site", site)]) == 0)
        }
        #expect(Self.status("POST", [("sec-fetch-site", "same-origin")]) == 0)
        #expect(Self.status("POST", [("sec-fetch-site", "none")]) == 0)
        #expect(
            Self.status("POST", [("sec-fetch-site", "cross-site"), ("origin", "https://dashboard.example.com")]) == 0)
    }

    @Test func aGetThatChangesIsNoExceptionAndPreflightsAreAnswered() async throws {
        let answer = { @Sendable (headers: [String], path: String, gateway: TestGateway) async throws -> String in
            try await Shell.run(
                "curl", ["-sS", "-i"] + headers.flatMap { ["-H", $0] } + ["\(gateway.plain)\(path)"]
            ).output
        }
        try await TestGateway.run({ $0.corsAllowedOrigins = ["https://ok.example"] }, api: ListenerTests.mirror) {
            gateway async throws in
            #expect(try await answer(["sec-fetch-site: cross-site"], "/delete/1", gateway).contains(" 403 "))
            #expect(try await answer(["sec-fetch-site: none"], "/delete/1", gateway).contains(" 503 "))
            let preflight = try await Shell.curl(
                "-i", "-X", "OPTIONS", "-H", "origin: https://ok.example", "-H", "access-control-request-method: PATCH",
                "\(gateway.plain)/api/v1/pods")
            #expect(preflight.output.contains(" 204 "))
            #expect(preflight.output.contains("access-control-allow-origin: https://ok.example"))
            #expect(preflight.output.contains("access-control-allow-methods: POST, GET, OPTIONS, PUT, DELETE, PATCH"))
            let plain = try await answer(["origin: https://ok.example"], "/api", gateway)
            #expect(plain.contains("access-control-allow-origin: https://ok.example"))
            let unasked = try await answer([], "/api", gateway)
            #expect(!unasked.contains("access-control"))
        }
    }

    @Test(arguments: [
        ("GET", "/api/v1/namespaces/default/pods/web", true), ("GET", "/api/v1/namespaces/default", true),
        ("GET", "/api/v1/pods", false), ("GET", "/api/v1/namespaces/default/pods", false),
        ("GET", "/apis/apps/v1/namespaces/default/deployments/web", true), ("GET", "/apis/apps/v1/deployments", false),
        ("GET", "/apis/apps/v1", false), ("POST", "/api/v1/namespaces/default/pods", true), ("GET", "/users", false),
        ("POST", "/apply", false), ("GET", "/openapi/v2", false),
    ])
    func whatIsAnsweredOnTheConnectionsThread(method: String, path: String, isQuick: Bool) {
        #expect(APIPaths.isQuick(Request(method: method, path: path)) == isQuick)
    }
}
