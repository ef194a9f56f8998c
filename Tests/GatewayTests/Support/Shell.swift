import Foundation

/// Runs a real client and gives back what it printed.
enum Shell {
    struct Result: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    static func run(_ program: String, _ arguments: [String], input: String? = nil) async throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        let errors = Pipe()
        let source = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = source
        try process.run()
        if let input { source.fileHandleForWriting.write(Data(input.utf8)) }
        try source.fileHandleForWriting.close()
        async let printed = output.fileHandleForReading.everything()
        async let complained = errors.fileHandleForReading.everything()
        let (out, err) = await (printed, complained)
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume(returning: process.terminationStatus)
            }
        }
        return Result(status: status, output: out, errors: err)
    }

    static func curl(_ arguments: String...) async throws -> Result {
        try await run("curl", ["-sS", "--max-time", "60"] + arguments)
    }
}

extension FileHandle {
    /// All until the end, read on a thread that may block.
    fileprivate func everything() async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let data = (try? self.readToEnd()) ?? Data()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}

/// A directory that goes away with the value's last use.
final class TemporaryDirectory: Sendable {
    let path: String
    init() throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("skiff-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
