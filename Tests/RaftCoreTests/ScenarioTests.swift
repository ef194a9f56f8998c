import TestKit
import Testing

/// Plays `Scenarios/*.txt`.
@Suite struct ScenarioTests {
    static let names = Scenario.names()

    @Test func thereAreScenarios() { #expect(Self.names.count >= 13) }

    @Test(arguments: ScenarioTests.names) func plays(_ name: String) throws {
        var player = ScenarioPlayer()
        try Scenario.run(name, blocks: { player.play($0) })
    }
}
