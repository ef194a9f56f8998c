import HTTPServer
import Listening

/// Where the gateway listens, what it trusts and every limit it holds clients to.
public struct GatewayConfiguration: Sendable {
    /// The TLS listener; nil leaves it out.
    public var secure: (address: ListenPlace, tls: ServerIdentity)?
    /// Further addresses of the TLS listener, such as the one for pods.
    public var furtherSecure: [ListenPlace] = []
    /// The plain listener; nil leaves it out. Meant for loopback addresses.
    public var plain: ListenPlace?
    /// Origins (such as "https://dashboard.example.com") that may make cross-origin calls; "*" is any.
    public var corsAllowedOrigins: [String] = []
    /// Host names the plain listener answers to besides loopback names and addresses (RFC 9110 §7.2; keeps DNS
    /// rebinding out); "*" is any.
    public var allowedHosts: [String] = ["cafe.example.com"]
    /// Where `/tea` and `/coffee` go: the ingress controller's HTTP port. Nil answers 503.
    public var ingress: ListenPlace?
    /// The host name that the samples' Ingress is for.
    public var ingressHost = "cafe.example.com"
    public var limits = HTTPLimits()

    public init(secure: (address: ListenPlace, tls: ServerIdentity)? = nil, plain: ListenPlace? = nil) {
        self.secure = secure
        self.plain = plain
    }

    /// What is checked of every request; the plain listener's own address is one of its names.
    var browserGuard: BrowserGuard {
        BrowserGuard(
            allowedHosts: allowedHosts + [plain?.address].compactMap { $0 }, allowedOrigins: corsAllowedOrigins)
    }
}
