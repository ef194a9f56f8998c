import FoundationEssentials
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
    private struct Files: Equatable {
        var certificate: [UInt8]
        var key: [UInt8]
        var authority: [UInt8]
    }
    private struct State {
        var files: Files
        var context: NIOSSLContext
        /// Why the files that are there now cannot be served, if that was logged.
        var told: String?
    }
    private let paths: (certificate: String, key: String, authority: String)
    private let state: Mutex<State>

    /// nil for a listener without TLS. Throws if the certificates cannot be read.
    init?(_ security: CallSecurity) throws {
        guard case .mutualTLS(let certificate, let key, let authority) = security else { return nil }
        paths = (certificate, key, authority)
        let files = try Self.read(paths)
        state = Mutex(State(files: files, context: try Self.context(files)))
    }

    var current: NIOSSLContext { state.withLock { $0.context } }

    /// Looks at the files until the task is cancelled. What cannot be served (a half-written pair, too) changes nothing.
    func follow(every pause: Duration, _ logger: Logger) async {
        while (try? await Task.sleep(for: pause)) != nil { look(logger) }
    }

    func look(_ logger: Logger) {
        do {
            let files = try Self.read(paths)
            guard files != state.withLock({ $0.files }) else { return }
            let context = try Self.context(files)
            state.withLock { $0 = State(files: files, context: context) }
            logger.notice("a new certificate is served", metadata: ["file": "\(paths.certificate)"])
        } catch {
            let isNew = state.withLock { state in
                defer { state.told = "\(error)" }
                return state.told != "\(error)"
            }
            if isNew {
                logger.warning(
                    "the certificate's files cannot be used, the former is still served",
                    metadata: ["file": "\(paths.certificate)", "error": "\(error)"])
            }
        }
    }

    private static func read(_ paths: (certificate: String, key: String, authority: String)) throws -> Files {
        func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
        return Files(
            certificate: try bytes(paths.certificate), key: try bytes(paths.key),
            authority: try bytes(paths.authority))
    }

    private static func context(_ files: Files) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(files.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: files.key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(files.authority))
        // A client must show a certificate of the authority; the name in it is not compared, as clients have no address.
        configuration.certificateVerification = .noHostnameVerification
        configuration.applicationProtocols = ["h2"]
        return try NIOSSLContext(configuration: configuration)
    }
}
