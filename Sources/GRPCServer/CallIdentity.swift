import Basics
import Logging
import NIOSSL
import Synchronization

/// Who may connect to a listener.
public enum CallSecurity: Sendable {
    /// Anybody who reaches the address.
    case insecure
    /// Clients with a certificate of this authority. Paths of PEM files, which are looked at again now and then: connections
    /// that are made after they changed are shown the new certificate.
    case mutualTLS(certificatePath: String, keyPath: String, clientAuthorityPath: String)
}

/// The TLS context of a listener, made anew when its files change.
final class CallIdentity: Sendable {
    private let files: FollowedFiles
    private let context: Mutex<NIOSSLContext>

    /// nil for a listener without TLS. Throws if the certificates cannot be read.
    init?(_ security: CallSecurity) throws {
        guard case .mutualTLS(let certificate, let key, let authority) = security else { return nil }
        files = try FollowedFiles([certificate, key, authority])
        context = Mutex(try Self.context(files.contents))
    }

    var current: NIOSSLContext { context.withLock { $0 } }

    /// Looks at the files until the task is cancelled. What cannot be served (a half-written pair, too) changes nothing.
    func follow(every pause: Duration, _ logger: Logger) async {
        while (try? await Task.sleep(for: pause)) != nil { look(logger) }
    }

    func look(_ logger: Logger) {
        let look = files.look { files in
            let new = try Self.context(files)
            context.withLock { $0 = new }
        }
        switch look {
        case .used: logger.notice("a new certificate is served", metadata: ["file": "\(files.paths[0])"])
        case .unusable(let reason, isNew: true):
            logger.warning(
                "the certificate's files cannot be used, the former is still served",
                metadata: ["file": "\(files.paths[0])", "error": "\(reason)"])
        case .unchanged, .unusable: break
        }
    }

    /// The server's certificate, its key, who signs the clients'.
    private static func context(_ files: [[UInt8]]) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(files[0]).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: files[1], format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(files[2]))
        // A client must show a certificate of the authority; the name in it is not compared, as clients have no address.
        configuration.certificateVerification = .noHostnameVerification
        configuration.applicationProtocols = ["h2"]
        return try NIOSSLContext(configuration: configuration)
    }
}
