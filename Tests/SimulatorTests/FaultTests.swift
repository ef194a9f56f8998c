import Testing

@testable import Simulator

/// Each deliberate bug must be found within a bounded number of seeds, in which nothing is found without it. For rare
/// ones the search begins near a seed that finds it. When the code moves on and one is found no more,
/// `skiff-simulate --fault NAME --seeds 1..5000` says where it is found now.
@Suite struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var fault: String
        var level: Simulation.Level
        var seeds: ClosedRange<UInt64>
        init(_ fault: String, _ level: Simulation.Level, _ seeds: ClosedRange<UInt64>) {
            self.fault = fault
            self.level = level
            self.seeds = seeds
        }
        var testDescription: String { "\(fault) (\(level.rawValue))" }
    }

    static let cases = [
        Case("forgetsVote", .raft, 174...178),
        Case("votesTwice", .raft, 1...20),
        Case("votesWithoutLogCheck", .raft, 1...20),
        Case("preVoteRaisesTerm", .raft, 1...20),
        Case("acknowledgesBeforePersisted", .raft, 1...20),
        Case("countsOwnDiskEarly", .raft, 1...20),
        Case("commitsOlderTermByCounting", .raft, 1...20),
        Case("appliesUnpersisted", .raft, 1...20),
        Case("keepsConflictingEntries", .raft, 1...20),
        Case("readsWithoutRound", .raft, 24...30),
        Case("countsJointQuorumsAsOne", .raft, 1...20),
        Case("countsLearners", .raft, 1...20),
        Case("acknowledgesBeforeSynchronizing", .store, 2...10),
        Case("readsOwnState", .store, 1...10),
        Case("sendsBeforeRemembering", .store, 354...357),
        Case("keepsOldLeaseTimes", .store, 4...10),
        Case("renewsUnconfirmed", .store, 45...50),
        Case("repeatsUnanswered", .store, 2...10),
        Case("refusesByOwnDisk", .store, 14...20),
        Case("leadsWithoutRoom", .store, 5...10),
        Case("commitsUnverified", .store, 42...45),
    ]

    @Test(arguments: cases) func aDeliberateBugIsFound(_ example: Case) {
        let broken = Simulation(level: example.level, fault: example.fault)
        #expect(Simulation.faults(example.level).contains(example.fault))
        guard let seed = example.seeds.first(where: { broken.run(seed: $0).violation != nil }) else {
            Issue.record("\(example.fault) was not found in seeds \(example.seeds)")
            return
        }
        #expect(Simulation(level: example.level).run(seed: seed).violation == nil)
    }
}
