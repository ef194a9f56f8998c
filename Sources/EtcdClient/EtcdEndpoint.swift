import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// Where one member of an external etcd serves its clients.
public struct EtcdEndpoint: Sendable, Hashable, CustomStringConvertible {
    public var isSecure: Bool
    /// A name or an address, without brackets.
    public var host: String
    public var port: Int

    public struct Malformed: Error, Equatable, CustomStringConvertible {
        public var url: String
        public var description: String {
            "\(url) is no address of an etcd: http://HOST:PORT or https://HOST:PORT is wanted"
        }
    }

    /// Reads `http://host:port` or `https://host:port`; the port is 2379 if none is named.
    public init(_ url: String) throws(Malformed) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme, scheme == "http" || scheme == "https",
            let host = parts.host, !host.isEmpty, parts.path.isEmpty || parts.path == "/", parts.query == nil,
            parts.user == nil, (1...65_535).contains(parts.port ?? 2379)
        else { throw Malformed(url: url) }
        isSecure = scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? 2379
    }

    public var description: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// An address is used as it is, a name is looked up.
    var target: any ResolvableTarget {
        if host.contains(":") { return .ipv6(address: host, port: port) }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        if numbers.count == 4, numbers.allSatisfy({ UInt8($0) != nil }) { return .ipv4(address: host, port: port) }
        return .dns(host: host, port: port)
    }
}

/// The certificates with which an external etcd is reached, as files in PEM.
public struct EtcdClientTLS: Sendable, Equatable {
    /// Who signs the servers' certificates; nil: whom the machine trusts.
    public var authorityFile: String?
    /// The client's own certificate and its key; nil: none is shown.
    public var certificateFile: String?
    public var keyFile: String?

    public init(authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// The files, authority first.
    var paths: [String] { [authorityFile, certificateFile, keyFile].compactMap { $0 } }

    var security: HTTP2ClientTransport.Posix.TransportSecurity {
        .tls(
            .defaults { tls in
                if let authorityFile {
                    tls.trustRoots = .certificates([.file(path: authorityFile, format: .pem)])
                }
                if let certificateFile, let keyFile {
                    tls.certificateChain = [.file(path: certificateFile, format: .pem)]
                    tls.privateKey = .file(path: keyFile, format: .pem)
                }
            })
    }
}
