import APIMachinery
import APIServer

/// What is checked of every request before anything looks at its path: where it says it goes (Host), which page made
/// the browser send it (Origin, Sec-Fetch-Site).
enum Gate {
    static func refusal(of request: Request, _ configuration: GatewayConfiguration) -> Answer? {
        if !request.isSecure, let host = request.header("host"), !isOurs(host: host, configuration) {
            return Problem(
                status: 421, title: "Misdirected Request", detail: "This listener is not \"\(host)\"."
            ).answer(for: request.path)
        }
        if let origin = request.header("origin"), !isAllowed(origin: origin, request, configuration) {
            return Problem(
                status: 403, title: "Forbidden", detail: "Calls from the origin \"\(origin)\" are not allowed."
            ).answer(for: request.path)
        }
        if isPreflight(request) { return Answer(status: 204) }
        switch request.method {
        case "GET", "HEAD", "OPTIONS": return nil
        default: return refusalOfChange(request, configuration)
        }
    }

    /// What a browser marks as another site's doing may change nothing (Fetch Metadata), unless its origin is allowed.
    static func refusalOfChange(_ request: Request, _ configuration: GatewayConfiguration) -> Answer? {
        guard let site = request.header("sec-fetch-site"), site != "same-origin", site != "none" else { return nil }
        if let origin = request.header("origin"), isAllowed(origin: origin, request, configuration) { return nil }
        return Problem(status: 403, title: "Forbidden", detail: "Another site's page may not change anything here.")
            .answer(for: request.path)
    }

    static func corsHeaders(
        for origin: String, _ request: Request, _ configuration: GatewayConfiguration
    ) -> [(name: String, value: String)] {
        guard isNamed(origin, configuration) else { return [] }
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

    private static func isPreflight(_ request: Request) -> Bool {
        request.method == "OPTIONS" && request.header("access-control-request-method") != nil
            && request.header("origin") != nil
    }

    private static func isAllowed(
        origin: String, _ request: Request, _ configuration: GatewayConfiguration
    ) -> Bool {
        if isNamed(origin, configuration) { return true }
        // The same origin: what follows the scheme is the host this request names.
        guard let host = request.header("host"), let scheme = origin.range(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == host.lowercased()
    }

    private static func isNamed(_ origin: String, _ configuration: GatewayConfiguration) -> Bool {
        configuration.corsAllowedOrigins.contains { $0 == "*" || $0 == origin }
    }

    /// A name can be made to point at us by anyone (DNS rebinding), an address cannot.
    static func isOurs(host: String, _ configuration: GatewayConfiguration) -> Bool {
        let name = withoutPort(host).lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name.hasPrefix("[") { return true }
        if configuration.allowedHosts.contains("*") || configuration.allowedHosts.contains(name)
            || configuration.plain?.host == name
        {
            return true
        }
        return IPAddress(name) != nil
    }

    private static func withoutPort(_ host: String) -> Substring {
        if host.hasPrefix("[") { return host.prefix { $0 != "]" } + "]" }
        return host.prefix { $0 != ":" }
    }
}
