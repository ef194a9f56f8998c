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
        try start(program, arguments, input: input, environment: environment).result(timeoutSeconds: timeoutSeconds)
    }

    /// Starts a program; its `result` waits for the end.
    static func start(
        _ program: String, _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
    ) throws -> Running {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let folder = FileManager.default.temporaryDirectory.appending(path: "skiff-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let running = Running(process: process, folder: folder, name: "\(program) \(arguments)")
        // Files, not pipes: a program that prints much never waits for us.
        for file in [running.outputFile, running.errorsFile] {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        }
        process.standardOutput = try FileHandle(forWritingTo: running.outputFile)
        process.standardError = try FileHandle(forWritingTo: running.errorsFile)
        if let input {
            let file = folder.appending(path: "input")
            try Data(input.utf8).write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try process.run()
        return running
    }

    /// A program that was started. Whoever lets go of it ends it.
    final class Running {
        private let process: Process
        private let folder: URL
        private let name: String
        var outputFile: URL { folder.appending(path: "output") }
        var errorsFile: URL { folder.appending(path: "errors") }

        init(process: Process, folder: URL, name: String) {
            self.process = process
            self.folder = folder
            self.name = name
        }

        deinit {
            end()
            try? FileManager.default.removeItem(at: folder)
        }

        var isRunning: Bool { process.isRunning }

        /// What it has printed so far.
        var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }

        /// Waits for its end.
        func result(timeoutSeconds: Double = 120) throws -> CommandResult {
            let deadline = Date(timeIntervalSinceNow: timeoutSeconds)
            while process.isRunning {
                if Date() > deadline {
                    end()
                    throw CommandFailure(description: "\(name) did not end within \(timeoutSeconds) s: \(output)")
                }
                usleep(5_000)
            }
            return CommandResult(
                exitCode: process.terminationStatus, output: output,
                errors: String(decoding: try Data(contentsOf: errorsFile), as: UTF8.self))
        }

        /// Asks it to end, as Ctrl-C does.
        func interrupt() { if process.isRunning { kill(process.processIdentifier, SIGINT) } }

        /// Ends it by force.
        func end() {
            guard process.isRunning else { return }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }
}
