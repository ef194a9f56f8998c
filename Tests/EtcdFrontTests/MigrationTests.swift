import EtcdStore
import Foundation
import KeyValueCore
import Logging
import TestKit
import Testing

@testable import EtcdFront

/// Snapshots go from our store into Debian's etcd, and from that into ours.
@Suite(.serialized, .enabled(if: EtcdProcess.isInstalled)) struct MigrationTests {
    private static func etcdctl(_ endpoint: String, _ arguments: String...) async throws -> String {
        let program = Tool(executable: "/usr/bin/etcdctl", arguments: ["--endpoints=\(endpoint)"] + arguments)
        let (output, status) = try await program.run()
        #expect(status == 0, "\(output)")
        return output
    }

    /// Enough for more than one level of the file's tree.
    private static func fill(_ endpoint: String) async throws -> String {
        let script = """
            e() { etcdctl --endpoints=\(endpoint) "$@"; }
            lease=$(e lease grant 600 | cut -d' ' -f2)
            e put leased value --lease=$lease
            for number in $(seq 1 12); do
                { echo; for key in $(seq 1 100); do echo "put key/$number/$key '$(printf %200s $number)'"; done; echo; echo; } \
                    | e txn >/dev/null
            done
            e del key/7/ --prefix
            e put key/1/1 second
            e compact 12
            e put last value
            """
        let (output, status) = try await Tool(executable: "/bin/bash", arguments: ["-euc", script]).run()
        #expect(status == 0)
        return output
    }

    /// Everything that clients can see, now and in the past.
    private static func contents(_ endpoint: String) async throws -> [String] {
        var contents: [String] = []
        for revision in ["0", "12", "15"] {
            let answer = try await etcdctl(endpoint, "get", "", "--prefix", "--rev=\(revision)", "-w", "fields")
            // The first lines are about the cluster.
            contents.append(
                answer.split(separator: "\n").filter {
                    !$0.hasSuffix("ID\" : ") && !$0.hasPrefix("\"ClusterID")
                        && !$0.hasPrefix("\"MemberID") && !$0.hasPrefix("\"RaftTerm") && !$0.hasPrefix("\"Revision")
                }.joined(separator: "\n"))
        }
        return contents
    }

    @Test(.timeLimit(.minutes(2))) func etcdRestoresOurSnapshot() async throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/snapshot.db"
        let ours = try await ServedDirectory.run { served in
            _ = try await Self.fill(served.endpoint)
            _ = try await Self.etcdctl(served.endpoint, "snapshot", "save", file)
            return try await Self.contents(served.endpoint)
        }
        let peer = try FreePorts.take()
        let restore = Tool(
            executable: "/usr/bin/etcdctl",
            arguments: [
                "snapshot", "restore", file, "--data-dir", directory.path + "/data",
                "--initial-cluster", "default=http://127.0.0.1:\(peer)",
                "--initial-advertise-peer-urls", "http://127.0.0.1:\(peer)",
            ])
        let (output, status) = try await restore.run()
        #expect(status == 0, "\(output)")
        let etcd = try await EtcdProcess(dataDirectory: directory.path + "/data", peerPort: peer)
        #expect(try await Self.contents(etcd.endpoint) == ours)
        let leases = try await Self.etcdctl(etcd.endpoint, "lease", "list")
        #expect(leases.hasPrefix("found 1 leases"))
        _ = try await Self.etcdctl(etcd.endpoint, "put", "another", "value")
    }

    @Test(.timeLimit(.minutes(2))) func weRestoreEtcdsSnapshot() async throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/snapshot.db"
        let etcd = try await EtcdProcess()
        _ = try await Self.fill(etcd.endpoint)
        _ = try await Self.etcdctl(etcd.endpoint, "snapshot", "save", file)
        let theirs = try await Self.contents(etcd.endpoint)
        let cluster = try InitialCluster(parsing: "default=https://127.0.0.1:2380", token: "test")
        let identity = try StoreRestore.run(
            KeyValueSnapshot(try BackendFile(path: file).state), cluster: cluster, name: "default",
            directory: directory.path + "/store")
        #expect(throws: StoreError.self) {
            try StoreRestore.run(
                KeyValueSnapshot(KeyValueState()), cluster: cluster, name: "default",
                directory: directory.path + "/store")
        }
        try await ServedDirectory.run(directory: directory.path + "/store") { served in
            #expect(served.store.identity == identity)
            #expect(try await Self.contents(served.endpoint) == theirs)
            #expect(try served.store.leases().count == 1)
            _ = try await Self.etcdctl(served.endpoint, "put", "another", "value")
        }
        let found = try StoreInspection(directory: directory.path + "/store")
        #expect(found.isWhole)
        #expect(found.identity == identity)
    }

    /// What our own client saves is what etcdctl would.
    @Test(.timeLimit(.minutes(1))) func ourClientSavesAndListsMembers() async throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/snapshot.db"
        try await ServedDirectory.run { served in
            _ = try await Self.etcdctl(served.endpoint, "put", "key", "value")
            let endpoint = try EtcdEndpoint("http://\(served.endpoint)")
            try await EtcdAdministrator.run(endpoint, tls: EtcdClientTLS()) { administrator in
                #expect(try await administrator.members().map(\.member.id) == [served.store.identity.member])
                let size = try await administrator.saveSnapshot(to: file)
                #expect(size % 512 == 32)
                await #expect(throws: (any Error).self) { try await administrator.removeMember(1) }
            }
            #expect(try BackendFile(path: file).state.revision == 2)
            let served = Tool(executable: "/usr/bin/etcdctl", arguments: ["snapshot", "status", file])
            #expect(try await served.run().status == 0)
        }
    }

    @Test func damageInALogIsFoundAndNotTouched() async throws {
        let directory = TemporaryDirectory()
        let store = try await EmbeddedStore.open(directory: directory.path)
        for number in 0..<50 {
            _ = try await store.transact(
                Transaction(success: [.put(key: Array("k\(number)".utf8), value: [UInt8](repeating: 7, count: 900))]))
        }
        #expect(throws: StoreError.locked(directory: directory.path)) {
            try StoreInspection(directory: directory.path)
        }
        await store.close()
        let whole = try StoreInspection(directory: directory.path)
        #expect(whole.isWhole && whole.log.recordCount >= 50 && whole.log.tornBytes == 0)
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: directory.path).first { $0.hasSuffix(".log") })
        let url = URL(filePath: directory.path).appending(path: name)
        var bytes = try Data(contentsOf: url)
        bytes[bytes.startIndex + 20_000] ^= 1
        try bytes.write(to: url)
        let damaged = try StoreInspection(directory: directory.path)
        #expect(!damaged.isWhole)
        #expect(try Data(contentsOf: url) == bytes)
    }
}
