import Foundation
import Testing

/// A program that is run to its end. Its output goes through a file, so that a child which it leaves behind cannot
/// keep a reader waiting.
struct Program {
    var executable: String
    var arguments: [String]
    var environment: [String: String] = [:]

    /// Standard output and error together, and how it ended. Killed after `timeoutSeconds`.
    func run(timeoutSeconds: Double = 60) async throws -> (output: String, status: Int32) {
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
                Issue.record("\(executable) \(arguments) took too long")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        return (try String(contentsOf: file, encoding: .utf8), process.terminationStatus)
    }
}

/// A directory that goes when it is not needed any more.
final class TemporaryDirectory: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "etcd-front-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
