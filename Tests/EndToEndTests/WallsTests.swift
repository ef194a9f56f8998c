import APIMachinery
import Basics
import Crypto
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Namespaces are walls, and everybody is who he shows to be: the whole program with kubectl, and an issuer of tokens
    /// that answers over TLS.
    @Suite(.serialized) struct WallsTests {
        /// An issuer's directory, served by openssl.
        private final class Issuer {
            let folder = FileManager.default.temporaryDirectory.path + "/issuer-\(UUID().uuidString.prefix(8))"
            let url: String
            private let key = P256.Signing.PrivateKey()
            private var server: Program.Running?

            init() throws {
                let port = try FreePorts.take(1)[0]
                url = "https://localhost:\(port)"
                let manager = FileManager.default
                try manager.createDirectory(atPath: "\(folder)/.well-known", withIntermediateDirectories: true)
                _ = try Program.run(
                    "openssl",
                    [
                        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        "\(folder)/tls.key", "-out", "\(folder)/tls.crt",
                    ])
                let point = Array(key.publicKey.x963Representation)
                let documents: [(String, JSON)] = [
                    (".well-known/openid-configuration", ["issuer": JSON(url), "jwks_uri": JSON("\(url)/keys")]),
                    (
                        "keys",
                        [
                            "keys": [
                                [
                                    "kty": "EC", "kid": "k", "crv": "P-256",
                                    "x": JSON(Base64URL.encode(Array(point[1..<33]))),
                                    "y": JSON(Base64URL.encode(Array(point[33..<65]))),
                                ]
                            ]
                        ]
                    ),
                ]
                for (name, document) in documents {
                    try document.text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
                }
                // It serves the files of the folder in which it runs.
                server = try Program.start(
                    "sh",
                    [
                        "-c",
                        "cd \"$0\" && exec openssl s_server -quiet -accept \"$1\" -cert tls.crt -key tls.key -WWW",
                        folder, "\(port)",
                    ])
            }

            func token(_ claims: JSON) throws -> String {
                var claims = claims
                claims["iss"] = JSON(url)
                claims["exp"] = JSON(Int(Date().timeIntervalSince1970) + 600)
                let header: JSON = ["alg": "ES256", "kid": "k"]
                let signed = Base64URL.encode(header.bytes) + "." + Base64URL.encode(claims.bytes)
                let signature = try key.signature(for: Array(signed.utf8))
                return signed + "." + Base64URL.encode(Array(signature.rawRepresentation))
            }

            func remove() {
                server?.end()
                try? FileManager.default.removeItem(atPath: folder)
            }
        }

        private static func ask(_ cluster: ClusterProcess, _ token: String, _ arguments: String...) throws
            -> ProgramResult
        {
            try Program.run(
                "kubectl",
                [
                    "--kubeconfig=/dev/null", "--server=https://127.0.0.1:\(cluster.securePort)",
                    "--insecure-skip-tls-verify", "--token=\(token)",
                ] + arguments)
        }

        @Test func everybodyIsWhoHeShowsToBe() throws {
            let issuer = try Issuer()
            defer { issuer.remove() }
            try "secret,tom,7,\"qa,dev\"\n".write(
                toFile: "\(issuer.folder)/tokens.csv", atomically: true, encoding: .utf8)
            let cluster = try ClusterProcess([
                "--token-auth-file", "\(issuer.folder)/tokens.csv", "--oidc-issuer-url", issuer.url, "--oidc-client-id",
                "kube", "--oidc-username-claim", "email", "--oidc-groups-claim", "groups", "--oidc-groups-prefix",
                "idp:",
                "--oidc-signing-algs", "ES256", "--oidc-ca-file", "\(issuer.folder)/tls.crt",
                "--enable-admission-plugins", "DenyServiceExternalIPs",
            ])
            defer { cluster.remove() }
            try cluster.start()
            let token = try issuer.token(["aud": "kube", "email": "jane@example.com", "groups": ["dev"]])
            let who = try Self.ask(cluster, token, "auth", "whoami", "-o", "json")
            let jane: JSON = try JSON(parsing: who.output)["status", "userInfo"] ?? .null
            #expect(jane["username"] == "jane@example.com", "\(who.errors)")
            #expect(jane["groups"]?.strings == ["idp:dev", "system:authenticated"])
            let refused = try Self.ask(cluster, token, "get", "pods")
            #expect(
                refused.errors.contains(
                    "pods is forbidden: User \"jane@example.com\" cannot list resource \"pods\" in API group \"\" in the "
                        + "namespace \"default\""), "\(refused.errors)")
            try cluster.kubectlDone("create", "rolebinding", "devs", "--clusterrole=view", "--group=idp:dev")
            #expect(try Self.ask(cluster, token, "get", "pods").exitCode == 0)
            #expect(try Self.ask(cluster, token + "x", "get", "pods").errors.contains("Unauthorized"))
            #expect(try Self.ask(cluster, "secret", "auth", "whoami").output.contains("[qa dev system:authenticated]"))
            let secret = """
                apiVersion: v1
                kind: Secret
                metadata: {name: bootstrap-token-abcdef, namespace: kube-system}
                type: bootstrap.kubernetes.io/token
                stringData: {token-id: abcdef, token-secret: 0123456789abcdef, usage-bootstrap-authentication: "true",
                  usage-bootstrap-signing: "true"}
                """
            try cluster.kubectlDone("apply", "-f", "-", input: secret)
            let joining = try Self.ask(cluster, "abcdef.0123456789abcdef", "auth", "whoami").output
            #expect(joining.contains("system:bootstrap:abcdef"))

            // Whoever shows nothing learns by which CA to know the cluster, and nothing else.
            let info = "http://127.0.0.1:\(cluster.port)/api/v1/namespaces/kube-public/configmaps/cluster-info"
            try wait("the token to sign", seconds: 30) {
                try Program.run("curl", ["-sS", info]).output.contains("jws-kubeconfig-abcdef")
            }
            let pods = try Program.run("curl", ["-sS", "http://127.0.0.1:\(cluster.port)/api/v1/pods"]).output
            #expect(
                pods.contains(
                    "pods is forbidden: User \\\"system:anonymous\\\" cannot list resource \\\"pods\\\" in API group \\\"\\\" "
                        + "at the cluster scope"))
            let service = try cluster.kubectl("create", "service", "externalname", "s", "--external-name=example.com")
            #expect(service.exitCode == 0)
            let stolen = try cluster.kubectl(
                "patch", "service", "s", "-p", #"{"spec":{"externalIPs":["192.0.2.1"]}}"#)
            #expect(stolen.errors.contains("Use of external IPs is denied by admission control"))
        }

        @Test func aNamespaceHoldsWhatItIsGiven() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            func refusal(_ arguments: String...) throws -> String { try cluster.kubectl(arguments).errors }
            try cluster.kubectlDone("create", "namespace", "small")
            try cluster.kubectlDone("-n", "small", "create", "quota", "q", "--hard=configmaps=3,pods=1")
            // The CA's is the first.
            try wait("the quota to be counted", seconds: 30) {
                try cluster.kubectlDone("-n", "small", "get", "quota", "q", "-o", "jsonpath={.status.used.configmaps}")
                    == "1"
            }
            for name in ["a", "b"] { try cluster.kubectlDone("-n", "small", "create", "configmap", name) }
            #expect(
                try refusal("-n", "small", "create", "configmap", "c").contains(
                    "configmaps \"c\" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=3, limited: "
                        + "configmaps=3"))
            try cluster.kubectlDone("-n", "small", "delete", "configmap", "a")
            try wait("what became free to be counted", seconds: 30) {
                try cluster.kubectl("-n", "small", "create", "configmap", "c").exitCode == 0
            }

            try cluster.kubectlDone("label", "namespace", "small", "pod-security.kubernetes.io/enforce=baseline")
            let overrides = #"{"spec":{"hostNetwork":true}}"#
            #expect(
                try refusal("-n", "small", "run", "p", "--image=busybox", "--overrides=\(overrides)").contains(
                    "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)"
                ))

            let limits = """
                apiVersion: v1
                kind: LimitRange
                metadata: {name: l, namespace: small}
                spec: {limits: [{type: Container, defaultRequest: {cpu: 10m}, max: {memory: 1Gi}, default: {memory: 64Mi}}]}
                """
            try cluster.kubectlDone("apply", "-f", "-", input: limits)
            try cluster.kubectlDone(
                "-n", "small", "run", "p", "--image=busybox",
                #"--overrides={"spec":{"terminationGracePeriodSeconds":1}}"#, "--", "sleep",
                "1000")
            #expect(
                try cluster.kubectlDone(
                    "-n", "small", "get", "pod", "p", "-o", "jsonpath={.spec.containers[0].resources}")
                    == #"{"limits":{"memory":"64Mi"},"requests":{"cpu":"10m","memory":"64Mi"}}"#)
            #expect(
                try refusal("-n", "small", "run", "q", "--image=busybox").contains(
                    "exceeded quota: q, requested: pods=1"))

            // The node reads its own pods' Secrets alone.
            let node = try cluster.kubectlDone("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")
            try cluster.kubectlDone("create", "secret", "generic", "s", "--from-literal=a=b")
            #expect(
                try refusal("get", "secret", "s", "--as=system:node:\(node)", "--as-group=system:nodes").contains(
                    "no relationship found between node '\(node)' and this object"))
            #expect(
                try refusal(
                    "taint", "node", node, "a=b:NoSchedule", "--as=system:node:\(node)", "--as-group=system:nodes"
                )
                .contains("is not allowed to modify taints"))
        }
    }
}
