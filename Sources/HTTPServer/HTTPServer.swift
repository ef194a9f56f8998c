/// # HTTPServer
///
/// HTTP to values and back: what comes in becomes a `Request`, what goes out is an `Answer` (`HTTPMessages`): bytes, a
/// stream with back-pressure, or a tunnel after an upgrade.
///
/// - `Listener/`: `HTTPListener` serves HTTP/1.1, and with TLS HTTP/2 by ALPN and client certificates, at one address;
///   `AcceptLoop` is the part below HTTP, which servers with a pipeline of their own use too.
/// - `Exchange/`: `Exchange` decides the turns of request and answer on one connection as a value, `ExchangeHandler` is
///   its shell; time limits, streams, tunnels.
/// - `Routing/`: `Router` finds the `Route` of a request; `BrowserGuard` is what is checked of every request from browsers;
///   `Problem` (RFC 9457) is what goes wrong.
///
/// Absent on purpose: what is served, who may call it, outgoing requests (`OutboundHTTP`).
import HTTPMessages

/// What answers requests.
public struct RequestHandler: Sendable {
    public var answer: @Sendable (Request) async -> Answer
    /// Whether an answer takes so little that it may be made on the connection's own thread.
    public var isQuick: @Sendable (Request) -> Bool
    /// What is said to what cannot become a `Request`; the target is as sent.
    public var refusal: @Sendable (_ problem: Problem, _ target: String) -> Answer

    public init(
        isQuick: @escaping @Sendable (Request) -> Bool = { _ in false },
        refusal: @escaping @Sendable (_ problem: Problem, _ target: String) -> Answer = { problem, _ in problem.answer
        },
        answer: @escaping @Sendable (Request) async -> Answer
    ) {
        self.isQuick = isQuick
        self.refusal = refusal
        self.answer = answer
    }
}

/// What clients are held to, all of it.
public struct HTTPLimits: Sendable {
    public var bodyBytes = 3 * 1024 * 1024
    /// Request line and all headers.
    public var headerBytes = 64 * 1024
    public var headerCount = 200
    /// Connections at once; more wait to be accepted.
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
    /// What a tunnel may have received before the connection is read no further; a client that sends more before its
    /// upgrade is answered is cut off.
    public var tunnelBufferBytes = 1 << 18
    public init() {}
}
