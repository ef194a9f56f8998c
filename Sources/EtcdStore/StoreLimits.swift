/// Every limit and period of a store, in one place.
public struct StoreLimits: Sendable {
    /// A larger encoded transaction is refused (etcd's default).
    public var requestBytes = 1_572_864
    /// Proposals that may wait for the log; more are refused.
    public var waitingProposals = 50_000
    /// Bytes of proposals that may wait for the log; more are refused.
    public var waitingBytes = 256 << 20
    /// What is written to the log at once, at most (one request may be larger).
    public var batchBytes = 8 << 20
    /// What a watcher may leave unread, counting keys and values.
    public var watcherBacklogBytes = 64 << 20
    /// Changes that a watcher which reads the past gets at once.
    public var catchUpEvents = 1_000
    /// The room a log segment reserves on the disk.
    public var segmentBytes = 32 << 20
    /// A snapshot is taken once the log since the last one has this many bytes, and half of the snapshot's.
    public var logBytesPerSnapshot = 64 << 20
    /// History younger than this is kept by automatic compaction; 0 turns that off.
    public var historySeconds: Int64 = 300
    /// At least so many revisions of history are kept by automatic compaction.
    public var historyRevisions: Int64 = 5_000
    /// How often what depends on time is looked at.
    public var tickMilliseconds: Int64 = 500
    /// Changes freed after a compaction before waiting work has its turn.
    public var freedAtOnce = 2_000

    public init() {}
}
