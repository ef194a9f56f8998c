import ArgumentParser
import CoreMetrics
import EtcdFront
import EtcdStore
import Foundation
import Kubeadm

/// An address and a port to listen on, written `ADDR:PORT`, with brackets around an IPv6 address.
struct ListenAddress: Sendable, Equatable {
    var address: String
    var port: Int

    init(_ text: String, flag: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ValidationError("--\(flag) must be ADDR:PORT, not \(text)")
        }
        var address = text[..<colon]
        if address.first == "[", address.last == "]" { address = address.dropFirst().dropLast() }
        guard !address.isEmpty else { throw ValidationError("--\(flag) must name an address: \(text)") }
        self.address = String(address)
        self.port = Int(port)
    }
}

/// etcd's API on the addresses that were asked for.
struct EtcdListeners: Sendable {
    let servers: [EtcdServer]
    /// The store's own certificates, where its API is served with TLS, and the names that they are for.
    let pki: StorePKI?
    let names: CertificateAuthority.SubjectNames

    init(
        _ settings: UpSettings, _ directory: DataDirectory, serverNames: CertificateAuthority.SubjectNames,
        store: EmbeddedStore?, metrics: any MetricsFactory
    ) throws {
        guard let store else {
            // The settings have been checked: an external etcd serves its API itself.
            (servers, pki, names) = ([], nil, serverNames)
            return
        }
        var servers: [EtcdServer] = []
        var names = serverNames
        var pki: StorePKI?
        if let listen = settings.etcdListen {
            if !names.addresses.contains(listen.address), listen.address != "0.0.0.0", listen.address != "::" {
                names.addresses.append(listen.address)
            }
            let made = try StorePKI(directory: directory, serverNames: names, now: Date())
            pki = made
            servers.append(
                try EtcdServer(
                    store, address: listen.address, port: listen.port,
                    security: .mutualTLS(
                        certificatePath: made.server.certificatePath, keyPath: made.server.keyPath,
                        clientAuthorityPath: made.authorityPath), metrics: metrics))
        }
        if let listen = settings.etcdInsecureListen {
            do {
                servers.append(
                    try EtcdServer(
                        store, address: listen.address, port: listen.port, security: .insecure, metrics: metrics))
            } catch EtcdServerError.notLoopback(let address) {
                throw ValidationError("--etcd-insecure-listen must be a loopback address, not \(address)")
            }
        }
        self.servers = servers
        (self.pki, self.names) = (pki, names)
    }
}
