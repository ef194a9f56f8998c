import APIMachinery
import Basics
import Crypto
import Foundation
import HTTPMessages
import KubeAPI
import Synchronization
import TestKit
import Testing
import _CryptoExtras

@testable import APIServer

/// Tokens of a file, of new nodes, and of an issuer made by the test.
@Suite struct AuthenticatorTests {
    private static func bearer(_ token: String) -> Request {
        Request(
            method: "GET", path: "/", query: "", headers: [(name: "authorization", value: "Bearer \(token)")], body: [],
            sourceAddress: "127.0.0.1")
    }

    // MARK: A file

    @Test func aFileSaysWhoseTokensAre() async throws {
        let tokens = try StaticTokens(
            csv: "one,jane,17\ntwo,\"doe, \"\"jo\"\"\",18,\"dev,ops\"\n,nobody,1\n", path: "f")
        #expect(try await tokens.authenticate(Self.bearer("one")) == UserInfo(name: "jane", uid: "17"))
        #expect(
            try await tokens.authenticate(Self.bearer("two"))
                == UserInfo(name: "doe, \"jo\"", uid: "18", groups: ["dev", "ops"]))
        #expect(try await tokens.authenticate(Self.bearer("three")) == nil)
        let error = #expect(throws: StaticTokens.Malformed.self) { try StaticTokens(csv: "one,jane", path: "f") }
        #expect(
            error?.description
                == "token file 'f' must have at least 3 columns (token, user name, user uid), found 2")
        #expect(throws: StaticTokens.Malformed.self) { try StaticTokens(csv: "one,\"jane,17", path: "f") }
    }

    // MARK: New nodes

    @Test func aNewNodeShowsATokenThatASecretKnows() async throws {
        try await Harness.run { cluster in
            func secret(_ changes: [String: String?]) async throws {
                var data: [String: String] = [
                    "token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true",
                    "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
                    "expiration": "2999-06-01T00:00:00Z",
                ]
                for (key, value) in changes { data[key] = value }
                let path = "/api/v1/namespaces/kube-system/secrets"
                _ = try await cluster.call("DELETE", "\(path)/bootstrap-token-abcdef")
                let made = try await cluster.call(
                    "POST", path,
                    [
                        "metadata": ["name": "bootstrap-token-abcdef"], "type": "bootstrap.kubernetes.io/token",
                        "stringData": JSON(data),
                    ])
                #expect(made.status == 201, "\(made.message)")
            }
            func who(_ token: String) async throws -> JSON? {
                let reply = try await cluster.call(
                    "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                    ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"], as: token)
                return reply.status == 401 ? nil : reply.json["status", "userInfo"]
            }
            let token = "abcdef.0123456789abcdef"
            #expect(try await who(token) == nil)
            try await secret([:])
            let user = try await who(token)
            #expect(user?["username"]?.string == "system:bootstrap:abcdef")
            #expect(
                user?["groups"]?.strings == [
                    "system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated",
                ])
            #expect(try await who("abcdef.0123456789abcdee") == nil)
            for change: [String: String?] in [
                ["usage-bootstrap-authentication": "false"], ["expiration": "2020-01-01T00:00:00Z"],
                ["expiration": "soon"], ["auth-extra-groups": "system:masters"], ["token-id": "abcdeg"],
            ] {
                try await secret(change)
                #expect(try await who(token) == nil, "\(change)")
            }
            try await secret(["expiration": nil])
            #expect(try await who(token) != nil)
        }
    }

    @Test func nobodyUnknownIsLetInWhereThatIsSaid() async throws {
        try await Harness.run(Configuration(letsAnonymousIn: false)) { cluster in
            let unknown = try await cluster.call("GET", "/version", as: nil)
            #expect(unknown.status == 401)
            #expect(try await cluster.call("GET", "/version").status == 200)
        }
    }

    // MARK: A proxy in front

    @Test func aProxyInFrontSaysWhoAsks() async throws {
        let proxy = FrontProxy(allowedNames: ["front-proxy-client"])
        let headers: [(name: String, value: String)] = [
            (name: "x-remote-user", value: "jane"), (name: "x-remote-uid", value: "7"),
            (name: "x-remote-group", value: "dev"), (name: "x-remote-group", value: "ops"),
            (name: "x-remote-extra-example.com%2fscope", value: "a"),
            (name: "x-remote-extra-example.com%2fscope", value: "b"),
        ]
        func who(_ name: String?, _ headers: [(name: String, value: String)]) async throws -> UserInfo? {
            var request = Request(
                method: "GET", path: "/", query: "", headers: headers, body: [], sourceAddress: "127.0.0.1")
            request.certificate = name.map { .init(commonName: $0, organizations: []) }
            return try await proxy.authenticate(request)
        }
        #expect(
            try await who("front-proxy-client", headers)
                == UserInfo(
                    name: "jane", uid: "7", groups: ["dev", "ops"], extra: ["example.com/scope": ["a", "b"]]))
        #expect(try await who("front-proxy-client", []) == nil)
        #expect(try await who("jane", headers) == nil)
        #expect(try await who(nil, headers) == nil)
    }

    // MARK: An issuer

    /// Signs tokens, and says by which keys; counts how often it is asked.
    private final class Issuer: Sendable {
        static let url = "https://issuer.example/auth"
        let rsa: _RSA.Signing.PrivateKey
        let elliptic = P256.Signing.PrivateKey()
        let asked = Mutex(0)
        let showsElliptic = Mutex(false)

        init() throws { rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048) }

        func document(_ url: String) throws -> JSON {
            switch url {
            case "\(Self.url)/.well-known/openid-configuration":
                asked.withLock { $0 += 1 }
                return ["issuer": JSON(Self.url), "jwks_uri": "https://issuer.example/keys"]
            case "https://issuer.example/keys":
                let parts = try rsa.publicKey.getKeyPrimitives()
                var keys: [JSON] = [
                    [
                        "kty": "RSA", "kid": "r", "use": "sig", "n": JSON(Base64URL.encode(Array(parts.modulus))),
                        "e": JSON(Base64URL.encode(Array(parts.publicExponent))),
                    ]
                ]
                if showsElliptic.withLock({ $0 }) {
                    let point = Array(elliptic.publicKey.x963Representation)
                    keys.append([
                        "kty": "EC", "kid": "e", "crv": "P-256", "x": JSON(Base64URL.encode(Array(point[1..<33]))),
                        "y": JSON(Base64URL.encode(Array(point[33..<65]))),
                    ])
                }
                return ["keys": JSON(keys)]
            default: throw HarnessError(description: "no such page: \(url)")
            }
        }

        func token(_ claims: JSON, elliptic isElliptic: Bool = false) throws -> String {
            let header: JSON = isElliptic ? ["alg": "ES256", "kid": "e"] : ["alg": "RS256", "kid": "r"]
            let signed = Base64URL.encode(header.bytes) + "." + Base64URL.encode(claims.bytes)
            let signature: [UInt8] =
                isElliptic
                ? Array(try elliptic.signature(for: Array(signed.utf8)).rawRepresentation)
                : Array(
                    try rsa.signature(
                        for: SHA256.hash(data: Array(signed.utf8)), padding: .insecurePKCS1v1_5
                    ).rawRepresentation)
            return signed + "." + Base64URL.encode(signature)
        }
    }

    private static let now: Int64 = 1_800_000_000
    private static func claims(_ changes: [String: JSON?] = [:]) -> JSON {
        var claims: JSON = [
            "iss": JSON(Issuer.url), "aud": ["kube", "other"], "sub": "17", "exp": JSON(now + 60), "nbf": JSON(now - 1),
            "email": "jane@example.com", "groups": ["dev", "ops"],
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    @Test func anIssuersTokensSayWhoTheirBearersAre() async throws {
        let issuer = try Issuer()
        let clock = ManualClock("2027-01-15T08:00:00Z")
        var settings = try OIDCSettings(issuer: Issuer.url, clientID: "kube")
        settings.groupsClaim = "groups"
        settings.groupsPrefix = "idp:"
        settings.requiredClaims = ["team": "a"]
        let authenticator = OIDCAuthenticator(settings, clock: clock) { try issuer.document($0) }
        func who(_ changes: [String: JSON?]) async throws -> UserInfo? {
            try await authenticator.authenticate(Self.bearer(try issuer.token(Self.claims(changes))))
        }
        #expect(
            try await who(["team": "a"])
                == UserInfo(name: "\(Issuer.url)#17", groups: ["idp:dev", "idp:ops"]))
        #expect(try await who(["team": "a", "iss": "https://other.example"]) == nil)
        for changes: [String: JSON?] in [
            [:], ["team": "b"], ["team": "a", "exp": JSON(Self.now)], ["team": "a", "aud": "other"],
            ["team": "a", "nbf": JSON(Self.now + 301)], ["team": "a", "sub": nil],
        ] {
            let error = await #expect(throws: StatusError.self) { _ = try await who(changes) }
            #expect(error?.code == 401, "\(changes)")
        }
        let good = try issuer.token(Self.claims(["team": "a"]))
        var forged = good.split(separator: ".").map(String.init)
        forged[1] = Base64URL.encode(Self.claims(["team": "a", "sub": "1"]).bytes)
        await #expect(throws: StatusError.self) {
            _ = try await authenticator.authenticate(Self.bearer(forged.joined(separator: ".")))
        }
        let none = Base64URL.encode((["alg": "none"] as JSON).bytes) + "." + forged[1] + "."
        await #expect(throws: StatusError.self) { _ = try await authenticator.authenticate(Self.bearer(none)) }
        #expect(try await authenticator.authenticate(Self.bearer("a.b.c")) == nil)
    }

    @Test func namesArePrefixedUnlessTheyAreAddresses() throws {
        var settings = try OIDCSettings(issuer: Issuer.url, clientID: "kube")
        settings.usernameClaim = "email"
        #expect(try settings.user(Self.claims()).name == "jane@example.com")
        #expect(throws: OIDCSettings.Malformed.self) { try settings.user(Self.claims(["email_verified": false])) }
        settings.usernamePrefix = "idp:"
        #expect(try settings.user(Self.claims(["email_verified": true])).name == "idp:jane@example.com")
        settings.usernameClaim = "sub"
        settings.usernamePrefix = "-"
        #expect(try settings.user(Self.claims()).name == "17")
        #expect(throws: OIDCSettings.Malformed.self) { try OIDCSettings(issuer: "http://x", clientID: "a") }
    }

    @Test func newKeysAreAskedForAndNotTooOften() async throws {
        let issuer = try Issuer()
        let clock = ManualClock("2027-01-15T08:00:00Z")
        var settings = try OIDCSettings(issuer: Issuer.url, clientID: "kube")
        try settings.setAlgorithms(["RS256", "ES256"])
        let authenticator = OIDCAuthenticator(settings, clock: clock) { try issuer.document($0) }
        let old = Self.bearer(try issuer.token(Self.claims()))
        let new = Self.bearer(try issuer.token(Self.claims(), elliptic: true))
        #expect(try await authenticator.authenticate(old) != nil)
        #expect(try await authenticator.authenticate(old) != nil)
        issuer.showsElliptic.withLock { $0 = true }
        for _ in 0..<3 { await #expect(throws: StatusError.self) { _ = try await authenticator.authenticate(new) } }
        #expect(issuer.asked.withLock { $0 } == 1)
        clock.advance(by: .seconds(11))
        #expect(try await authenticator.authenticate(new) != nil)
        #expect(issuer.asked.withLock { $0 } == 2)
    }
}
