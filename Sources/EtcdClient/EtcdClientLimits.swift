/// Every limit and time-out of the client for an external etcd, in one place.
public struct EtcdClientLimits: Sendable {
    /// A larger request is refused before it is sent: etcd's default limit.
    public var requestBytes = 1_572_864
    /// The most that one answer may have: a page of a list, or the changes that a watch is told at once.
    public var answerBytes = 1 << 30
    /// How long one try of a read may take before another endpoint is asked.
    public var readMilliseconds: Int64 = 3_000
    /// How long a request may take with all its tries.
    public var requestMilliseconds: Int64 = 10_000
    /// An endpoint that failed is left alone for so long, doubled with each further failure up to the most; the half of
    /// it is chance.
    public var restMilliseconds: Int64 = 50
    public var mostRestMilliseconds: Int64 = 2_000
    /// How often the certificate's files are looked at.
    public var certificateLookSeconds: Int64 = 60
    /// A connection that sends nothing for so long is pinged. (etcd sends away who pings more often than every 5 s.)
    public var pingSeconds: Int64 = 10
    /// How long a ping's answer may take before the connection counts as broken.
    public var pingAnswerSeconds: Int64 = 5
    /// What a watcher may leave unread, counting keys and values.
    public var watcherBacklogBytes = 64 << 20
    /// Watches that one store follows at once.
    public var watches = 10_000
    /// How often a watch that is wanted up to date asks its server again.
    public var progressMilliseconds: Int64 = 50
    /// How long changes may be on their way before a watch of an old server is made to progress by a write.
    public var markerMilliseconds: Int64 = 10
    /// How long the process that leads keeps its leadership without a word to etcd.
    public var leadershipSeconds: Int64 = 15

    public init() {}
}
