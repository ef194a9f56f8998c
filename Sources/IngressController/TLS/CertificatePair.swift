import APIMachinery
import Foundation
import KubeAPI
import NIOSSL
import Synchronization

/// A certificate chain with the key of its first certificate, ready to be served.
struct CertificatePair: Sendable {
    /// Why a pair cannot be served, as a sentence's end.
    struct Unusable: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    let chain: [NIOSSLCertificateSource]
    let key: NIOSSLPrivateKeySource
    /// When the first certificate ends, in seconds since 1970.
    let end: Int64
    /// DNS names of the first certificate, in lower case.
    let names: Set<String>
    /// What a connection is given instead of what the listener's context has.
    let override: NIOSSLContextConfigurationOverride

    /// Both in PEM, the server's certificate first.
    init(chain: String, key: String) throws(Unusable) {
        let certificates = (try? NIOSSLCertificate.fromPEMBytes(Array(chain.utf8))) ?? []
        guard let leaf = certificates.first else { throw Unusable(description: "tls.crt holds no certificate in PEM") }
        guard let parsed = try? NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem) else {
            throw Unusable(description: "tls.key holds no private key in PEM")
        }
        let sources: [NIOSSLCertificateSource] = certificates.map { .certificate($0) }
        let source = NIOSSLPrivateKeySource.privateKey(parsed)
        // A key that is not the certificate's would end every handshake; a context of the two finds out.
        let isPair =
            (try? NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: sources, privateKey: source))) != nil
        guard isPair else { throw Unusable(description: "tls.key is not the key of the certificate in tls.crt") }
        self.chain = sources
        self.key = source
        end = Int64(leaf.notValidAfter)
        names = Self.names(of: leaf)
        var override = NIOSSLContextConfigurationOverride()
        override.certificateChain = sources
        override.privateKey = source
        self.override = override
    }

    private static func names(of certificate: NIOSSLCertificate) -> Set<String> {
        var names: Set<String> = []
        for name in certificate._subjectAlternativeNames() where name.nameType == .dnsName {
            names.insert(name.contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }.lowercased())
        }
        return names
    }

    /// Whether a client that asks for the host finds it in the certificate; a star is one label (RFC 9525 §6.3).
    func isFor(_ host: String) -> Bool {
        if names.contains(host) { return true }
        guard let dot = host.firstIndex(of: ".") else { return false }
        return names.contains("*" + host[dot...])
    }
}

/// The certificate of hosts that have none of their own. It may be replaced while it is served.
public final class DefaultCertificate: Sendable {
    private let pair: Mutex<CertificatePair>

    /// PEM both. Throws when they cannot be served.
    public init(chain: String, key: String) throws { pair = Mutex(try CertificatePair(chain: chain, key: key)) }

    /// Throws, and changes nothing, when they cannot be served.
    public func replace(chain: String, key: String) throws {
        let new = try CertificatePair(chain: chain, key: key)
        pair.withLock { $0 = new }
    }

    var current: CertificatePair { pair.withLock { $0 } }
}
