import APIMachinery
import Basics
import Foundation
import KubeAPI
import NIOCore
import NIOSSL
import Synchronization

/// Which Secret has the certificate of a host, and which Ingress says so.
struct HostCertificate: Sendable {
    var host: String
    var ingress: ObjectKey
    /// The Secret's name, in the Ingress' namespace.
    var name: String
    /// nil when it is not there.
    var secret: Secret?
}

/// The certificates of TLS hosts, chosen by the name that the client asks for (SNI). They may be replaced at any
/// time; connections made before keep theirs.
final class Certificates: Sendable {
    private struct Entry: Sendable {
        /// The Secret's data, to see whether it changed.
        var chain: String
        var key: String
        var pair: Result<CertificatePair, CertificatePair.Unusable>
    }
    /// By host, in lower case.
    private let entries = Mutex<[String: Entry]>([:])

    /// A server context with this certificate for hosts that have none of their own.
    func context(_ standard: DefaultCertificate) throws -> NIOSSLContext {
        let pair = standard.current
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: pair.chain, privateKey: pair.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.sslContextCallback = { [self] values, promise in
            promise.succeed(values.serverHostname.flatMap { override(for: $0) } ?? standard.current.override)
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Sets the certificates by host; a host whose Secret cannot be served keeps the default. Returns what is wrong, or will
    /// soon be, with any of them.
    func replace(_ certificates: [HostCertificate], now: Instant) -> [IngressProblem] {
        let before = entries.withLock { $0 }
        var after: [String: Entry] = [:]
        var problems: [IngressProblem] = []
        for wanted in certificates {
            func note(_ text: String) {
                problems.append(
                    IngressProblem(wanted.ingress, .certificate, "host \(wanted.host): secret \(wanted.name): \(text)"))
            }
            guard let secret = wanted.secret else {
                note("there is no such secret; the default certificate is served")
                continue
            }
            let entry = Self.entry(secret, before[wanted.host])
            after[wanted.host] = entry
            switch entry.pair {
            case .failure(let reason): note("\(reason); the default certificate is served")
            case .success(let pair):
                let end = Instant(secondsSince1970: pair.end)
                if end <= now {
                    note("its certificate ended at \(end.rfc3339)")
                } else if end - now < Limits.certificateEndWarning {
                    note("its certificate ends at \(end.rfc3339)")
                }
                if !pair.isFor(wanted.host) { note("its certificate is not for this host") }
            }
        }
        entries.withLock { $0 = after }
        return problems
    }

    private static func entry(_ secret: Secret, _ before: Entry?) -> Entry {
        guard let chain = text(secret, "tls.crt"), let key = text(secret, "tls.key") else {
            let missing = ["tls.crt", "tls.key"].filter { text(secret, $0) == nil }.joined(separator: " and ")
            let reason = CertificatePair.Unusable(description: "it has no \(missing)")
            return Entry(chain: "", key: "", pair: .failure(reason))
        }
        if let before, before.chain == chain, before.key == key { return before }
        do throws(CertificatePair.Unusable) {
            return Entry(chain: chain, key: key, pair: .success(try CertificatePair(chain: chain, key: key)))
        } catch {
            return Entry(chain: chain, key: key, pair: .failure(error))
        }
    }

    func override(for name: String) -> NIOSSLContextConfigurationOverride? {
        let name = name.lowercased()
        return entries.withLock { entries in
            if let own = try? entries[name]?.pair.get() { return own.override }
            guard let dot = name.firstIndex(of: ".") else { return nil }
            return try? entries["*" + name[dot...]]?.pair.get().override
        }
    }

    private static func text(_ secret: Secret, _ name: String) -> String? {
        // Lines in base64 are taken as Go takes them.
        secret.data[name].flatMap { Data(base64Encoded: $0, options: .ignoreUnknownCharacters) }.map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
