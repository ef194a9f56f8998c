import Foundation
import Testing

/// Plays `Scenarios/*.txt`: blocks of lines, then `----`, then what happens; blank lines part the blocks. With
/// UPDATE=1 what happens is rewritten, to be read as a diff.
@Suite struct ScenarioTests {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Scenarios")
    static var files: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path)
        return (names ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }

    @Test func thereAreScenarios() { #expect(Self.files.count >= 13) }

    @Test(arguments: ScenarioTests.files) func plays(file: String) throws {
        let url = Self.directory.appendingPathComponent(file)
        let text = try String(contentsOf: url, encoding: .utf8)
        var player = ScenarioPlayer()
        let played =
            text.trimmingCharacters(in: .newlines).components(separatedBy: "\n\n").map { block in
                let lines = block.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                let input = lines.prefix { $0 != "----" }
                if input.allSatisfy({ $0.isEmpty || $0.hasPrefix("#") }) { return block }
                let answer = player.play(input.filter { !$0.hasPrefix("#") })
                return (input + ["----"] + answer).joined(separator: "\n")
            }.joined(separator: "\n\n").trimmingCharacters(in: .newlines) + "\n"
        if ProcessInfo.processInfo.environment["UPDATE"] == "1" {
            try played.write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(played == text, "\(file): run with UPDATE=1 and read the diff")
        }
    }
}
