import APIMachinery
import APIServer
import Crypto
import Foundation
import KubeAPI
import Synchronization
import TestKit
import Testing

/// Service accounts' tokens: given, shown, refused.
@Suite struct TokenTests {
    static let accounts = "/api/v1/namespaces/default/serviceaccounts"

    static func configuration() throws -> Configuration {
        Configuration(
            serviceAccountTokens: try ServiceAccountTokens(privateKeyPEM: P256.Signing.PrivateKey().pemRepresentation))
    }

    static func run(
        _ surroundings: Surroundings = .real, _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        try await Harness.run(try configuration(), surroundings: surroundings) { cluster in
            for name in ["default", "clerk"] {
                let made = try await cluster.call(
                    "POST", accounts, ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": JSON(name)]])
                try #require(made.status == 201, "\(made.text)")
            }
            try await body(cluster)
        }
    }

    static func token(_ cluster: Harness, _ spec: JSON = .object, of account: String = "clerk") async throws
        -> Harness.Reply
    {
        try await cluster.call(
            "POST", "\(accounts)/\(account)/token",
            ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec])
    }

    @Test func aTokenSaysWhoItsBearerIs() async throws {
        try await Self.run { cluster in
            let reply = try await Self.token(cluster)
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.json["spec", "expirationSeconds"]?.int == 3600)
            let token = try #require(reply.json["status", "token"]?.string)
            let who = try await cluster.call(
                "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"], as: token)
            #expect(who.status == 201, "\(who.text)")
            let user: JSON = who.json["status", "userInfo"] ?? .null
            #expect(user["username"] == "system:serviceaccount:default:clerk")
            #expect(
                user["groups"]?.strings == [
                    "system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated",
                ])
            #expect(user["extra", "authentication.kubernetes.io/credential-id"]?[0].string?.hasPrefix("JTI=") == true)

            // Known is not allowed: discovery and questions about oneself are, all else is not.
            for path in ["/api", "/apis", "/apis/apps/v1", "/version", "/readyz", "/openapi/v3", "/openid/v1/jwks"] {
                #expect(try await cluster.call("GET", path, as: token).status == 200, "\(path)")
            }
            let refused = try await cluster.call("GET", Harness.pods, as: token)
            #expect(refused.status == 403)
            #expect(
                refused.message
                    == "pods is forbidden: User \"system:serviceaccount:default:clerk\" cannot list resource \"pods\" in "
                    + "API group \"\" in the namespace \"default\"")
            #expect(try await Self.can(cluster, "get", "pods", as: token) == false)
            #expect(try await Self.can(cluster, "get", "pods", as: Harness.token) == true)
        }
    }

    private static func can(_ cluster: Harness, _ verb: String, _ resource: String, as token: String) async throws
        -> Bool?
    {
        try await cluster.call(
            "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            [
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": [
                    "resourceAttributes": ["verb": JSON(verb), "resource": JSON(resource), "namespace": "default"]
                ],
            ], as: token
        ).json["status", "allowed"]?.bool
    }

    @Test func othersCanCheckTokensByThePublicKey() async throws {
        try await Self.run { cluster in
            let token = try #require(try await Self.token(cluster).json["status", "token"]?.string)
            let parts = token.split(separator: ".").map(String.init)
            let key: JSON = try await cluster.call("GET", "/openid/v1/jwks").json["keys"]?[0] ?? .null
            let point = try [4] + Self.bytes(key["x"]?.string ?? "") + Self.bytes(key["y"]?.string ?? "")
            let publicKey = try P256.Signing.PublicKey(x963Representation: point)
            let signature = try P256.Signing.ECDSASignature(rawRepresentation: Self.bytes(parts[2]))
            #expect(publicKey.isValidSignature(signature, for: Array("\(parts[0]).\(parts[1])".utf8)))
            let claims = try JSON(parsing: Self.bytes(parts[1]))
            #expect(claims["sub"] == "system:serviceaccount:default:clerk")
            #expect(claims["kubernetes.io", "namespace"] == "default")
            let document = try await cluster.call("GET", "/.well-known/openid-configuration").json
            #expect(document["issuer"] == claims["iss"])
        }
    }

    private static func bytes(_ text: String) throws -> [UInt8] {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Array(try #require(Data(base64Encoded: padded)))
    }

    @Test func whatIsForgedOrOfAnotherServerIsRefused() async throws {
        let other = try ServiceAccountTokens(privateKeyPEM: P256.Signing.PrivateKey().pemRepresentation)
        #expect(other.issuer == "https://kubernetes.default.svc.cluster.local")
        try await Self.run { cluster in
            let token = try #require(try await Self.token(cluster).json["status", "token"]?.string)
            var parts = token.split(separator: ".").map(String.init)
            let none = Data(#"{"alg":"none"}"#.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
            var forged = [
                "\(none).\(parts[1]).", "\(none).\(parts[1]).\(parts[2])", token + "A", String(token.dropLast()),
                "a.b.c",
                "..", "\(parts[0]).\(parts[1])", String(repeating: "a", count: 100_000),
            ]
            let claims = String(decoding: try Self.bytes(parts[1]), as: UTF8.self)
                .replacingOccurrences(of: "clerk", with: "admin")
            parts[1] = Data(claims.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
            forged.append(parts.joined(separator: "."))
            for text in forged {
                #expect(try await cluster.call("GET", "/api", as: text).status == 401, "\(text.prefix(80))")
            }
            #expect(try await cluster.call("GET", "/api", as: token).status == 200)
        }
    }

    @Test func aTokenEndsWithItsTimeItsAccountAndItsPod() async throws {
        let clock = ShiftedClock()
        try await Self.run(Surroundings(clock: clock)) { cluster in
            func status(_ token: JSON?) async throws -> Int {
                try await cluster.call("GET", "/api", as: token?.string ?? "").status
            }
            var pod = Harness.pod("web")
            pod["spec", "serviceAccountName"] = "clerk"
            let made = try await cluster.call("POST", Harness.pods, pod)
            let uid = made.json["metadata", "uid"]?.string ?? ""
            let reference: JSON = ["kind": "Pod", "apiVersion": "v1", "name": "web", "uid": JSON(uid)]
            let short = try await Self.token(cluster, ["expirationSeconds": 600]).json["status", "token"]
            let long = try await Self.token(cluster, ["expirationSeconds": 90_000]).json["status", "token"]
            let bound = try await Self.token(cluster, ["expirationSeconds": 90_000, "boundObjectRef": reference])
                .json["status", "token"]
            let elsewhere = try await Self.token(cluster, ["audiences": ["vault"]]).json["status", "token"]
            #expect(try await status(short) == 200)
            #expect(try await status(long) == 200)
            #expect(try await status(bound) == 200)
            #expect(try await status(elsewhere) == 401)
            clock.shiftTimeOfDay(by: .seconds(601))
            #expect(try await status(short) == 401)
            #expect(try await status(long) == 200)
            _ = try await cluster.call("DELETE", Harness.pods + "/web?gracePeriodSeconds=0")
            #expect(try await status(bound) == 401)
            #expect(try await status(long) == 200)
            _ = try await cluster.call("DELETE", Self.accounts + "/clerk")
            #expect(try await status(long) == 401)
        }
    }

    @Test func requestsAreCheckedAsKubernetesDoes() async throws {
        try await Self.run { cluster in
            let short = try await Self.token(cluster, ["expirationSeconds": 60])
            #expect(short.status == 422)
            #expect(
                short.message.contains(
                    "spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes"))
            #expect(try await Self.token(cluster, of: "nobody").status == 404)
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("web"))
            let foreign: JSON = ["kind": "Pod", "apiVersion": "v1", "name": "web"]
            let refused = try await Self.token(cluster, ["boundObjectRef": foreign])
            #expect(refused.status == 400)
            #expect(refused.message.contains("pod running with different serviceaccount name"))
            let wrong = try await Self.token(
                cluster, ["boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": "web", "uid": "x"]],
                of: "default")
            #expect(wrong.status == 409)
            #expect(
                try await Self.token(cluster, ["boundObjectRef": ["kind": "ConfigMap", "name": "x"]]).status == 400)
        }
    }

    @Test func podsGetTheirAccountsVolume() async throws {
        try await Self.run { cluster in
            let pod = try await cluster.call("POST", Harness.pods, Harness.pod("web")).json
            let volume: JSON = pod["spec", "volumes"]?[0] ?? .null
            let name = volume["name"]?.string ?? ""
            #expect(name.hasPrefix("kube-api-access-") && name.count == 21)
            #expect(
                volume["projected"] == [
                    "sources": [
                        ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
                        ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
                        [
                            "downwardAPI": [
                                "items": [
                                    [
                                        "path": "namespace",
                                        "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"],
                                    ]
                                ]
                            ]
                        ],
                    ], "defaultMode": 420,
                ])
            #expect(
                pod["spec", "containers"]?[0]["volumeMounts"] == [
                    [
                        "name": JSON(name), "readOnly": true,
                        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                    ]
                ])
            var bare = Harness.pod("bare")
            bare["spec", "automountServiceAccountToken"] = false
            #expect(try await cluster.call("POST", Harness.pods, bare).json["spec", "volumes"] == nil)
            var strange = Harness.pod("strange")
            strange["spec", "serviceAccountName"] = "nobody"
            let refused = try await cluster.call("POST", Harness.pods, strange)
            #expect(refused.status == 403)
            #expect(
                refused.message
                    == "pods \"strange\" is forbidden: error looking up service account default/nobody: serviceaccount "
                    + "\"nobody\" not found")
        }
    }
}
