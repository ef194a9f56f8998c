import Foundation
import Testing

@testable import ClusterAutoscaler

/// Whatever load, provider and nodes do: a group is never above its most nor below its least, nothing unmovable is moved, and
/// nodes neither come for pods that others come for nor go before their time. `AUTOSCALER_SEEDS=1000` looks further.
@Suite struct SimulationTests {
    private static let steps = 40
    private static let seeds = ProcessInfo.processInfo.environment["AUTOSCALER_SEEDS"].flatMap { Int($0) } ?? 100

    @Test func whatMustHoldHolds() {
        for seed in 0..<Self.seeds {
            var simulation = AutoscalerSimulation(seed: UInt64(seed))
            do { try simulation.run(steps: Self.steps) } catch { Issue.record("seed \(seed): \(error)") }
        }
    }

    /// The checker finds every deliberate bug.
    @Test(arguments: AutoscalerFault.allCases) func aBugIsFound(_ fault: AutoscalerFault) {
        for seed in 0..<200 {
            var simulation = AutoscalerSimulation(seed: UInt64(seed), fault: fault)
            do { try simulation.run(steps: Self.steps) } catch { return }
        }
        Issue.record("\(fault) is not found")
    }
}
