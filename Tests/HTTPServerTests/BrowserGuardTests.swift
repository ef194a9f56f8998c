import HTTPMessages
import Testing

@testable import HTTPServer

/// What browsers may and may not do.
@Suite struct BrowserGuardTests {
    static let browserGuard = BrowserGuard(
        allowedHosts: ["cafe.example.com"], allowedOrigins: ["https://dashboard.example.com"])
    static func status(
        _ method: String, host: String = "localhost:8080", secure: Bool = false, _ headers: [(String, String)] = [],
        path: String = "/api"
    ) -> Int {
        let request = Request(
            method: method, path: path, headers: [("host", host)] + headers.map { (name: $0.0, value: $0.1) },
            isSecure: secure)
        return switch browserGuard.verdict(on: request) {
        case .passed: 0
        case .preflight: 204
        case .refused(let problem): problem.status
        }
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

    /// Clients of WebSockets that are no browsers name an origin as well; what a browser sends is told by its other header.
    @Test func programsMayNameAnOrigin() {
        #expect(Self.status("GET", secure: true, [("origin", "http://localhost")]) == 0)
        #expect(Self.status("GET", secure: true, [("origin", "http://evil.example")]) == 403)
        #expect(Self.status("GET", [("origin", "http://other.example"), ("authorization", "Bearer x")]) == 0)
        let page = ("sec-fetch-site", "cross-site")
        #expect(Self.status("GET", secure: true, [("origin", "http://localhost"), page]) == 403)
        #expect(Self.status("GET", [("origin", "http://other.example"), ("authorization", "Bearer x"), page]) == 403)
    }

    @Test func preflightsAreToldApart() {
        #expect(Self.status("OPTIONS", [("origin", "http://localhost:8080")]) == 0)
        #expect(
            Self.status("OPTIONS", [("origin", "http://localhost:8080"), ("access-control-request-method", "PUT")])
                == 204)
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
}
