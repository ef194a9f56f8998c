import TestKit

/// A program that is run to its end.
package struct Tool {
    package var executable: String
    package var arguments: [String]
    package var environment: [String: String]

    package init(executable: String, arguments: [String], environment: [String: String] = [:]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// Standard output and error, one after the other, and how it ended. Killed after `timeoutSeconds`.
    package func run(timeoutSeconds: Double = 60) async throws -> (output: String, status: Int32) {
        let result = try await Program.start(executable, arguments, environment: environment)
            .ended(timeoutSeconds: timeoutSeconds)
        return (result.output + result.errors, result.exitCode)
    }
}
