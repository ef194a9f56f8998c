import Foundation

/// Text scenarios: blocks of command lines, `----`, and what they answered, parted by blank lines; lines that begin with
/// `#` are comment. Run with UPDATE=1 to write the answers anew, and read the difference.
public enum Scenario {
    public struct Difference: Error, CustomStringConvertible {
        public var description: String
    }

    /// The names of the `Scenarios/*.txt` beside the test's source, without their ending.
    public static func names(beside source: String = #filePath) -> [String] {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder(source).path)
        return (files ?? []).filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
    }

    /// Runs every block of a file beside the test's source; `answer` gets one command line at a time.
    public static func run(
        _ name: String, beside source: String = #filePath, _ answer: (String) throws -> String
    ) throws {
        try run(name, beside: source) { lines in try lines.map(answer).filter { !$0.isEmpty } }
    }

    /// The same, but `answer` gets a block's lines together.
    public static func run(
        _ name: String, beside source: String = #filePath, blocks answer: ([String]) throws -> [String]
    ) throws {
        let file = folder(source).appending(path: "\(name).txt")
        let text = try String(contentsOf: file, encoding: .utf8)
        let blocks = try text.components(separatedBy: "\n\n").compactMap { block -> String? in
            let lines = block.split(separator: "\n").map(String.init)
            if lines.isEmpty { return nil }
            let commands = lines.prefix { $0 != "----" }
            let wanted = commands.filter { !$0.hasPrefix("#") }
            if wanted.isEmpty { return lines.joined(separator: "\n") }
            return (commands + ["----"] + (try answer(wanted))).joined(separator: "\n")
        }
        let result = blocks.joined(separator: "\n\n") + "\n"
        if result == text { return }
        if ProcessInfo.processInfo.environment["UPDATE"] == "1" {
            return try result.write(to: file, atomically: true, encoding: .utf8)
        }
        let expected = text.components(separatedBy: "\n")
        let got = result.components(separatedBy: "\n")
        let line = zip(expected, got).prefix { $0.0 == $0.1 }.count
        throw Difference(
            description: """
                \(name).txt, line \(line + 1): expected
                \(expected[min(line, expected.count)...].prefix(6).joined(separator: "\n"))
                but got
                \(got[min(line, got.count)...].prefix(6).joined(separator: "\n"))
                """)
    }

    private static func folder(_ source: String) -> URL {
        URL(filePath: source).deletingLastPathComponent().appending(path: "Scenarios")
    }
}
