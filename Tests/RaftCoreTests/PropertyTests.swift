import Foundation
import RaftCore
import Testing

/// Raft's promises over many schedules of a network that loses, doubles, reorders and cuts, with members that crash
/// between any two effects and change while it goes on.
@Suite struct PropertyTests {
    /// Small limits, so that each of them is reached.
    static func settings(_ fault: Raft.Fault? = nil) -> Raft.Settings {
        var settings = Raft.Settings()
        settings.inFlightMessages = 4
        settings.retainedEntries = 8
        settings.retainedForSnapshotEntries = 30
        settings.promotionLagEntries = 20
        settings.fault = fault
        return settings
    }

    /// Plays a schedule until a promise is broken, and then lets everything work again.
    static func play(_ seed: UInt64, _ settings: Raft.Settings, _ weather: Weather? = nil) -> Network {
        var network = Network(seed: seed, settings, weather)
        for event in 1...1_000 where network.checker.violation == nil {
            network.happen()
            if event % 50 == 0 { network.compareLogs() }
        }
        if network.checker.violation == nil { network.settle() }
        return network
    }

    /// SCHEDULES tells how many; a build without optimisation plays some hundred in a second.
    static let schedules = ProcessInfo.processInfo.environment["SCHEDULES"].flatMap { UInt64($0) } ?? 320

    @Test(arguments: 0..<UInt64(8)) func keepsItsPromises(part: UInt64) {
        for seed in part * Self.schedules / 8..<(part + 1) * Self.schedules / 8 {
            let violation = Self.play(seed, Self.settings()).checker.violation
            #expect(violation == nil, "seed \(seed)")
            if violation != nil { return }
        }
    }

    /// The checker sees each deliberate bug, so its silence about the rules means something.
    @Test(arguments: Raft.Fault.allCases) func findsFault(fault: Raft.Fault) {
        let weather: Weather? =
            switch fault {
            case .forgetsVote: .rebooting
            case .commitsOlderTermByCounting: .fallingLeaders
            case .countsJointQuorumsAsOne: .changing
            default: nil
            }
        let settings = Self.settings(fault)
        let found = (0..<UInt64(3_000)).first { Self.play($0, settings, weather).checker.violation != nil }
        #expect(found != nil)
    }

    /// Schedules in which nothing happens would keep every promise.
    @Test func schedulesAreEventful() {
        var counts: [String: Int] = [:]
        var (entries, reads) = (0, 0)
        for seed in 0..<UInt64(60) {
            let network = Self.play(seed, Self.settings())
            counts.merge(network.counts, uniquingKeysWith: +)
            entries += network.checker.history.count
            reads += network.checker.answeredReads
        }
        #expect(entries > 600 && reads > 60)
        for effect in ["installSnapshot", "membership", "refuseReads", "refuseTransfer", "became", "readable"] {
            #expect(counts[effect] ?? 0 > 10, "\(effect)")
        }
    }
}
