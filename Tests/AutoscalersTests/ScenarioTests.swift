import TestKit
import Testing

@testable import Autoscalers

@Suite struct ScenarioTests {
    @Test(arguments: Scenario.names()) func decisionsAreAsWritten(_ name: String) throws {
        let script = HorizontalScript()
        try Scenario.run(name) { line in try script.answer(line) }
    }
}
