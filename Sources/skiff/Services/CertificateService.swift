import APIMachinery
import Basics
import ControlLoops
import CoreMetrics
import Foundation
import HTTPServer
import IngressController
import KubeAPI
import Kubeadm
import Logging

/// Who the process' listeners are, which changes while they serve when a certificate is renewed.
struct ServedIdentities: Sendable {
    let server: ServerIdentity
    let ingress: DefaultCertificate
    /// The kubelets of this process.
    let kubelet: ServerIdentity

    init(_ pki: PKI) throws {
        server = try ServerIdentity(Self.tls(pki, pki.server))
        kubelet = try ServerIdentity(Self.tls(pki, pki.kubelet))
        ingress = try DefaultCertificate(
            chain: pki.ingressDefault.certificatePEM, key: pki.ingressDefault.privateKeyPEM)
    }

    func adopt(_ pki: PKI) throws {
        try server.change(to: Self.tls(pki, pki.server))
        try kubelet.change(to: Self.tls(pki, pki.kubelet))
        try ingress.replace(chain: pki.ingressDefault.certificatePEM, key: pki.ingressDefault.privateKeyPEM)
    }

    private static func tls(_ pki: PKI, _ pair: KeyPair) -> ServerTLS {
        ServerTLS(
            certificateChainPEM: pair.certificatePEM, privateKeyPEM: pair.privateKeyPEM,
            clientCAPEM: pki.authority.certificatePEM)
    }
}

/// Keeps the certificates of this process, and tells of them in events on the Service through which the cluster reaches it.
struct CertificateService: Sendable {
    /// Renewing is this process' own affair; the cluster is only told of it.
    static let identity = LoopIdentity.serviceAccount("certificate-keeper", agent: "skiff")

    private let keeper: CertificateKeeper
    private let recorder: EventRecorder

    init(
        _ certificates: CertificateKeeper.Certificates, _ directory: DataDirectory, names: CertificateKeeper.Names,
        api: any ClusterAPI, metrics: any MetricsFactory,
        adopt: @escaping @Sendable (CertificateKeeper.Certificates) throws -> Void
    ) {
        let recorder = EventRecorder(
            api, component: "certificate-keeper", clock: SystemClock(), metrics: metrics)
        self.recorder = recorder
        keeper = CertificateKeeper(
            certificates, in: directory, names: names, metrics: metrics, logger: Logger(label: "certificates"),
            adopt: adopt, tell: { recorder.record(Self.note($0)) })
    }

    func run() async {
        async let recording: Void = recorder.run()
        await keeper.run()
        await recording
    }

    private static func note(_ news: CertificateKeeper.News) -> EventNote {
        let service: JSON = [
            "apiVersion": "v1", "kind": "Service", "namespace": "default", "name": "kubernetes",
        ]
        func date(_ date: Date) -> String { Instant(secondsSince1970: Int64(date.timeIntervalSince1970)).rfc3339 }
        return switch news {
        case .renewed(let name, let end):
            EventNote(
                regarding: service, .normal, "CertificateRenewed",
                "The certificate \(name) was renewed and is served; it ends at \(date(end))")
        case .failed(let reason):
            EventNote(
                regarding: service, .warning, "CertificateRenewalFailed",
                "Certificates could not be renewed, it is tried again: \(reason)")
        case .authorityEnds(let name, let end):
            EventNote(
                regarding: service, .warning, "CertificateAuthorityEnds",
                "The authority \(name) ends at \(date(end)); nothing that it signs is good for longer")
        }
    }
}
