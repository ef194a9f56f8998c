import Foundation
import Testing

/// Every loop, the scheduler and simulated nodes under faults: what must hold holds all along, and all is well in the end.
/// A seed gives the same storm each time; `CLUSTER_SEEDS=2000` runs so many, `CLUSTER_SEED=17` that one alone.
/// With SWIFT_DETERMINISTIC_HASHING=1 in the environment it is the same in every process.
@Suite struct ClusterStormTests {
    @Test func theClusterComesThrough() async {
        await withTaskGroup(of: (UInt64, ClusterStorm.Report).self) { group in
            var seeds = StormSeeds.chosen.makeIterator()
            func startNext() {
                guard let seed = seeds.next() else { return }
                group.addTask { (seed, await ClusterStorm.run(seed: seed)) }
            }
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { startNext() }
            for await (seed, report) in group {
                if !report.isClean { Issue.record("seed \(seed): \(report.violations.prefix(3)), \(report.left)") }
                startNext()
            }
        }
    }

    /// Twice, once with many tasks beside it.
    @Test func aSeedGivesTheSameStorm() async {
        let first = await ClusterStorm.run(seed: 3)
        let second = await withTaskGroup(of: ClusterStorm.Report?.self) { group in
            group.addTask { await ClusterStorm.run(seed: 3) }
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<100 { await Task.yield() }
                    return nil
                }
            }
            return await group.reduce(nil) { $0 ?? $1 }
        }
        let difference = zip(first.changes, second?.changes ?? []).enumerated().first { $1.0 != $1.1 }
        #expect(difference.map { "\($0)" } == nil)
        #expect(first.outcome == second?.outcome)
        #expect(first.outcome.jobs > 1_000)
    }

    /// Each deliberate bug is found within so many storms; with `CLUSTER_SEEDS`, as they are many minutes together.
    @Test(.enabled(if: StormSeeds.isLong), arguments: LoopBug.allCases) func bugsAreFound(bug: LoopBug) async {
        for seed in UInt64(1)...12 {
            let report = await ClusterStorm.run(seed: seed, bug: bug)
            if !report.isClean { return }
        }
        Issue.record("no storm found \(bug)")
    }
}

private enum StormSeeds {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
    static let isLong = number("CLUSTER_SEEDS") != nil
    static let chosen: [UInt64] =
        number("CLUSTER_SEED").map { [$0] } ?? Array(1...max(1, number("CLUSTER_SEEDS") ?? 3))
}
