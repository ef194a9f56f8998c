import APIMachinery
import Basics
import HTTPMessages
import Logging

/// Knows the bearers of an OpenID Connect issuer's ID tokens. The issuer's keys are got when the first token comes, and
/// anew when one comes that no key has signed.
public actor OIDCAuthenticator: Authenticator {
    /// An issuer is not asked for its keys more often.
    private static let refreshPeriod = Duration.seconds(10)

    private let settings: OIDCSettings
    /// Gets a document of the issuer's.
    private let fetch: @Sendable (_ url: String) async throws -> JSON
    private let clock: any TimeSource
    private let log: Logger
    private var keys: JSONWebKeys?
    /// When the issuer was asked last, by `uptime`.
    private var asked: Int64?
    private var asking: Task<JSONWebKeys?, Never>?

    /// `fetch` gets a document from the issuer; it has a limit of its own for what it takes.
    public init(
        _ settings: OIDCSettings, clock: any TimeSource = SystemClock(), log: Logger = Logger(label: "oidc"),
        fetch: @escaping @Sendable (_ url: String) async throws -> JSON
    ) {
        self.settings = settings
        self.fetch = fetch
        self.clock = clock
        self.log = log
    }

    /// nil for tokens of others; throws 401 for one of the issuer's that does not hold.
    public func authenticate(_ request: Request) async throws -> UserInfo? {
        guard let text = BearerToken.token(request), let token = IDToken(text), token.issuer == settings.issuer else {
            return nil
        }
        do {
            guard settings.algorithms.contains(token.algorithm) else {
                throw OIDCSettings.Malformed(description: "oidc: malformed jwt: unexpected signature algorithm")
            }
            guard await isSigned(token) else {
                throw OIDCSettings.Malformed(description: "oidc: verify token: failed to verify signature")
            }
            try token.check(settings, now: clock.now)
            return try settings.user(token.claims)
        } catch {
            log.debug("A token of the issuer does not hold", metadata: ["error": "\(error)"])
            throw AccessControl.unauthorized
        }
    }

    private func isSigned(_ token: IDToken) async -> Bool {
        if let keys, token.isSigned(by: keys) { return true }
        guard let fresh = await freshKeys() else { return false }
        return token.isSigned(by: fresh)
    }

    /// The issuer's keys as they are now; nil when it cannot be asked, or was a moment ago.
    private func freshKeys() async -> JSONWebKeys? {
        if let asking { return await asking.value }
        let now = clock.uptime
        if let asked, now - asked < Self.refreshPeriod.components.seconds * 1_000_000_000 { return nil }
        asked = now
        let task = Task { await self.ask() }
        asking = task
        let fresh = await task.value
        asking = nil
        if let fresh { keys = fresh }
        return fresh
    }

    private func ask() async -> JSONWebKeys? {
        do {
            let base = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
            let document = try await fetch("\(base)/.well-known/openid-configuration")
            guard document["issuer"]?.string == settings.issuer, let url = document["jwks_uri"]?.string,
                url.hasPrefix("https://")
            else {
                throw OIDCSettings.Malformed(description: "oidc: issuer did not match the issuer returned by provider")
            }
            return JSONWebKeys(try await fetch(url))
        } catch {
            log.warning(
                "The issuer of tokens cannot be asked for its keys",
                metadata: ["issuer": "\(settings.issuer)", "error": "\(error)"])
            return nil
        }
    }
}

/// A JSON Web Token, read and not yet believed.
struct IDToken: Sendable {
    /// How far clocks may be apart.
    private static let toleranceSeconds = 300

    let claims: JSON
    let algorithm: String
    private let identity: String?
    private let signed: [UInt8]
    private let signature: [UInt8]
    var issuer: String { claims["iss"]?.string ?? "" }

    /// nil for any other text.
    init?(_ text: Substring) {
        guard text.utf8.count <= ServiceAccountTokens.lengthLimit else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]).flatMap({ try? JSON(parsing: $0) }),
            let claims = Base64URL.decode(parts[1]).flatMap({ try? JSON(parsing: $0) }),
            let signature = Base64URL.decode(parts[2]), claims.isObject
        else { return nil }
        self.claims = claims
        algorithm = header["alg"]?.string ?? ""
        identity = header["kid"]?.string
        signed = Array("\(parts[0]).\(parts[1])".utf8)
        self.signature = signature
    }

    func isSigned(by keys: JSONWebKeys) -> Bool {
        keys.verify(signed, signature, algorithm: algorithm, identity: identity)
    }

    /// Whether it holds now, and for us.
    func check(_ settings: OIDCSettings, now: Instant) throws(OIDCSettings.Malformed) {
        let audiences = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.strings ?? []
        guard audiences.contains(settings.clientID) else {
            throw OIDCSettings.Malformed(
                description: "oidc: expected audience in [\"\(settings.clientID)\"] got \(audiences)")
        }
        guard let expires = claims["exp"]?.int, now.secondsSince1970 < Int64(expires) else {
            throw OIDCSettings.Malformed(description: "oidc: token is expired")
        }
        if let start = claims["nbf"]?.int, now.secondsSince1970 + Int64(Self.toleranceSeconds) < Int64(start) {
            throw OIDCSettings.Malformed(description: "oidc: current time is before the nbf (not before) time")
        }
    }
}
