import TestKit

/// Runs a real client and gives back what it printed.
enum Shell {
    static func run(_ program: String, _ arguments: [String], input: String? = nil) async throws -> ProgramResult {
        try await Program.start(program, arguments, input: input).ended()
    }

    static func curl(_ arguments: String...) async throws -> ProgramResult {
        try await run("curl", ["-sS", "--max-time", "60"] + arguments)
    }
}
