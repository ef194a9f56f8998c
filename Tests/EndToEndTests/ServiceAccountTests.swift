import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Programs in pods know who they are and can tell the API so.
    @Suite(.serialized) struct ServiceAccountTests {
        static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"

        @Test(.enabled(if: geteuid() == 0, "without root a pod has no file tree of its own to mount into"))
        func aPodCallsTheAPIAsItsAccount() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("create", "serviceaccount", "clerk")
            let pod = """
                apiVersion: v1
                kind: Pod
                metadata: {name: caller}
                spec:
                  serviceAccountName: clerk
                  terminationGracePeriodSeconds: 1
                  containers:
                  - {name: main, image: busybox, command: [sleep, "100000"]}
                """
            try cluster.kubectlDone("apply", "-f", "-", input: pod)
            try cluster.kubectlDone("wait", "--for=condition=Ready", "pod/caller", "--timeout=60s")
            func call(_ path: String, _ options: String = "") throws -> JSON {
                let curl =
                    "curl -sS --max-time 20 --cacert \(Self.folder)/ca.crt "
                    + "-H \"Authorization: Bearer $(cat \(Self.folder)/token)\" \(options) "
                    + "https://kubernetes.default.svc\(path)"
                return try JSON(parsing: try cluster.kubectlDone("exec", "caller", "--", "sh", "-c", curl))
            }
            #expect(try cluster.kubectlDone("exec", "caller", "--", "cat", "\(Self.folder)/namespace") == "default")
            #expect(try call("/version")["gitVersion"] == "v1.36.2")
            #expect(try call("/apis/apps/v1")["kind"] == "APIResourceList")
            let refused = try call("/api/v1/namespaces/default/pods")
            #expect(refused["code"]?.int == 403)
            #expect(
                refused["message"]
                    == "pods is forbidden: User \"system:serviceaccount:default:clerk\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\""
            )
            let question = #"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#
            let who = try call(
                "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                "-H 'Content-Type: application/json' -d '\(question)'")
            #expect(
                who["status", "userInfo", "extra"]?["authentication.kubernetes.io/pod-name"]?[0] == "caller",
                "\(who.text)")

            // Its token is of no use once it is gone.
            let token = try cluster.kubectlDone("exec", "caller", "--", "cat", "\(Self.folder)/token")
            func status() throws -> String {
                try Program.run(
                    "curl",
                    [
                        "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Authorization: Bearer \(token)",
                        "http://127.0.0.1:\(cluster.port)/api",
                    ]
                ).text
            }
            #expect(try status() == "200")
            try cluster.kubectlDone("delete", "pod", "caller", "--timeout=30s")
            #expect(try status() == "401")
        }

        @Test func kubectlAsksWhoItIsAndWhatItMay() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            #expect(try cluster.kubectlDone("auth", "whoami").contains("kubernetes-admin"))
            #expect(try cluster.kubectlDone("auth", "can-i", "create", "deployments") == "yes")
            #expect(try cluster.kubectlDone("auth", "can-i", "--list").contains("*.*"))
            try cluster.kubectlDone("create", "serviceaccount", "clerk")
            let token = try cluster.kubectlDone("create", "token", "clerk", "--duration=1h")
            // The administrator's certificate would be shown too; a kubeconfig of its own has the token alone.
            let config = "\(cluster.directory)/clerk.conf"
            let server = "https://127.0.0.1:\(cluster.securePort)"
            for arguments in [
                ["set-cluster", "c", "--server=\(server)", "--insecure-skip-tls-verify"],
                ["set-credentials", "clerk", "--token=\(token)"],
                ["set-context", "x", "--cluster=c", "--user=clerk"], ["use-context", "x"],
            ] {
                #expect(try cluster.kubectl(["config", "--kubeconfig=\(config)"] + arguments).exitCode == 0)
            }
            func clerk(_ arguments: String...) throws -> ProgramResult {
                try cluster.kubectl(["--kubeconfig=\(config)"] + arguments)
            }
            #expect(try clerk("auth", "whoami").output.contains("system:serviceaccount:default:clerk"))
            #expect(try clerk("auth", "can-i", "create", "deployments").text == "no")
            #expect(
                try clerk("auth", "can-i", "--list").output.contains("selfsubjectaccessreviews.authorization.k8s.io"))
            let refused = try clerk("get", "pods")
            #expect(refused.exitCode == 1)
            #expect(refused.errors.contains("Error from server (Forbidden): pods is forbidden"))
        }
    }
}
