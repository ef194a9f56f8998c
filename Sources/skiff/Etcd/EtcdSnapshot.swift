import ArgumentParser
import EtcdBackend
import EtcdStore
import Foundation

/// `skiff etcd snapshot`: the whole store in one file, in the format of etcd's own snapshots.
struct EtcdSnapshot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Saves, restores and describes snapshots.",
        subcommands: [Save.self, Restore.self, Status.self])

    struct Save: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Saves a snapshot of a running member.")
        @OptionGroup var access: EtcdAccess
        @Argument(help: "The file to write.")
        var file: String

        func run() async throws {
            let size = try await access.run { try await $0.saveSnapshot(to: file) }
            print("Snapshot saved at \(file), \(size) bytes")
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the directory of a member of a new cluster from a snapshot.",
            discussion: """
                For `skiff up` the directory is `store` in its data directory. For a cluster of several members restore \
                the same file once for each of them, with the same --initial-cluster.
                """)
        @Argument(help: "A snapshot of Skiff's store or of an etcd.")
        var file: String
        @Option(help: "The directory to make.")
        var dataDir: String
        @Option(help: "What the member is called in the cluster.")
        var name = "default"
        @Option(help: "The members that the cluster begins with: NAME=https://HOST:PORT,…")
        var initialCluster: String?
        @Option(help: "Tells clusters apart whose members have the same addresses.")
        var initialClusterToken = "skiff"
        @Flag(help: "Takes a file without a checksum, such as a copy of an etcd's database.")
        var skipHashCheck = false

        func run() async throws {
            let backend = try BackendFile(path: file, needsChecksum: !skipHashCheck)
            let text = initialCluster ?? "\(name)=https://127.0.0.1:2380"
            // A cluster that was restored twice is two clusters.
            let token = initialCluster == nil ? UUID().uuidString : initialClusterToken
            let cluster: InitialCluster
            do throws(StoreError) {
                cluster = try InitialCluster(parsing: text, token: token)
            } catch {
                throw ValidationError("--initial-cluster: \(error)")
            }
            let identity = try StoreRestore.run(
                KeyValueSnapshot(backend.state), cluster: cluster, name: name, directory: dataDir)
            print(
                "Restored revision \(backend.state.revision) as member \(String(identity.member, radix: 16)) of "
                    + "cluster \(String(identity.cluster, radix: 16)) in \(dataDir)")
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Checks a snapshot and says what is in it.")
        @Argument(help: "A snapshot file.")
        var file: String

        func run() async throws {
            let backend = try BackendFile(path: file, needsChecksum: false)
            print(
                """
                hash      \(String(backend.hash, radix: 16))
                revision  \(backend.state.revision)
                compacted \(backend.state.compactedRevision)
                keys      \(backend.state.table.liveCount)
                versions  \(backend.versionCount)
                leases    \(backend.state.leases.count)
                bytes     \(backend.size)
                """)
        }
    }
}

/// `skiff etcd check`: reads every record of a member's directory and compares every checksum.
struct EtcdCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Verifies a stopped member's log and snapshots.")
    @Argument(help: "The member's directory; of `skiff up` it is `store` in its data directory.")
    var directory: String

    func run() throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue
        else { throw StoreError.stopped("\(directory) is no directory") }
        let found = try StoreInspection(directory: directory)
        guard let identity = found.identity ?? (found.log.damage == nil ? nil : StoreIdentity(cluster: 0, member: 0))
        else { throw StoreError.stopped("\(directory) has no log, so it is no member's directory") }
        print("member \(String(identity.member, radix: 16)) of cluster \(String(identity.cluster, radix: 16))")
        for snapshot in found.snapshots {
            let verdict =
                snapshot.damage.map { "DAMAGED: \($0)" }
                ?? "whole: revision \(snapshot.revision), \(snapshot.keyCount) keys, \(snapshot.sizeInBytes) bytes"
            print("snapshot \(snapshot.file) \(verdict)")
        }
        let log = found.log
        let verdict =
            log.damage.map { "DAMAGED: \($0)" }
            ?? "whole: \(log.recordCount) records, \(entries(of: log)), term \(log.term)"
        print("log in \(log.files) files \(verdict)")
        if log.tornBytes > 0 {
            print("the last write did not finish (\(log.tornBytes) bytes); nobody was told of it, a start removes it")
        }
        if !found.isWhole { throw ExitCode.failure }
    }

    private func entries(of log: StoreInspection.LogFinding) -> String {
        log.lastIndex < log.firstIndex
            ? "no entries yet after entry \(log.lastIndex)" : "entries \(log.firstIndex) to \(log.lastIndex)"
    }
}
