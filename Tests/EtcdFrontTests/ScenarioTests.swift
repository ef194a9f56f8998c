import Foundation
import TestKit
import Testing

/// The same `etcdctl` commands against Debian's etcd and against ours must show the same, but for what no two clusters
/// have in common.
@Suite(.serialized, .enabled(if: EtcdProcess.isInstalled)) struct ScenarioTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios")

    @Test(arguments: ["keys", "transactions", "history", "watches", "leases", "members", "locks"])
    func showsWhatEtcdShows(_ name: String) async throws {
        let etcd = try await EtcdProcess()
        let expected = try await Self.run(name, etcd.endpoint)
        let found = try await ServedDirectory.run { try await Self.run(name, $0.endpoint) }
        #expect(!expected.isEmpty)
        let difference = found.difference(from: expected)
        for change in difference {
            switch change {
            case .remove(let line, let text, _): Issue.record("etcd's line \(line + 1): \(text)")
            case .insert(let line, let text, _): Issue.record("our line \(line + 1): \(text)")
            }
        }
    }

    private static func run(_ name: String, _ endpoint: String) async throws -> [String] {
        let directory = TemporaryDirectory()
        let script = ["prelude", name].map { ". \"\(folder.path)/\($0).sh\"" }.joined(separator: "\n")
        let shell = Tool(
            executable: "/bin/bash", arguments: ["-c", script],
            environment: ["ENDPOINT": endpoint, "DIRECTORY": directory.path, "ETCDCTL_API": "3"])
        let (output, _) = try await shell.run(timeoutSeconds: 120)
        let text = output.replacing("http://\(endpoint)", with: "URL").replacing(endpoint, with: "ENDPOINT")
        return mask(text.replacing(directory.path, with: "DIRECTORY"))
    }

    /// What differs between any two clusters, by what is shown instead.
    private static let masks: [(String, String)] = [
        // etcdctl's own log: only the server's error is of interest.
        (#"^\{"level":"(info|debug)".*$"#, ""),
        (#"^\{"level":"(warn|error)".*"error":("[^"]*").*$"#, "$2"),
        (#""(cluster_id|member_id|ID|leader|raft_term|raftTerm|raftIndex|raftAppliedIndex)":\d+"#, "\"$1\":0"),
        (#""(dbSize|totalSize|totalKey)":\d+"#, "\"$1\":0"),
        // An empty store of ours holds nothing, and nothing is not shown.
        (#","dbSizeInUse":\d+"#, ""),
        (#"^"(ClusterID|MemberID|RaftTerm|Lease)" : \d+"#, "\"$1\" : 0"),
        (#""version":"[0-9.]+""#, "\"version\":\"\""),
        (#", \d+\.\d+\.\d+, [0-9.]+ [kMG]?B, "#, ", VERSION, SIZE, "),
        (#"(true|false), (true|false), \d+, \d+, \d+, "#, "$1, $2, TERM, INDEX, INDEX, "),
        // A store of one member listens for no others.
        (#"https?://[a-z0-9.]+:\d+"#, "URL"), (#"default, (URL)?, URL"#, "default, URL"),
        (#""peerURLs":\["URL"\],"#, ""), (#""hash":\d+,"revision""#, "\"hash\":0,\"revision\""),
        (#"took = [0-9.µnm]+s"#, "took = TIME"),
        (#""(id|lease)":\d+"#, "\"$1\":0"), (#"\b[0-9a-f]{14,16}\b"#, "NUMBER"),
        (#"remaining\(\d+s\)"#, "remaining"), (#""ttl":\d+,"granted"#, "\"ttl\":0,\"granted"),
    ]

    private static func mask(_ output: String) -> [String] {
        var text = output
        for (pattern, replacement) in masks {
            text = text.replacingOccurrences(
                of: "(?m)" + pattern, with: replacement, options: .regularExpression)
        }
        return text.split(separator: "\n").map(String.init)
    }
}
