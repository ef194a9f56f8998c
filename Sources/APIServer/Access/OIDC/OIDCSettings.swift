import APIMachinery
import Basics

/// Whose tokens are believed, and who their bearers are: kube-apiserver's `--oidc-…` flags.
public struct OIDCSettings: Sendable {
    /// An https URL; the tokens' `iss` is just this.
    public var issuer: String
    /// What the tokens' `aud` must contain.
    public var clientID: String
    public var usernameClaim = "sub"
    /// nil: the issuer and a number sign, but nothing before an e-mail address; "-": nothing.
    public var usernamePrefix: String?
    /// Empty: no groups are read.
    public var groupsClaim = ""
    public var groupsPrefix = ""
    public var requiredClaims: [String: String] = [:]
    public var algorithms: Set<String> = ["RS256"]
    /// Who signs the issuer's certificate (PEM); nil: whom the machine trusts.
    public var authorities: [UInt8]?

    public struct Malformed: Error, CustomStringConvertible {
        public let description: String
    }

    public init(issuer: String, clientID: String) throws(Malformed) {
        guard issuer.hasPrefix("https://"), issuer.utf8.count > 8, !issuer.contains("?"), !issuer.contains("#") else {
            throw Malformed(description: "the issuer must be an https URL without query or fragment, not \(issuer)")
        }
        if clientID.isEmpty { throw Malformed(description: "the issuer's tokens must be for a client ID") }
        self.issuer = issuer
        self.clientID = clientID
    }

    /// Throws for signatures that cannot be checked.
    public mutating func setAlgorithms(_ names: [String]) throws(Malformed) {
        for name in names where !JSONWebKeys.algorithms.contains(name) {
            throw Malformed(description: "unsupported signing algorithm \(name)")
        }
        algorithms = Set(names)
    }

    /// Who the bearer of sound claims is; throws what is wrong with them.
    func user(_ claims: JSON) throws(Malformed) -> UserInfo {
        guard var name = claims[usernameClaim]?.string, !name.isEmpty else {
            throw Malformed(description: "oidc: parse username claims \"\(usernameClaim)\": claim not present")
        }
        if usernameClaim == "email", let verified = claims["email_verified"], verified.bool != true {
            throw Malformed(description: "oidc: email not verified")
        }
        let prefix = usernamePrefix ?? (usernameClaim == "email" ? "-" : "\(issuer)#")
        if prefix != "-" { name = prefix + name }
        var groups: [String] = []
        if !groupsClaim.isEmpty, let claim = claims[groupsClaim] {
            groups = (claim.string.map { [$0] } ?? claim.strings).map { groupsPrefix + $0 }
        }
        for (claim, value) in requiredClaims {
            guard let found = claims[claim] else {
                throw Malformed(description: "oidc: required claim \(claim) not present in ID token")
            }
            if found.string != value {
                throw Malformed(
                    description:
                        "oidc: required claim \(claim) value does not match. Got = \(found.string ?? found.text), "
                        + "want = \(value)")
            }
        }
        return UserInfo(name: name, groups: groups)
    }
}
