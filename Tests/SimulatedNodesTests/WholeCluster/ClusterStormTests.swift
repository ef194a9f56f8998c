import Foundation
import Testing

/// Every loop, the scheduler and simulated nodes under faults: what must hold holds all along, and all is well in the end.
/// Only with `CLUSTER_SEEDS`, which says how many: a seed chooses the faults but not the order of tasks, so that on a busy
/// machine the test's clock can outrun the loops.
@Suite(.enabled(if: StormSeeds.count > 0, "runs with CLUSTER_SEEDS=300"))
struct ClusterStormTests {
    @Test(arguments: 1...max(1, StormSeeds.count)) func theClusterComesThrough(seed: UInt64) async throws {
        let storm = ClusterStorm(seed: seed)
        let left = try await storm.run(steps: 12, patience: .seconds(1_800))
        #expect(storm.violations == [])
        #expect(left == [])
    }
}

private enum StormSeeds {
    static let count = ProcessInfo.processInfo.environment["CLUSTER_SEEDS"].flatMap { UInt64($0) } ?? 0
}
