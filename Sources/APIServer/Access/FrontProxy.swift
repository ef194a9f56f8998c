import Basics
import HTTPMessages

/// Believes a proxy in front of the server who its users are: `X-Remote-User`, `X-Remote-Uid`, `X-Remote-Group` and
/// `X-Remote-Extra-…`, from who shows a certificate of one of these names (kube-apiserver's `--requestheader-…` flags). It
/// must be asked before whoever takes the certificate for the user himself.
public struct FrontProxy: Authenticator {
    private static let extraPrefix = "x-remote-extra-"
    private let names: Set<String>

    /// Names of certificates that the cluster's CA has signed; without any nobody is believed.
    public init(allowedNames names: Set<String>) { self.names = names }

    public func authenticate(_ request: Request) async throws -> UserInfo? {
        guard let certificate = request.certificate, names.contains(certificate.commonName),
            let name = request.header("x-remote-user"), !name.isEmpty
        else { return nil }
        var user = UserInfo(name: name, uid: request.header("x-remote-uid") ?? "")
        for header in request.headers {
            if header.name == "x-remote-group", !header.value.isEmpty { user.groups.append(header.value) }
            guard header.name.hasPrefix(Self.extraPrefix) else { continue }
            let encoded = header.name.dropFirst(Self.extraPrefix.count)
            user.extra[PercentEncoding.decode(encoded) ?? String(encoded), default: []].append(header.value)
        }
        return user
    }
}
