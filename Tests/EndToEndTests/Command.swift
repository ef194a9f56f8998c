import Foundation

/// What a finished program printed and how it ended.
struct CommandResult: Sendable {
    var exitCode: Int32
    var output: String
    var errors: String
    /// The output without white space around it.
    var text: String { output.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// A program could not be run, or ended in another way than the test wants.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String
}

/// Runs real programs as a person would in a shell.
enum Command {
    /// Runs a program to its end and returns what it printed; `input` goes to its standard input.
    static func run(
        _ program: String, _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
        timeoutSeconds: Double = 120
    ) throws -> CommandResult {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let folder = FileManager.default.temporaryDirectory.appending(path: "skiff-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes: a program that prints much never waits for us.
        let output = folder.appending(path: "output")
        let errors = folder.appending(path: "errors")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        if let input {
            let file = folder.appending(path: "input")
            try Data(input.utf8).write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try process.run()
        let deadline = Date(timeIntervalSinceNow: timeoutSeconds)
        while process.isRunning {
            if Date() > deadline {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                throw CommandFailure(
                    description: "\(program) \(arguments) did not end within \(timeoutSeconds) s: "
                        + String(decoding: try Data(contentsOf: output), as: UTF8.self))
            }
            usleep(5_000)
        }
        return CommandResult(
            exitCode: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}
