import Basics
import ControllerManager
import Foundation
import Kubeadm

/// The cluster's certificate authority as the loops use it.
struct AuthoritySigner: CertificateSigner {
    let authority: CertificateAuthority

    func facts(of requestPEM: String) throws -> CertificateSubjectFacts {
        let subject = try CertificateAuthority.subject(ofRequestPEM: requestPEM)
        return CertificateSubjectFacts(
            commonName: subject.commonName, organizations: subject.organizations, dnsNames: subject.names.dnsNames,
            addresses: subject.names.addresses, otherNames: subject.otherNames)
    }

    func sign(_ order: CertificateOrder, at now: Instant) throws -> String {
        try authority.sign(
            requestPEM: order.requestPEM, forClients: order.isForClients, forServers: order.isForServers,
            seconds: order.seconds, now: Date(timeIntervalSince1970: TimeInterval(now.nanoseconds) / 1e9))
    }
}
