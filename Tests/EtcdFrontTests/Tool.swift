import TestKit

/// A program that is run to its end.
struct Tool {
    var executable: String
    var arguments: [String]
    var environment: [String: String] = [:]

    /// Standard output and error, one after the other, and how it ended. Killed after `timeoutSeconds`.
    func run(timeoutSeconds: Double = 60) async throws -> (output: String, status: Int32) {
        let result = try await Program.start(executable, arguments, environment: environment)
            .ended(timeoutSeconds: timeoutSeconds)
        return (result.output + result.errors, result.exitCode)
    }
}
