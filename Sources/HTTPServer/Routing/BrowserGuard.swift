import APIMachinery
import HTTPMessages

/// What is checked of every request before anything looks at its path: where it says it goes (Host), which page made
/// the browser send it (Origin, Sec-Fetch-Site).
public struct BrowserGuard: Sendable {
    /// What follows from a look.
    public enum Verdict: Sendable, Equatable {
        case passed
        /// A question of the browser's own (CORS), which is answered 204 with `corsHeaders`.
        case preflight
        case refused(Problem)
    }

    /// Host names that a plain listener answers to besides loopback names and addresses (RFC 9110 §7.2; keeps DNS
    /// rebinding out); "*" is any.
    public var allowedHosts: [String]
    /// Origins (such as "https://dashboard.example.com") that may make cross-origin calls; "*" is any.
    public var allowedOrigins: [String]

    public init(allowedHosts: [String] = [], allowedOrigins: [String] = []) {
        self.allowedHosts = allowedHosts
        self.allowedOrigins = allowedOrigins
    }

    public func verdict(on request: Request) -> Verdict {
        if !request.isSecure, let host = request.header("host"), !isOurs(host: host) {
            return .refused(
                Problem(status: 421, title: "Misdirected Request", detail: "This listener is not \"\(host)\"."))
        }
        if let origin = request.header("origin"), !isAllowed(origin: origin, request), !isOfAProgram(request, origin) {
            return .refused(
                Problem(
                    status: 403, title: "Forbidden", detail: "Calls from the origin \"\(origin)\" are not allowed."))
        }
        if isPreflight(request) { return .preflight }
        switch request.method {
        case "GET", "HEAD", "OPTIONS": return .passed
        default: return refusalOfChange(request).map { .refused($0) } ?? .passed
        }
    }

    /// What a browser marks as another site's doing may change nothing (Fetch Metadata), unless its origin is allowed.
    public func refusalOfChange(_ request: Request) -> Problem? {
        guard let site = request.header("sec-fetch-site"), site != "same-origin", site != "none" else { return nil }
        if let origin = request.header("origin"), isAllowed(origin: origin, request) { return nil }
        return Problem(status: 403, title: "Forbidden", detail: "Another site's page may not change anything here.")
    }

    public func corsHeaders(for origin: String, _ request: Request) -> [(name: String, value: String)] {
        guard isNamed(origin) else { return [] }
        var headers: [(name: String, value: String)] = [
            ("access-control-allow-origin", origin), ("vary", "origin"), ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", "Date, Audit-Id, Warning"),
        ]
        if isPreflight(request) {
            headers += [
                ("access-control-allow-methods", "POST, GET, OPTIONS, PUT, DELETE, PATCH"),
                (
                    "access-control-allow-headers",
                    "Content-Type, Content-Length, Accept-Encoding, Accept, Authorization, Last-Event-ID, X-Requested-With"
                ), ("access-control-max-age", "600"),
            ]
        }
        return headers
    }

    private func isPreflight(_ request: Request) -> Bool {
        request.method == "OPTIONS" && request.header("access-control-request-method") != nil
            && request.header("origin") != nil
    }

    private func isAllowed(origin: String, _ request: Request) -> Bool {
        if isNamed(origin) { return true }
        // The same origin: what follows the scheme is the host this request names.
        guard let host = request.header("host"), let scheme = origin.range(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == host.lowercased()
    }

    /// Programs name an origin too, such as clients of WebSockets. No page can send credentials in a header to another
    /// origin, nor is one that this machine serves another site's.
    private func isOfAProgram(_ request: Request, _ origin: String) -> Bool {
        guard request.header("sec-fetch-site") == nil else { return false }
        if request.header("authorization") != nil { return true }
        guard request.isSecure, let scheme = origin.range(of: "://") else { return false }
        let host = Self.withoutPort(String(origin[scheme.upperBound...])).lowercased()
        return host == "localhost" || host == "127.0.0.1" || host == "[::1]"
    }

    private func isNamed(_ origin: String) -> Bool { allowedOrigins.contains { $0 == "*" || $0 == origin } }

    /// A name can be made to point at us by anyone (DNS rebinding), an address cannot.
    func isOurs(host: String) -> Bool {
        let name = Self.withoutPort(host).lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name.hasPrefix("[") { return true }
        return allowedHosts.contains("*") || allowedHosts.contains(name) || IPAddress(name) != nil
    }

    private static func withoutPort(_ host: String) -> Substring {
        if host.hasPrefix("[") { return host.prefix { $0 != "]" } + "]" }
        return host.prefix { $0 != ":" }
    }
}
