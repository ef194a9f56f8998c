import HTTPMessages

/// Knows one bearer token, such as the administrator's.
public struct BearerToken: Authenticator {
    private let token: [UInt8]
    private let user: UserInfo
    public init(_ token: String, for user: UserInfo) {
        self.token = Array(token.utf8)
        self.user = user
    }

    public func authenticate(_ request: Request) async throws -> UserInfo? {
        guard !token.isEmpty, let given = Self.token(request), Self.isEqual(Array(given.utf8), token) else {
            return nil
        }
        return user
    }

    /// The token of an `Authorization: Bearer` header (RFC 6750).
    static func token(_ request: Request) -> Substring? {
        guard let header = request.header("authorization"), header.utf8.count > scheme.utf8.count,
            zip(header.utf8, scheme.utf8).allSatisfy({ $0 == $1 || (0x41...0x5A ~= $0 && $0 + 0x20 == $1) })
        else { return nil }
        return Substring(header.utf8.dropFirst(scheme.utf8.count))
    }
    private static let scheme = "bearer "

    /// Takes the same time wherever the first difference is.
    static func isEqual(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference = UInt8(given.count == secret.count ? 0 : 1)
        for (index, byte) in secret.enumerated() { difference |= byte ^ (index < given.count ? given[index] : ~byte) }
        return difference == 0
    }
}

/// Takes the subject of a client certificate that TLS has verified: the common name is the user, organizations are groups.
public struct ClientCertificate: Authenticator {
    public init() {}
    public func authenticate(_ request: Request) async throws -> UserInfo? {
        guard let certificate = request.certificate, !certificate.commonName.isEmpty else { return nil }
        return UserInfo(name: certificate.commonName, groups: certificate.organizations)
    }
}
