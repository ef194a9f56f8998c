import Foundation

/// What a finished program printed and how it ended.
public struct ProgramResult: Sendable {
    public var exitCode: Int32
    public var output: String
    public var errors: String
    public init(exitCode: Int32, output: String, errors: String) {
        self.exitCode = exitCode
        self.output = output
        self.errors = errors
    }
    /// The output without white space around it.
    public var text: String { output.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// A program could not be run, or ended in another way than the test wants.
public struct ProgramFailure: Error, CustomStringConvertible {
    public var description: String
    public init(description: String) { self.description = description }
}

/// Runs real programs as a person would in a shell.
public enum Program {
    /// Runs a program to its end and returns what it printed; `input` goes to its standard input.
    public static func run(
        _ program: String, _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
        timeoutSeconds: Double = 120
    ) throws -> ProgramResult {
        try start(program, arguments, input: input, environment: environment).result(timeoutSeconds: timeoutSeconds)
    }

    /// Starts a program; its `result` waits for the end.
    public static func start(
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
        // The program has descriptors of its own; ours would stay open as long as Foundation keeps the process.
        var handles = [
            try FileHandle(forWritingTo: running.outputFile), try FileHandle(forWritingTo: running.errorsFile),
        ]
        defer { for handle in handles { try? handle.close() } }
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        if let input {
            let file = folder.appending(path: "input")
            try Data(input.utf8).write(to: file)
            handles.append(try FileHandle(forReadingFrom: file))
            process.standardInput = handles[2]
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try process.run()
        return running
    }

    /// A program that was started. Whoever lets go of it ends it.
    public final class Running {
        private let process: Process
        private let folder: URL
        private let name: String
        public var outputFile: URL { folder.appending(path: "output") }
        public var errorsFile: URL { folder.appending(path: "errors") }

        init(process: Process, folder: URL, name: String) {
            self.process = process
            self.folder = folder
            self.name = name
        }

        deinit {
            end()
            try? FileManager.default.removeItem(at: folder)
        }

        public var isRunning: Bool { process.isRunning }

        /// What it has printed so far.
        public var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }

        /// Waits for its end.
        public func result(timeoutSeconds: Double = 120) throws -> ProgramResult {
            let deadline = Date(timeIntervalSinceNow: timeoutSeconds)
            while process.isRunning {
                if Date() > deadline {
                    end()
                    throw ProgramFailure(description: "\(name) did not end within \(timeoutSeconds) s: \(output)")
                }
                usleep(5_000)
            }
            return ProgramResult(
                exitCode: process.terminationStatus, output: output,
                errors: String(decoding: try Data(contentsOf: errorsFile), as: UTF8.self))
        }

        /// The same without holding a thread.
        public func ended(timeoutSeconds: Double = 120) async throws -> ProgramResult {
            let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
            while process.isRunning, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
            return try result(timeoutSeconds: 0)
        }

        /// Asks it to end, as Ctrl-C does.
        public func interrupt() { if process.isRunning { kill(process.processIdentifier, SIGINT) } }

        /// Ends it by force.
        public func end() {
            guard process.isRunning else { return }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }
}
