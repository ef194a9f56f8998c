import Foundation
import Testing

@testable import MariaDB

@Suite struct ProgramsTests {
    private let output = FileManager.default.temporaryDirectory.path + "/programs-\(UUID().uuidString)"

    /// A listener or a client's connection that a child holds does not end with us.
    @Test func aProgramInheritsNothingWhateverIsOpenedMeanwhile() async throws {
        defer { try? FileManager.default.removeItem(atPath: output) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    // As libraries make them, without close-on-exec, and ever more.
                    let sockets = (0..<2_000).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
                    for socket in sockets { close(socket) }
                    await Task.yield()
                }
            }
            defer { group.cancelAll() }
            for _ in 0..<30 {
                #expect(try await Programs.run("/bin/ls", ["/proc/self/fd"], output: output) == 0)
                // The last is the folder itself.
                let listed = try String(contentsOfFile: output, encoding: .utf8)
                #expect(listed == "0\n1\n2\n3\n")
            }
        }
    }

    @Test func theEndOfAProgramIsTold() async throws {
        defer { try? FileManager.default.removeItem(atPath: output) }
        #expect(try await Programs.run("/bin/sh", ["-c", "echo out; echo err >&2; exit 7"], output: output) == 7)
        #expect(try String(contentsOfFile: output, encoding: .utf8) == "out\nerr\n")
        await #expect(throws: PrivateServer.Failure.self) {
            try await Programs.run("/nonexistent", [], output: output)
        }
        let child = try Programs.start("/bin/sleep", ["60"])
        #expect(Programs.isRunning(child))
        await Programs.end(child, graceSeconds: 5)
        #expect(!Programs.isRunning(child))
    }

    @Test func aProgramEndsWithItsTask() async throws {
        defer { try? FileManager.default.removeItem(atPath: output) }
        let output = output
        let task = Task { try await Programs.run("/bin/sh", ["-c", "echo $$; sleep 60; true"], output: output) }
        var number: pid_t?
        while number == nil {
            number = (try? String(contentsOfFile: output, encoding: .utf8)).flatMap { pid_t($0.dropLast()) }
            await Task.yield()
        }
        task.cancel()
        #expect(try await task.value == 128 + SIGTERM)
        #expect(!Programs.isRunning(number ?? 0))
    }
}
