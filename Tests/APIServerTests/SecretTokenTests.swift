import APIMachinery
import Basics
import Crypto
import Foundation
import KubeAPI
import TestKit
import Testing

@testable import APIServer

/// Tokens that are kept in secrets, as they were before they had an end.
@Suite struct SecretTokenTests {
    private static let secrets = "/api/v1/namespaces/default/secrets"

    @Test func aTokenHoldsWhileItsSecretHasIt() async throws {
        let tokens = try ServiceAccountTokens(privateKeyPEM: P256.Signing.PrivateKey().pemRepresentation)
        try await Harness.run(Configuration(serviceAccountTokens: tokens)) { cluster in
            let account = try await cluster.call(
                "POST", TokenTests.accounts,
                ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "robot"]])
            let uid = try #require(account.json["metadata", "uid"]?.string)
            let token = try tokens.secretToken(namespace: "default", account: "robot", uid: uid, secret: "t")
            func who() async throws -> Harness.Reply {
                try await cluster.call(
                    "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                    ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"], as: token)
            }
            // Nobody keeps it yet.
            #expect(try await who().status == 401)
            let made = try await cluster.call(
                "POST", Self.secrets,
                [
                    "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
                    "metadata": ["name": "t", "annotations": ["kubernetes.io/service-account.name": "robot"]],
                    "stringData": ["token": JSON(token)],
                ])
            try #require(made.status == 201, "\(made.text)")
            let known = try await who()
            #expect(known.json["status", "userInfo", "username"] == "system:serviceaccount:default:robot")
            #expect(known.json["status", "userInfo", "uid"]?.string == uid)
            // Once it is marked it is not taken any more.
            func label(_ value: JSON) async throws {
                let reply = try await cluster.call(
                    "PATCH", "\(Self.secrets)/t",
                    ["metadata": ["labels": ["kubernetes.io/legacy-token-invalid-since": value]]],
                    headers: [("content-type", "application/merge-patch+json")])
                try #require(reply.status == 200, "\(reply.text)")
            }
            try await label("2026-01-01")
            #expect(try await who().status == 401)
            try await label(.null)
            #expect(try await who().status == 201)
            _ = try await cluster.call("DELETE", "\(Self.secrets)/t")
            #expect(try await who().status == 401)
        }
    }

    @Test func whatContradictsItselfIsNoToken() throws {
        let prefix = "kubernetes.io/serviceaccount/"
        var claims: JSON = [
            "iss": JSON(ServiceAccountTokens.secretIssuer), "sub": "system:serviceaccount:default:robot",
        ]
        claims["\(prefix)namespace"] = "default"
        claims["\(prefix)secret.name"] = "t"
        claims["\(prefix)service-account.name"] = "robot"
        claims["\(prefix)service-account.uid"] = "u"
        #expect(SecretTokenClaims(claims) != nil)
        for (name, value) in [
            ("iss", "else"), ("sub", "system:serviceaccount:default:other"), ("\(prefix)namespace", ""),
            ("\(prefix)secret.name", ""), ("\(prefix)service-account.uid", ""),
        ] as [(String, JSON)] {
            var other = claims
            other[name] = value
            #expect(SecretTokenClaims(other) == nil, "\(name)")
        }
    }

    @Test func aUseIsNotedOnceADay() throws {
        let use = SecretTokenUse()
        let now = try #require(Instant(rfc3339: "2026-03-01T12:00:00Z"))
        func secret(_ labels: JSON) -> JSON {
            ["metadata": ["namespace": "n", "name": "s", "uid": "u", "labels": labels]]
        }
        use.note(secret([:]), now)
        use.note(secret(["kubernetes.io/legacy-token-last-used": "2026-02-01"]), now)
        let taken = use.take()
        #expect(taken.count == 1)
        #expect(taken.first?.key == ObjectKey(namespace: "n", name: "s"))
        #expect(
            taken.first?.patch["metadata", "labels", "kubernetes.io/legacy-token-last-used"]?.string == "2026-03-01")
        for day in ["2026-03-01", "2026-03-02"] {
            use.note(secret(["kubernetes.io/legacy-token-last-used": JSON(day)]), now)
        }
        #expect(use.take().isEmpty)
    }

    @Test func theClassesOfTheSystemCannotBeDeleted() async throws {
        try await Harness.run { cluster in
            let reply = try await cluster.call(
                "DELETE", "/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical")
            #expect(reply.status == 403)
            #expect(
                reply.message == "priorityclasses.scheduling.k8s.io \"system-node-critical\" is forbidden: this is a "
                    + "system priority class and cannot be deleted")
        }
    }
}
