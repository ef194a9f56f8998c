import Testing

@testable import Simulator

@Suite struct SimulationTests {
    /// Runs of seeds that find nothing, for each level; few enough for a debug build.
    @Test(arguments: [(Simulation.Level.raft, UInt64(25)), (.store, 12)])
    func nothingIsViolated(level: Simulation.Level, count: UInt64) async {
        let result = await Campaign(Simulation(level: level), seeds: 1...count, jobs: 2).run()
        #expect(
            result.failure == nil, "\(result.failure?.plan.seed ?? 0): \(result.failure?.violation?.description ?? "")")
        #expect(result.seedsRun == Int(count))
    }

    /// A simulation in which nothing happens finds nothing, so something has to happen.
    @Test(arguments: Simulation.Level.allCases) func clientsAreAnswered(level: Simulation.Level) {
        let reports = (UInt64(1)...4).map { Simulation(level: level).run(seed: $0) }
        let calls = reports.reduce(0) { $0 + $1.calls }
        let answered = reports.reduce(0) { $0 + $1.answered }
        #expect(calls > 200 && answered > calls / 6, "\(answered) of \(calls)")
    }

    @Test(arguments: Simulation.Level.allCases) func theSameSeedIsTheSameRun(level: Simulation.Level) {
        let simulation = Simulation(level: level)
        for seed in UInt64(1)...2 {
            let first = simulation.run(seed: seed)
            let second = simulation.run(seed: seed, keepsLines: true)
            #expect(first.fingerprint == second.fingerprint && first.events == second.events)
            #expect(second.lines == simulation.run(seed: seed, keepsLines: true).lines && !second.lines.isEmpty)
            #expect(first.fingerprint != simulation.run(seed: seed + 1).fingerprint)
        }
    }

    @Test func aRunIsMadeSmaller() throws {
        let simulation = Simulation(level: .raft, fault: "keepsConflictingEntries")
        let seed = try #require(
            (UInt64(1)...200).first { simulation.run(seed: $0).violation != nil }, "no seed finds the fault")
        let first = simulation.run(seed: seed)
        var minimiser = Minimiser(simulation)
        minimiser.runLimit = 20
        let report = minimiser.minimise(seed: seed)
        let smaller = try #require(report)
        #expect(smaller.violation?.rule == first.violation?.rule)
        #expect(smaller.plan.mishaps.count < first.plan.mishaps.count || first.plan.mishaps.isEmpty)
        #expect(smaller.plan.eventLimit <= first.plan.eventLimit && !smaller.lines.isEmpty)
        #expect(simulation.run(smaller.plan).fingerprint == smaller.fingerprint)
        let clean = try #require(simulation.run(smaller.plan).violation)
        #expect(clean == smaller.violation)
    }
}
