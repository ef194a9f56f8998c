import Foundation

/// A program that is run to its end. Its output goes through a file, so that a child which it leaves behind cannot
/// keep a reader waiting.
package struct Program {
    package var executable: String
    package var arguments: [String]
    package var environment: [String: String]

    package init(executable: String, arguments: [String], environment: [String: String] = [:]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// It was killed, as it took too long.
    package struct TookTooLong: Error, CustomStringConvertible {
        package var description: String
    }

    /// Standard output and error together, and how it ended. Killed after `timeoutSeconds`, which is thrown.
    package func run(timeoutSeconds: Double = 60) async throws -> (output: String, status: Int32) {
        let file = FileManager.default.temporaryDirectory.appending(path: "output-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let output = try FileHandle(forWritingTo: file)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
        while process.isRunning {
            if ContinuousClock.now > deadline {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                throw TookTooLong(description: "\(executable) \(arguments) took too long")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        return (try String(contentsOf: file, encoding: .utf8), process.terminationStatus)
    }
}

/// A directory that goes when it is not needed any more.
package final class TemporaryDirectory: Sendable {
    package let path = FileManager.default.temporaryDirectory.appending(path: "etcd-\(UUID().uuidString)").path

    package init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
