import HTTPMessages
import Testing

@testable import Gateway

/// What browsers meet, over real connections.
@Suite struct BrowserTests {
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
