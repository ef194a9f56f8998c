import APIMachinery
import Basics
import Foundation
import KubeAPI
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The certificates of TLS hosts, chosen by the name that the client asks for (SNI). They may be replaced at any
/// time; connections made before keep theirs.
final class Certificates: Sendable {
    private struct Entry {
        /// The Secret's data, to see whether it changed.
        var chain: String
        var key: String
        var override: NIOSSLContextConfigurationOverride
    }
    private let entries = Mutex<[String: Entry]>([:])
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// A server context with this certificate for hosts that have none of their own. PEM both.
    func context(chain: String, key: String) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.sslContextCallback = { [self] values, promise in
            promise.succeed(values.serverHostname.flatMap { override(for: $0) } ?? .noChanges)
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Sets the certificates by host; one that cannot be read is logged, and its host keeps the default.
    func replace(_ secrets: [String: Secret]) {
        let before = entries.withLock { $0 }
        var after: [String: Entry] = [:]
        for (host, secret) in secrets {
            guard let chain = Self.text(secret, "tls.crt"), let key = Self.text(secret, "tls.key") else { continue }
            if let same = before[host], same.chain == chain, same.key == key {
                after[host] = same
                continue
            }
            do {
                var override = NIOSSLContextConfigurationOverride()
                override.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)).map {
                    .certificate($0)
                }
                override.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
                after[host] = Entry(chain: chain, key: key, override: override)
            } catch {
                logger.warning(
                    "A TLS secret holds no certificate and key",
                    metadata: ["host": "\(host)", "secret": "\(secret.key)", "error": "\(error)"])
            }
        }
        entries.withLock { $0 = after }
    }

    func override(for name: String) -> NIOSSLContextConfigurationOverride? {
        let name = name.lowercased()
        return entries.withLock { entries in
            if let own = entries[name] { return own.override }
            guard let dot = name.firstIndex(of: ".") else { return nil }
            return entries["*" + name[dot...]]?.override
        }
    }

    private static func text(_ secret: Secret, _ name: String) -> String? {
        secret.data[name].flatMap(Base64.decode).map { String(decoding: $0, as: UTF8.self) }
    }
}
