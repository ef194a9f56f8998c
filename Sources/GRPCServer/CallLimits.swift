/// Every limit of a gRPC server, in one place.
public struct CallLimits: Sendable {
    /// A larger request message is refused.
    public var messageBytes = 4 << 20
    /// Calls at once on one connection.
    public var concurrentStreams = 10_000
    /// Connections at once.
    public var connections = 10_000
    /// How long a client may take until it has said what HTTP/2 begins with.
    public var handshakeSeconds: Int64 = 10
    /// More pings and settings of one client in a second end its connection. gRPC in Go pings with every round trip to
    /// measure the connection.
    public var controlFramesPerSecond = 20_000
    /// How often the certificate's files are looked at.
    public var certificateLookSeconds: Int64 = 60
    /// All headers of a call together.
    public var headerBytes = 16 << 10
    /// Streams whose late frames are not taken for a mistake.
    public var resetStreamsRemembered = 1_024
    /// More calls of one client that it gives up, in half a minute, end its connection.
    public var givenUpCalls = 20_000
    /// A connection that sends nothing for so long is pinged.
    public var keepaliveSeconds: Int64 = 2 * 60 * 60
    /// How long a ping's answer may take.
    public var keepaliveTimeoutSeconds: Int64 = 20
    /// How much a client may send ahead on one stream, and on all streams of a connection.
    public var windowBytes = 1 << 20
    public var connectionWindowBytes = 4 << 20
    /// Requests of one connection that wait for their methods, or are not complete, have no more bytes together.
    public var connectionRequestBytes = 64 << 20
    /// A method waits when a client has not taken so much of one stream; new calls do when it is so much of all.
    public var streamAnswerBytes = 256 << 10
    public var connectionAnswerBytes = 64 << 20

    public init() {}
}
