import NIOCore

/// Where the gateway listens, what it trusts and every limit it holds clients to.
public struct GatewayConfiguration: Sendable {
    public struct Address: Sendable, Equatable {
        public var host: String
        /// 0 lets the system choose.
        public var port: Int
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// The TLS listener's materials, all PEM text.
    public struct TLS: Sendable {
        /// The server's certificate first, then intermediates.
        public var certificateChainPEM: String
        public var privateKeyPEM: String
        /// Certificates of the CA that signs client certificates; empty asks clients for none.
        public var clientCAPEM: String
        public init(certificateChainPEM: String, privateKeyPEM: String, clientCAPEM: String) {
            self.certificateChainPEM = certificateChainPEM
            self.privateKeyPEM = privateKeyPEM
            self.clientCAPEM = clientCAPEM
        }
    }

    /// The TLS listener; nil leaves it out.
    public var secure: (address: Address, tls: TLS)?
    /// The plain listener; nil leaves it out. Meant for loopback addresses.
    public var plain: Address?
    /// Origins (such as "https://dashboard.example.com") that may make cross-origin calls; "*" is any.
    public var corsAllowedOrigins: [String] = []
    /// Host names the plain listener answers to besides loopback names and addresses (RFC 9110 §7.2; keeps DNS
    /// rebinding out); "*" is any.
    public var allowedHosts: [String] = ["cafe.example.com"]
    /// Where `/tea` and `/coffee` go: the ingress controller's HTTP port. Nil answers 503.
    public var ingress: Address?
    /// The host name that the samples' Ingress is for.
    public var ingressHost = "cafe.example.com"
    public var limits = Limits()

    /// Every limit, in one place.
    public struct Limits: Sendable {
        public var bodyBytes = 3 * 1024 * 1024
        /// Request line and all headers.
        public var headerBytes = 64 * 1024
        public var headerCount = 200
        public var connections = 10_000
        public var concurrentStreams = 250
        /// TLS handshake, or the first request's head on a new connection.
        public var firstHeadSeconds = 30
        /// From the end of one answer to the end of the next request's head.
        public var idleSeconds = 90
        /// From a request's head to the end of its body.
        public var bodySeconds = 60
        /// How long a client may take nothing of what is written to it.
        public var stallSeconds = 60
        /// What a stream may have waiting for a slow client before it must wait itself.
        public var streamBufferBytes = 1 << 18
        /// What a tunnel may have received before the connection is read no further.
        public var tunnelBufferBytes = 1 << 18
        public init() {}
    }

    public init(secure: (address: Address, tls: TLS)? = nil, plain: Address? = nil) {
        self.secure = secure
        self.plain = plain
    }
}
