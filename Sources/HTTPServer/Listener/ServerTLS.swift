import NIOSSL
import Synchronization

/// The materials of a TLS listener, all PEM text.
public struct ServerTLS: Sendable {
    /// The server's certificate first, then intermediates.
    public var certificateChainPEM: String
    public var privateKeyPEM: String
    /// Certificates of the CA that signs client certificates; empty asks clients for none.
    public var clientCAPEM: String

    public init(certificateChainPEM: String, privateKeyPEM: String, clientCAPEM: String) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
        self.clientCAPEM = clientCAPEM
    }

    /// TLS 1.2 and up, HTTP/2 preferred; a client certificate is optional, but one that is shown must be our CA's.
    fileprivate func context() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificateChainPEM.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if !clientCAPEM.isEmpty {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(clientCAPEM.utf8)))
            configuration.certificateVerification = .optionalVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

/// Who a TLS listener is. It may become another while the listener serves: connections that are made from then on are shown
/// the new certificate, those that there are go on.
public final class ServerIdentity: Sendable {
    private let context: Mutex<NIOSSLContext>

    /// Throws when the materials cannot be used.
    public init(_ tls: ServerTLS) throws { context = Mutex(try tls.context()) }

    /// Throws, and changes nothing, when the materials cannot be used.
    public func change(to tls: ServerTLS) throws {
        let new = try tls.context()
        context.withLock { $0 = new }
    }

    var current: NIOSSLContext { context.withLock { $0 } }
}
