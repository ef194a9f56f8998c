import APIMachinery
import Foundation
import TestKit

/// A real `skiff up --ephemeral`, known only by the line that it printed.
final class EphemeralCluster {
    let process = Process()
    private(set) var facts = JSON.null
    private let input: Pipe
    private let output = Pipe()
    private let log: String

    /// Starts it and waits for its line, unless that is left to the caller. `temporary` is where it makes its directory.
    init(_ arguments: [String] = [], temporary: String, waits: Bool = true) throws {
        input = Pipe()
        log = "\(temporary)/\(UUID().uuidString.prefix(8)).log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.executableURL = URL(filePath: ClusterProcess.binary)
        process.arguments = ["up", "--ephemeral"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": temporary]) { $1 }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        try process.run()
        try input.fileHandleForReading.close()
        try output.fileHandleForWriting.close()
        if waits { try waitForLine() }
    }

    func waitForLine() throws {
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            // What there is; nothing at the end.
            let piece = output.fileHandleForReading.availableData
            if piece.isEmpty { break }
            line += piece
        }
        guard let facts = try? JSON(parsing: Array(line)) else {
            process.terminate()
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw ProgramFailure(description: "no line of JSON: \(String(decoding: line, as: UTF8.self)) \(text)")
        }
        self.facts = facts
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    func fact(_ name: String) -> String { facts[name]?.string ?? "" }

    /// Closes its standard input, which nobody has read from.
    func letGo() throws { try input.fileHandleForWriting.close() }

    func waitUntilGone() throws { try wait("the cluster to end", seconds: 20) { !process.isRunning } }

    func kubectl(_ arguments: [String]) throws -> String {
        let environment = ["KUBECONFIG": fact("kubeconfig"), "HOME": fact("dataDirectory")]
        let result = try Program.run("kubectl", arguments, environment: environment)
        guard result.exitCode == 0 else {
            throw ProgramFailure(description: "kubectl \(arguments): \(result.errors)\(result.output)")
        }
        return result.text
    }

    /// The status of an answer to curl as the administrator.
    func status(_ path: String) throws -> String {
        try Program.run(
            "curl",
            [
                "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20", "-H",
                "Authorization: Bearer \(fact("token"))", fact("http") + path,
            ]
        ).text
    }
}

/// What of the machine a cluster could leave behind, for comparing before and after.
struct Leftovers: Equatable {
    var files: [String]
    var processes: [String]
    var mounts: [String]
    var networks: [String]

    /// What is here and was not there before, all kinds together. The kernel lets go of a closed socket's name a little later,
    /// so names may be looked at apart.
    func added(since before: Leftovers, withNetworks: Bool = true) -> [String] {
        let kinds = [(files, before.files), (processes, before.processes), (mounts, before.mounts)]
        let names = withNetworks ? [(networks, before.networks)] : []
        return (kinds + names).flatMap { Set($0).subtracting($1).sorted() }
    }

    /// `temporary` is where clusters make their directories.
    static func now(_ temporary: String) throws -> Leftovers {
        let files = try FileManager.default.contentsOfDirectory(atPath: temporary).filter { $0.hasPrefix("skiff-") }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let processes = names.filter { name in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(name)/environ") else { return false }
            return String(decoding: environment, as: UTF8.self).contains("TMPDIR=\(temporary)\0")
        }
        let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n")
            .filter { $0.contains(temporary) }
        let sockets = try String(contentsOfFile: "/proc/net/unix", encoding: .utf8).split(separator: "\n")
            .filter { $0.contains("@skiff/network/") }
        return Leftovers(
            files: files.sorted(), processes: processes.sorted(), mounts: mounts.map(String.init),
            networks: sockets.compactMap { $0.split(separator: " ").last.map(String.init) }.sorted())
    }
}
