import APIMachinery
import Foundation

/// The administrator's kubeconfig of a cluster that has been started, read from its data directory, which another process may
/// have locked.
public struct AdminKubeconfig: Sendable {
    /// Why there is none; a sentence.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// The file's text.
    public let text: String
    /// The host that was asked for, if the server's certificate is not for it.
    public let unnamed: String?

    /// `server` is a URL that stands for the one in the file, such as `https://127.0.0.1:16443`. Throws `Failure`.
    public init(directory: String, server: String? = nil, now: Date) throws {
        let path = "\(directory)/admin.conf"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "\(path) cannot be read; a cluster writes it when it starts")
        }
        let file = String(decoding: data, as: UTF8.self)
        guard let server else {
            (text, unnamed) = (file, nil)
            return
        }
        guard let host = Self.host(of: server) else {
            throw Failure(description: "the server must be https://HOST:PORT, not \(server)")
        }
        text = file.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(Self.serverLine) ? Self.serverLine + server : String($0) }.joined(separator: "\n")
        unnamed = Self.isCertified(host, directory: directory, now: now) ? nil : host
    }

    /// The URL in it.
    var server: String? {
        text.split(separator: "\n").first { $0.hasPrefix(Self.serverLine) }.map {
            String($0.dropFirst(Self.serverLine.count))
        }
    }

    /// How `Kubeconfig` writes it.
    private static let serverLine = "    server: "

    private static func host(of server: String) -> String? {
        guard server.allSatisfy({ $0.isASCII && !$0.isWhitespace }), let url = URL(string: server),
            url.scheme == "https", let host = url.host(), !host.isEmpty, ["", "/"].contains(url.path)
        else { return nil }
        return host.trimmingCharacters(in: ["[", "]"])
    }

    private static func isCertified(_ host: String, directory: String, now: Date) -> Bool {
        let files = KeyPairFiles(folder: "\(directory)/pki")
        guard let authority = files.read("ca").flatMap({ try? CertificateAuthority($0) }),
            let server = files.read("apiserver")
        else { return false }
        let isAddress = IPAddress(host) != nil
        let names = CertificateAuthority.SubjectNames(
            dnsNames: isAddress ? [] : [host], addresses: isAddress ? [host] : [])
        return authority.accepts(server, names: names, at: now)
    }
}
