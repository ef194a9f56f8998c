import RaftCore

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
    /// Of a segment's room, what is spared for a full disk: for what makes the store smaller, for the alarm and what
    /// was on its way; and of that, for terms and votes. A quarter and a sixteenth of a segment at most.
    public var reliefRoomBytes = 1 << 20
    public var votesRoomBytes = 16 << 10
    /// The member raises the NOSPACE alarm when what it holds in memory is more than this; negative: never. The default
    /// is the most that etcd recommends. etcd's own, 2 GB, is for a file in which free pages count, too.
    public var quotaBytes = StoreLimits.defaultQuotaBytes
    public static let defaultQuotaBytes = 8 << 30
    /// The alarm goes when no more than this part of the quota is held.
    public var quotaReliefPercent = 95
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

    // MARK: Several members

    /// The length of Raft's tick.
    public var raftTickMilliseconds: Int64 = 50
    /// Ticks without a leader before an election; the time is this and a random part of the spread. A leader whose disk
    /// stands still for less than the first keeps its place; the sum, and one attempt that fails, are under two seconds.
    public var electionTicks = 16
    public var electionSpreadTicks = 10
    /// Ticks before who was not elected tries again; the time is this and a random part of as much again.
    public var electionRetryTicks = 6
    /// Ticks between a leader's signs of life.
    public var heartbeatTicks = 2
    /// Raft's own limits; its times are the two above.
    public var raft = Raft.Settings()
    /// How long a request waits for a leader, or for the leader's answer.
    public var requestMilliseconds: Int64 = 7_000
    /// A linearizable read that has no answer for so long is asked again.
    public var readRetryMilliseconds: Int64 = 1_000
    /// Writes and questions that may be under way in the cluster at once; more are refused.
    public var requestsUnderWay = 50_000
    /// Entries of the log that are kept in memory at a start, for members that lag behind.
    public var keptEntries = 5_000
    public var keptBytes = 16 << 20
    /// Messages to one peer that may wait for the network; more are dropped, and Raft repeats what matters.
    public var peerQueueMessages = 4_096
    public var peerQueueBytes = 64 << 20
    /// A larger message between members is refused.
    public var peerMessageBytes = 16 << 20
    /// Messages of peers that may wait for the engine; then no more is read from the peers.
    public var peerReceivedBytes = 64 << 20
    /// Time-out of a connection to a peer and of its handshake.
    public var peerConnectMilliseconds: Int64 = 3_000
    /// The wait before a peer is called again: doubles from the first to the second, and half of it is by chance.
    public var peerRetryMilliseconds: ClosedRange<Int64> = 50...2_000
    /// Connections from peers at once; more are closed.
    public var peerConnections = 256
    /// A snapshot goes to a peer in chunks of so many bytes, of which so many are under way, and so fast at most.
    public var snapshotChunkBytes = 256 << 10
    public var snapshotChunksUnderWay = 4
    public var snapshotBytesPerSecond = 256 << 20
    /// A snapshot's peer that is silent for so long has lost it.
    public var snapshotSilenceMilliseconds: Int64 = 30_000

    /// Takes the value of etcd's setting `quota-backend-bytes`: 0 is the default, a negative one turns the quota off.
    public mutating func setQuota(_ bytes: Int?) {
        guard let bytes else { return }
        quotaBytes = bytes == 0 ? Self.defaultQuotaBytes : bytes
    }

    /// For a store in memory: nobody starts again from its log, so little of it is kept.
    public static var inMemory: StoreLimits {
        var limits = StoreLimits()
        limits.segmentBytes = 1 << 20
        limits.logBytesPerSnapshot = 2 << 20
        return limits
    }

    /// Nil but in tests of a simulator.
    public var fault: StoreFault?

    public init() {}

    /// The same for a member that has no way to others: it keeps nothing in memory for them.
    var alone: StoreLimits {
        var limits = self
        limits.raft.retainedEntries = min(raft.retainedEntries, 16)
        limits.raft.retainedBytes = min(raft.retainedBytes, 1 << 20)
        limits.keptEntries = 0
        limits.keptBytes = 0
        return limits
    }
}
