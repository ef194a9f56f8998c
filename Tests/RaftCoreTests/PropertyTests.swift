import RaftCore
import Testing

/// Raft's promises over many schedules of a network that loses, doubles, reorders and cuts, with members that crash
/// between any two effects and change while it goes on.
@Suite struct PropertyTests {
    static func settings(_ fault: Raft.Fault? = nil) -> Raft.Settings {
        var settings = Raft.Settings()
        settings.electionTicks = 5
        settings.entriesPerMessageBytes = 200
        settings.inFlightMessages = 4
        settings.retainedEntries = 8
        settings.retainedForSnapshotEntries = 30
        settings.promotionLagEntries = 20
        settings.fault = fault
        return settings
    }

    /// The first promise that is broken in a schedule.
    static func violation(seed: UInt64, _ settings: Raft.Settings, events: Int) -> String? {
        var network = Network(seed: seed, settings)
        for event in 1...events {
            network.happen()
            if event % 50 == 0 { network.compareLogs() }
            if let violation = network.checker.violation { return violation }
        }
        network.settle()
        return network.checker.violation
    }

    @Test(arguments: 0..<8) func keepsItsPromises(part: Int) {
        let settings = Self.settings()
        for seed in UInt64(part * 250)..<UInt64((part + 1) * 250) {
            let violation = Self.violation(seed: seed, settings, events: 600)
            #expect(violation == nil, "seed \(seed)")
            if violation != nil { return }
        }
    }
}
