import Basics
import Foundation
import HTTPServer
import KubeAPI
import Kubeadm
import Logging

/// What a node in a process of its own shows those who call its kubelet: a certificate of its own authority, or with
/// `--rotate-server-certificates` the cluster's, once somebody has approved it. Replaced in time, without a restart.
struct NodeServing: Sendable {
    let identity: ServerIdentity
    private let node: String
    private let directory: DataDirectory
    private let names: CertificateAuthority.SubjectNames
    private let clientAuthority: [UInt8]
    private let keeper: NodeCertificateKeeper?
    private let clock: any TimeSource
    private let logger: Logger

    /// How often a certificate of our own is looked at.
    private static let period = Duration.seconds(3_600)

    /// `api` is the cluster as the node when the cluster's certificate is wanted.
    init(
        node: String, addresses: [String], clientAuthority: [UInt8], directory: DataDirectory,
        api: (any ClusterAPI)?, clock: any TimeSource = SystemClock(), logger: Logger
    ) throws {
        let names = CertificateAuthority.SubjectNames(dnsNames: [node], addresses: addresses)
        self.node = node
        self.directory = directory
        self.names = names
        self.clientAuthority = clientAuthority
        self.clock = clock
        self.logger = logger
        let files = try NodeCertificateFiles("kubelet-server", directory: directory)
        let now = Date(timeIntervalSince1970: Double(clock.now.secondsSince1970))
        let kept = api == nil ? nil : files.read().flatMap { $0.isOfNode(node, at: now) ? $0 : nil }
        let shown = try kept ?? NodeServingCertificate.pair(node: node, directory: directory, names: names, now: now)
        let identity = try ServerIdentity(Self.tls(shown, clientAuthority))
        self.identity = identity
        keeper = api.map { api in
            NodeCertificateKeeper(
                node: node, purpose: .serving(names), files: files, current: kept, clock: clock, logger: logger,
                api: { api }, adopt: { try identity.change(to: Self.tls($0, clientAuthority)) })
        }
    }

    private static func tls(_ pair: KeyPair, _ clientAuthority: [UInt8]) -> ServerTLS {
        ServerTLS(
            certificateChainPEM: pair.certificatePEM, privateKeyPEM: pair.privateKeyPEM,
            clientCAPEM: String(decoding: clientAuthority, as: UTF8.self))
    }

    /// Replaces it in time, until the task is cancelled.
    func run() async {
        if let keeper { return await keeper.run() }
        while (try? await clock.sleep(for: Self.period)) != nil {
            do {
                let now = Date(timeIntervalSince1970: Double(clock.now.secondsSince1970))
                let pair = try NodeServingCertificate.pair(node: node, directory: directory, names: names, now: now)
                try identity.change(to: Self.tls(pair, clientAuthority))
            } catch {
                logger.error("The kubelet's certificate cannot be renewed", metadata: ["error": "\(error)"])
            }
        }
    }
}
