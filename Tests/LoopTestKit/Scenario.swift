import Foundation

/// Text scenarios: blocks of command lines, `----`, and what they answered, up to an empty line. Run with UPDATE=1 to
/// write the answers anew, and read the difference.
public struct Scenario {
    public struct Difference: Error, CustomStringConvertible {
        public var description: String
    }

    /// Runs every block of a file beside the test's source; `answer` gets one command line at a time.
    public static func run(_ name: String, beside source: String = #filePath, _ answer: (String) throws -> String)
        throws
    {
        let url = URL(fileURLWithPath: source).deletingLastPathComponent().appendingPathComponent(
            "Scenarios/\(name).txt")
        let text = try String(contentsOf: url, encoding: .utf8)
        var output: [String] = []
        for block in text.components(separatedBy: "\n\n") {
            let lines = block.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
            if lines.isEmpty { continue }
            guard let end = lines.firstIndex(of: "----") else {
                // A block of comment alone.
                output.append(lines.joined(separator: "\n"))
                continue
            }
            let commands = lines[..<end]
            let answers = try commands.filter { !$0.hasPrefix("#") }.map(answer).filter { !$0.isEmpty }
            output.append((commands + ["----"] + answers).joined(separator: "\n"))
        }
        let result = output.joined(separator: "\n\n") + "\n"
        if result == text { return }
        if ProcessInfo.processInfo.environment["UPDATE"] == "1" {
            try result.write(to: url, atomically: true, encoding: .utf8)
            return
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
}
