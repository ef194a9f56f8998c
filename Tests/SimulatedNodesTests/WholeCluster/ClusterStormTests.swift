import Foundation
import Testing

/// Every loop, the scheduler and simulated nodes under faults: what must hold holds all along, and all is well in the end.
/// `CLUSTER_SEEDS=300` runs more of them.
@Suite struct ClusterStormTests {
    private static var seeds: [UInt64] {
        let count = ProcessInfo.processInfo.environment["CLUSTER_SEEDS"].flatMap { UInt64($0) } ?? 10
        return Array(1...max(1, count))
    }

    @Test(arguments: seeds) func theClusterComesThrough(seed: UInt64) async throws {
        let storm = ClusterStorm(seed: seed)
        let left = try await storm.run(steps: 12, patience: .seconds(1_800))
        #expect(storm.violations == [])
        #expect(left == [])
    }
}
