import EtcdStore
import RaftCore

/// What a simulated member of the store is set to: limits so small that a short run reaches them.
struct StoreSettings {
    var limits = StoreLimits()
    var watchersPerMember = 0
    /// Inputs that wait while the disk is busy.
    var inboxLimit = 500

    init(_ plan: Plan, fault: String?) {
        var dice = Dice(seed: plan.settingsSeed)
        limits.raft = RaftSettings(plan, fault: fault.flatMap { Raft.Fault(rawValue: $0) }).raft
        // A store's leader always looks for its majority. Without that, members that were removed and do not know it
        // depose leader after leader, each of which gives leases their whole time again.
        limits.raft.checksQuorum = true
        limits.fault = fault.flatMap { StoreFault(rawValue: $0) }
        limits.electionTicks = limits.raft.electionTicks
        limits.electionSpreadTicks = limits.raft.electionSpreadTicks ?? limits.electionTicks
        limits.electionRetryTicks = limits.raft.retryTicks ?? limits.electionTicks
        limits.heartbeatTicks = 1
        limits.raftTickMilliseconds = 20
        limits.tickMilliseconds = 100
        limits.requestMilliseconds = 400
        limits.readRetryMilliseconds = 150
        limits.historySeconds = 0
        limits.requestBytes = 8_192
        limits.segmentBytes = dice.pick([4_096, 16_384]) ?? 16_384
        limits.logBytesPerSnapshot = dice.pick([1_500, 12_000, 1 << 20]) ?? 12_000
        limits.batchBytes = dice.pick([300, 65_536]) ?? 65_536
        limits.keptEntries = dice.pick([0, 10, 1_000]) ?? 10
        limits.catchUpEvents = dice.pick([1, 5, 1_000]) ?? 5
        limits.freedAtOnce = dice.pick([1, 2_000]) ?? 2_000
        limits.requestsUnderWay = dice.pick([4, 1_000]) ?? 1_000
        watchersPerMember = dice.pick([0, 1, 3]) ?? 1
    }
}
