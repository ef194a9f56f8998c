import RaftCore

/// What a simulated member of Raft is set to: limits so small that a short run reaches them.
struct RaftSettings {
    var raft = Raft.Settings()
    /// A snapshot is taken after so many entries, and so many that it covers are kept.
    var entriesPerSnapshot: Index = 50
    var entriesKept = 10

    /// The settings of a plan; the same for all members.
    init(_ plan: Plan, fault: Raft.Fault?) {
        var dice = Dice(seed: plan.settingsSeed)
        raft.fault = fault
        // Without these two elections are wilder, and no less safe.
        raft.asksBeforeElection = !dice.happens(perMille: 250)
        raft.checksQuorum = !dice.happens(perMille: 150)
        raft.electionTicks = dice.pick([5, 10]) ?? 10
        // As a store's members have it, or as the thesis.
        var other = dice.split(1)
        if other.happens(perMille: 500) {
            raft.electionSpreadTicks = (raft.electionTicks + 1) / 2
            raft.retryTicks = (raft.electionTicks + 1) / 3
        }
        raft.entriesPerMessageBytes = dice.pick([1, 100, 1_000, 1 << 20]) ?? 1_000
        raft.inFlightMessages = dice.pick([1, 4, 64]) ?? 64
        raft.inFlightBytes = dice.pick([2_000, 1 << 20]) ?? 1 << 20
        raft.retainedEntries = dice.pick([2, 20, 1_000]) ?? 20
        raft.retainedForSnapshotEntries = raft.retainedEntries * 10
        raft.uncommittedBytes = dice.pick([2_000, 1 << 20]) ?? 1 << 20
        raft.waitingReads = dice.pick([2, 100]) ?? 100
        raft.promotionLagEntries = UInt64(dice.pick([3, 50]) ?? 50)
        entriesPerSnapshot = Index(dice.pick([5, 30, 10_000]) ?? 30)
        entriesKept = dice.pick([0, 5, 100]) ?? 5
    }
}
