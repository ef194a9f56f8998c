/// Every limit of the etcd front, in one place. Where etcd has a default, it is that.
public struct EtcdLimits: Sendable {
    /// A larger request message is refused by the transport: etcd's 1.5 MB and 512 KB for what is around them.
    public var messageBytes = 1_572_864 + 524_288
    /// Calls and watch streams at once on one connection.
    public var concurrentStreams = 10_000
    /// Watches on one stream.
    public var watchesPerStream = 20_000
    /// Comparisons, or operations of one branch, in a transaction with all those nested in it.
    public var operationsPerTransaction = 128
    /// A watch's events are put into one message until they have so many bytes; one revision is never divided unless
    /// the client asked for fragments.
    public var watchMessageBytes = 1 << 20
    /// Leases live no shorter than one and a half election timeouts.
    public var minimumLeaseSeconds: Int64 = 2
    public var maximumLeaseSeconds: Int64 = 9_000_000_000
    /// Leases that a lock or an election grants because its caller has none.
    public var sessionLeaseSeconds: Int64 = 60
    /// A snapshot is sent in pieces of this size.
    public var snapshotChunkBytes = 64 << 10
    /// Connections at once.
    public var connections = 10_000
    /// How long a client may take until it has said what HTTP/2 begins with.
    public var handshakeSeconds: Int64 = 10
    /// More pings and settings of one client in a second end its connection. gRPC in Go pings with every round trip to
    /// measure the connection.
    public var controlFramesPerSecond = 20_000
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
    /// Streams of clients that asked for a leader end when there has been none for so long.
    public var secondsWithoutLeader = 3

    public init() {}
}
