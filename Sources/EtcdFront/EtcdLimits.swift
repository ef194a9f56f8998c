import GRPCServer

/// Every limit of the etcd front, in one place. Where etcd has a default, it is that.
public struct EtcdLimits: Sendable {
    /// Connections, streams and messages. A larger request message is refused by the transport: etcd's 1.5 MB and
    /// 512 KB for what is around them.
    public var calls: CallLimits = {
        var calls = CallLimits()
        calls.messageBytes = 1_572_864 + 524_288
        return calls
    }()
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
    /// Streams of clients that asked for a leader end when there has been none for so long.
    public var secondsWithoutLeader = 3

    public init() {}
}
