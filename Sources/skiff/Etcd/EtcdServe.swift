import ArgumentParser
import Basics
import EtcdFront
import EtcdStore
import Foundation
import GRPCServer
import Logging
import ServiceLifecycle

/// `skiff etcd serve`: one member of the store as a process of its own, until Ctrl-C or SIGTERM. The flags have etcd's
/// names where they mean the same.
struct EtcdServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs one member of the store as a process of its own.")

    @Option(help: "What the member is called in the cluster.")
    var name: String
    @Option(help: "Where its log and snapshots are kept.")
    var dataDir: String
    @Option(help: "ADDR:PORT for clients; without certificates a loopback address.")
    var listenClient: String
    @Option(help: "ADDR:PORT for the other members.")
    var listenPeer: String
    @Option(help: "URL at which clients reach it, if not at --listen-client.")
    var advertiseClientUrls: String?
    @Option(help: "The members that a new cluster begins with, or those of an existing one: NAME=https://HOST:PORT,…")
    var initialCluster: String
    @Option(help: "Tells clusters apart whose members have the same addresses.")
    var initialClusterToken = "skiff"
    @Option(help: "new, or existing for a member that the cluster has been told of with member add.")
    var initialClusterState: ClusterState = .new
    @OptionGroup var certificates: CertificateOptions
    @Option(help: "A snapshot is taken once the log since the last one has so many bytes (64 MiB).")
    var snapshotLogBytes: Int?
    @Option(parsing: .unconditional, help: Self.quotaHelp)
    var quotaBackendBytes: Int?
    @Option(help: "Log level: trace, debug, info, notice, warning, error (info).")
    var logLevel: Logger.Level = .info

    static let quotaHelp = ArgumentHelp(
        """
        How much the store may hold in memory before it only takes what makes it smaller: 0 is the default, 8 GiB, the \
        most that etcd recommends; negative is without limit.
        """, valueName: "bytes")
    /// How often certificates' files are looked at.
    private static let certificateLook = Duration.seconds(60)
    private static let leastSnapshotLogBytes = 1 << 20

    enum ClusterState: String, ExpressibleByArgument { case new, existing }

    /// PEM files; `skiff certs` or any authority makes them.
    struct CertificateOptions: ParsableArguments {
        @Option(help: "Certificate of the client listener.")
        var certFile: String?
        @Option(help: "Its key.")
        var keyFile: String?
        @Option(help: "Who signs the clients' certificates.")
        var trustedCaFile: String?
        @Option(help: "Certificate that is shown to other members, as server and as client.")
        var peerCertFile: String
        @Option(help: "Its key.")
        var peerKeyFile: String
        @Option(help: "Who signs the other members' certificates.")
        var peerTrustedCaFile: String

        /// Certificate, key and authority.
        func peerFiles() throws -> FollowedFiles {
            for path in [peerCertFile, peerKeyFile, peerTrustedCaFile]
            where !FileManager.default.isReadableFile(atPath: path) {
                throw ValidationError("the file \(path) cannot be read")
            }
            return try FollowedFiles([peerCertFile, peerKeyFile, peerTrustedCaFile])
        }
    }

    func validate() throws {
        let client = [certificates.certFile, certificates.keyFile, certificates.trustedCaFile]
        guard client.allSatisfy({ $0 == nil }) || client.allSatisfy({ $0 != nil }) else {
            throw ValidationError("--cert-file, --key-file and --trusted-ca-file go together")
        }
        if let snapshotLogBytes, snapshotLogBytes < Self.leastSnapshotLogBytes {
            throw ValidationError("--snapshot-log-bytes must be at least \(Self.leastSnapshotLogBytes)")
        }
    }

    func run() async throws {
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let client = try ListenAddress(listenClient, flag: "listen-client")
        let peerFiles = try certificates.peerFiles()
        let store = try await EmbeddedStore.open(
            directory: dataDir, cluster: try settings(client, peerFiles), limits: limits, logger: Logger(label: "store")
        )
        let server: EtcdServer
        do {
            server = try EtcdServer(
                store, address: client.address, port: client.port, security: clientSecurity,
                logger: Logger(label: "etcd"))
        } catch {
            await store.close()
            throw error
        }
        let services: [any Service] = [
            LastService("store") { await store.close() }, Loop("etcd") { try await server.run() },
            MemberWatchdog(store: store, logger: Logger(label: "store")),
            Loop("peer certificate") { [peerFiles] in await Self.follow(peerFiles, of: store) },
        ]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { service in
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: service, successTerminationBehavior: .gracefullyShutdownGroup)
                }, gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "services")))
        try await group.run()
    }

    // MARK: What the store is given

    private var limits: StoreLimits {
        var limits = StoreLimits()
        limits.setQuota(quotaBackendBytes)
        if let snapshotLogBytes {
            limits.logBytesPerSnapshot = snapshotLogBytes
            // The log is cut by whole segments.
            limits.segmentBytes = min(limits.segmentBytes, snapshotLogBytes / 2)
            // Who lags behind by more gets a snapshot instead of the log.
            limits.raft.retainedBytes = min(limits.raft.retainedBytes, snapshotLogBytes)
            limits.keptBytes = min(limits.keptBytes, snapshotLogBytes)
        }
        return limits
    }

    private func settings(_ client: ListenAddress, _ peerFiles: FollowedFiles) throws -> ClusterSettings {
        let peer = try ListenAddress(listenPeer, flag: "listen-peer")
        let address = PeerAddress(host: peer.address, port: peer.port)
        let scheme = certificates.certFile == nil ? "http" : "https"
        let host = client.address.contains(":") ? "[\(client.address)]" : client.address
        var clientURLs = ["\(scheme)://\(host):\(client.port)"]
        if let advertiseClientUrls { clientURLs = advertiseClientUrls.split(separator: ",").map { String($0) } }
        let (bootstrap, peerURLs) = try bootstrap()
        return ClusterSettings(
            name: name, bootstrap: bootstrap, listen: address, peerURLs: peerURLs, clientURLs: clientURLs,
            security: PeerSecurity(files: peerFiles.contents))
    }

    private func bootstrap() throws -> (StoreBootstrap, peerURLs: [String]) {
        let cluster: InitialCluster
        do throws(StoreError) {
            cluster = try InitialCluster(parsing: initialCluster, token: initialClusterToken)
        } catch {
            throw ValidationError("--initial-cluster: \(error)")
        }
        guard let own = cluster.members.first(where: { $0.name == name }) else {
            throw ValidationError("--initial-cluster does not name the member \(name)")
        }
        switch initialClusterState {
        case .new:
            return (.newCluster(cluster, name: name), own.peerURLs)
        case .existing:
            // The others know under which number this one has been added.
            let others = cluster.members.filter { $0.name != name }.flatMap(\.peerURLs)
            if others.isEmpty { throw ValidationError("--initial-cluster must name a member that runs") }
            return (.joinThrough(others), own.peerURLs)
        }
    }

    private var clientSecurity: CallSecurity {
        guard let certificate = certificates.certFile, let key = certificates.keyFile,
            let authority = certificates.trustedCaFile
        else { return .insecure }
        return .mutualTLS(certificatePath: certificate, keyPath: key, clientAuthorityPath: authority)
    }

    /// Shows the other members what is in the files now, as `GRPCServer` does with clients.
    private static func follow(_ files: FollowedFiles, of store: EmbeddedStore) async {
        let logger = Logger(label: "store")
        while (try? await Task.sleep(for: certificateLook)) != nil {
            let look = files.look { try store.changePeerSecurity(to: PeerSecurity(files: $0)) }
            switch look {
            case .used:
                logger.notice("other members are shown a new certificate", metadata: ["files": "\(files.paths)"])
            case .unusable(let reason, isNew: true):
                logger.warning(
                    "the certificate for other members cannot be used, the former is still shown",
                    metadata: ["files": "\(files.paths)", "error": "\(reason)"])
            case .unchanged, .unusable: break
            }
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// Ends the process when its member has stopped for good, with an error so that whoever watches over it sees it, or
/// was removed from the cluster.
struct MemberWatchdog: Service {
    let store: EmbeddedStore
    let logger: Logger
    private static let pause = Duration.milliseconds(500)

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { group.cancelAll() }
                    group.addTask {
                        for await _ in store.leadershipChanges {}
                        try Task.checkCancellation()
                        throw StoreError.stopped("the member has stopped; its log says why")
                    }
                    group.addTask { try await waitUntilRemoved() }
                    try await group.next()
                }
            }
        } catch is CancellationError {
            // Ended because it was asked to.
        }
    }

    /// Who joins may learn from an old snapshot of a cluster without itself; so only a member can be removed.
    private func waitUntilRemoved() async throws {
        var wasMember = false
        while true {
            let status = try await store.status()
            if wasMember, status.isRemoved { break }
            wasMember = wasMember || status.isMember
            try await Task.sleep(for: Self.pause)
        }
        logger.notice("This member was removed from the cluster and ends; its directory is of no more use")
    }
}

extension PeerSecurity {
    /// Certificate, key and authority, as `peerFiles` gives them.
    fileprivate init(files: [[UInt8]]) {
        self.init(certificateChain: files[0], privateKey: files[1], trustedRoots: files[2])
    }
}
