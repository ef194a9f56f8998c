import APIMachinery
import Basics
import ClusterClient
import Foundation
import KubeAPI
import Kubeadm
import Logging
import OutboundHTTP
import Synchronization

/// Who a node in a process of its own is to its cluster: by a kubeconfig, or by the certificate that it gets for a bootstrap
/// token (TLS bootstrapping, as the kubelet does it). The certificate is replaced while the node runs.
final class NodeIdentity: Sendable {
    /// Why it has none; a sentence.
    struct Failure: Error, Equatable, CustomStringConvertible { var description: String }

    /// What is told at the start.
    struct Source: Sendable {
        var kubeconfig: String
        var bootstrapKubeconfig: String?
        var nodeName: String?
        var rotates = true
    }

    let name: String
    let access: ClusterAccess
    /// The cluster as the node.
    let cluster: RemoteCluster
    /// The cluster as one who may ask for a node's certificate; nil without a bootstrap kubeconfig.
    private let bootstrap: RemoteCluster?
    private let keeper: NodeCertificateKeeper?

    private final class Shown: Sendable {
        let pair: Mutex<KeyPair?>
        init(_ pair: KeyPair?) { self.pair = Mutex(pair) }
    }

    /// Gets a certificate first where there is none that is good, and waits for it. Throws `Failure` when it is refused, and what
    /// is wrong with the files.
    static func open(
        _ source: Source, _ directory: DataDirectory, clock: any TimeSource = SystemClock(), logger: Logger
    ) async throws -> NodeIdentity {
        let hasKubeconfig = FileManager.default.fileExists(atPath: source.kubeconfig)
        let bootstrap = try source.bootstrapKubeconfig.flatMap { path -> ClusterAccess? in
            // Whoever has become a node may take it away.
            hasKubeconfig && !FileManager.default.fileExists(atPath: path) ? nil : try ClusterAccess(kubeconfig: path)
        }
        var known: ClusterAccess?
        do { known = try ClusterAccess(kubeconfig: source.kubeconfig) } catch {
            guard bootstrap != nil else { throw error }
            if hasKubeconfig {
                logger.warning("The kubeconfig is of no use; another is asked for", metadata: ["error": "\(error)"])
            }
        }
        let prefix = "system:node:"
        let named = known.flatMap { $0.userName.hasPrefix(prefix) ? $0.userName.dropFirst(prefix.count) : nil }
        let name = source.nodeName ?? named.map(String.init) ?? EmbeddedNode.hostName
        let files = try NodeCertificateFiles("kubelet-client", directory: directory)
        let now = Date(timeIntervalSince1970: Double(clock.now.secondsSince1970))
        let kept = files.read().flatMap { $0.isOfNode(name, at: now) ? $0 : nil }
        let pair = kept ?? known.flatMap(Self.pair)
        // Without a bootstrap the server says what it thinks of it.
        let isGood = known.map { $0.token != nil || pair?.isOfNode(name, at: now) == true || bootstrap == nil } ?? false
        if let known, isGood {
            return NodeIdentity(name, known, pair, bootstrap, files, source, clock, logger)
        }
        guard let bootstrap else { throw Failure(description: "there is no way to become a node") }
        guard let authority = bootstrap.authority else {
            throw Failure(description: "the bootstrap kubeconfig names no authority")
        }
        let made = try await become(name, bootstrap, files, clock, logger)
        let config = Kubeconfig(
            clusterName: "default-cluster", server: bootstrap.server,
            authorityPEM: String(decoding: authority, as: UTF8.self), userName: prefix + name,
            credentials: .file(files.currentPath))
        try directory.write(config.text, to: source.kubeconfig)
        logger.notice("The node has a kubeconfig", metadata: ["file": "\(source.kubeconfig)", "node": "\(name)"])
        return NodeIdentity(name, bootstrap, made, bootstrap, files, source, clock, logger)
    }

    private init(
        _ name: String, _ access: ClusterAccess, _ pair: KeyPair?, _ bootstrap: ClusterAccess?,
        _ files: NodeCertificateFiles, _ source: Source, _ clock: any TimeSource, _ logger: Logger
    ) {
        self.name = name
        self.access = access
        let shown = Shown(pair)
        let cluster = Self.cluster(access) { shown.pair.withLock { $0 } }
        self.cluster = cluster
        let other = bootstrap.map { access in Self.cluster(access) { Self.pair(access) } }
        self.bootstrap = other
        let isByToken = access.token != nil && bootstrap == nil
        keeper =
            source.rotates && !isByToken
            ? NodeCertificateKeeper(
                node: name, purpose: .client, files: files, current: pair, clock: clock, logger: logger,
                api: {
                    // One that is over proves nothing any more.
                    let now = Date(timeIntervalSince1970: Double(clock.now.secondsSince1970))
                    let isGood = shown.pair.withLock { $0?.isOfNode(name, at: now) } ?? false
                    return isGood ? cluster : other ?? cluster
                }, adopt: { pair in shown.pair.withLock { $0 = pair } }) : nil
    }

    func shutdown() {
        cluster.shutdown()
        bootstrap?.shutdown()
    }

    /// Replaces the certificate in time, until the task is cancelled.
    func run() async {
        guard let keeper else {
            try? await Gate<Void>().wait()
            return
        }
        await keeper.run()
    }

    /// Tries until there is a certificate; what the cluster refuses is told at once.
    private static func become(
        _ name: String, _ bootstrap: ClusterAccess, _ files: NodeCertificateFiles, _ clock: any TimeSource,
        _ logger: Logger
    ) async throws -> KeyPair {
        let api = cluster(bootstrap) { pair(bootstrap) }
        defer { api.shutdown() }
        let asking = NodeCertificateKeeper(
            node: name, purpose: .client, files: files, current: nil, clock: clock, logger: logger,
            api: { api }, adopt: { _ in })
        var failures = 0
        while true {
            do { return try await asking.obtain() } catch let error as StatusError {
                if [401, 403].contains(error.code) {
                    throw Failure(description: "the cluster refuses the bootstrap kubeconfig: \(error.message)")
                }
                logger.warning("No certificate can be asked for yet", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: Backoff.reconnect.delay(afterFailures: failures))
            failures += 1
        }
    }

    private static func pair(_ access: ClusterAccess) -> KeyPair? {
        guard let certificate = access.certificate, let key = access.key else { return nil }
        return KeyPair(
            certificatePEM: String(decoding: certificate, as: UTF8.self),
            privateKeyPEM: String(decoding: key, as: UTF8.self))
    }

    /// The kubeconfig's server, as whoever the pair is; a token goes with the kubeconfig that has it until there is a pair.
    private static func cluster(_ access: ClusterAccess, _ pair: @escaping @Sendable () -> KeyPair?) -> RemoteCluster {
        RemoteCluster(
            RemoteCluster.Access(
                server: access.server,
                changingTLS: {
                    var tls = OutboundRequest.TLS()
                    tls.authorities = access.authority
                    tls.isInsecure = access.isInsecure
                    if let pair = pair() {
                        tls.certificate = Array(pair.certificatePEM.utf8)
                        tls.key = Array(pair.privateKeyPEM.utf8)
                    }
                    return tls
                }, token: { pair() == nil ? access.token : nil },
                userAgent: "kubelet/\(SkiffVersion.kubernetes) (linux) skiff/\(SkiffVersion.number)"))
    }
}
