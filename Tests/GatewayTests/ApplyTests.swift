import Foundation
import Testing

@testable import Gateway

/// `POST /apply` against a real API server.
@Suite struct ApplyTests {
    static let cafe = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: menu
        data:
          tea: "2"
          coffee: "3"
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: coffee-svc
        spec:
          selector: {app: coffee}
          ports:
          - {name: http, port: 80, targetPort: 8080, protocol: TCP}
        """

    static func apply(_ cluster: TestCluster, _ text: String, _ query: String = "") async throws -> String {
        let file = try cluster.gateway.directory.write("\(UUID().uuidString).yaml", text)
        return try await cluster.call(
            "-H", "content-type: application/yaml", "--data-binary", "@\(file)", path: "/apply\(query)")
    }

    @Test func createsThenLeavesAloneThenConfigures() async throws {
        try await TestCluster.run { cluster async throws in
            #expect(
                try await Self.apply(cluster, Self.cafe, "?dryRun=All")
                    == "configmap/menu created (server dry run)\nservice/coffee-svc created (server dry run)\n|200")
            #expect(
                try await Self.apply(cluster, Self.cafe) == "configmap/menu created\nservice/coffee-svc created\n|200")
            #expect(
                try await Self.apply(cluster, Self.cafe)
                    == "configmap/menu unchanged\nservice/coffee-svc unchanged\n|200")
            let changed = Self.cafe.replacing("  tea: \"2\"\n", with: "").replacing("port: 80,", with: "port: 81,")
            #expect(
                try await Self.apply(cluster, changed, "?dryRun=All")
                    == "configmap/menu configured (server dry run)\nservice/coffee-svc configured (server dry run)\n|200"
            )
            #expect(
                try await Self.apply(cluster, changed)
                    == "configmap/menu configured\nservice/coffee-svc configured\n|200")
            let menu = try await cluster.call(path: "/api/v1/namespaces/default/configmaps/menu")
            #expect(menu.contains(#""data":{"coffee":"3"}"#))
            let service = try await cluster.call(path: "/api/v1/namespaces/default/services/coffee-svc")
            #expect(service.contains(#""port":81"#))
            #expect(!service.contains(#""port":80,"#))
            #expect(service.contains(#""clusterIP":""#))
        }
    }

    @Test func whatNamesNoKindOrNamespaceIsToldAsSuch() async throws {
        try await TestCluster.run { cluster async throws in
            for version in ["0", "v9", "none/v1", "apps/v9", "a/b/c"] {
                let text = #"{"apiVersion":"\#(version)","kind":"ConfigMap","metadata":{"name":"a"}}"#
                let answer = try await Self.apply(cluster, text, "?dryRun=All")
                #expect(
                    answer.contains(#"no matches for kind "ConfigMap" in version "\#(version)""#)
                        && answer.hasSuffix("|404"),
                    "\(answer)")
            }
            for namespace in ["A", "", "a_b", "a.b", "%C3%85"] {
                #expect(
                    try await Self.apply(cluster, Self.cafe, "?namespace=\(namespace)").hasSuffix("|400"),
                    "\(namespace)")
            }
        }
    }

    @Test func namespacesAndErrors() async throws {
        try await TestCluster.run { cluster async throws in
            let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: kube-system}\n"
            #expect(try await Self.apply(cluster, other, "?namespace=kube-system") == "configmap/a created\n|200")
            #expect(try await Self.apply(cluster, other, "?namespace=default").hasSuffix("|400"))
            let unknown = "apiVersion: v1\nkind: Teapot\nmetadata: {name: a}\n"
            let good = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n"
            let mixed = try await Self.apply(cluster, "\(unknown)---\n\(good)")
            #expect(
                mixed == """
                    Error from server (NotFound): no matches for kind "Teapot" in version "v1"
                    configmap/good created
                    |404
                    """)
            for (text, part) in [
                ("a: [", "line"), ("", "no documents"), ("just text", "no object"), ("kind: ConfigMap", "no object"),
                ("apiVersion: v1\nkind: ConfigMap\nmetadata: {}", "metadata.name"), ("a: 1\na: 2", "twice"),
            ] {
                let answer = try await Self.apply(cluster, text)
                #expect(answer.hasSuffix("|400") && answer.contains(part), "\(text) → \(answer)")
            }
            #expect(try await Self.apply(cluster, good, "?dryRun=Some").hasSuffix("|400"))
            #expect(try await Self.apply(cluster, good, "?force=true").hasSuffix("|400"))
        }
    }

    @Test func withoutCredentialsNothingIsReached() async throws {
        try await TestCluster.run { cluster async throws in
            for arguments in [["-d", Self.cafe], ["-d", Self.cafe, "-H", "authorization: Bearer wrong"]] {
                let answer = try await Shell.run(
                    "curl", ["-sS", "-w", "|%{http_code}"] + arguments + ["\(cluster.gateway.plain)/apply"]
                ).output
                #expect(answer.hasSuffix("|401"))
            }
            #expect(
                try await Shell.curl("-w", "|%{http_code}", "\(cluster.gateway.plain)/metrics").output.hasSuffix("|401")
            )
            #expect(try await cluster.call(path: "/api/v1/namespaces/default/configmaps/menu").hasSuffix("|404"))
            let metrics = try await cluster.call(path: "/metrics")
            #expect(metrics.contains("process_resident_memory_bytes ") && metrics.contains("apiserver_request_total"))
        }
    }

    @Test func kubectlSeesTheSameObjectUnchanged() async throws {
        guard try await Shell.run("kubectl", ["version", "--client"]).exitCode == 0 else {
            print("skipped: kubectl is not installed")
            return
        }
        try await TestCluster.run { cluster async throws in
            _ = try await Self.apply(cluster, Self.cafe)
            let file = try cluster.gateway.directory.write("cafe.yaml", Self.cafe)
            let result = try await Shell.run(
                "kubectl",
                [
                    "--server", cluster.gateway.secure, "--token", TestCluster.token, "--certificate-authority",
                    cluster.gateway.caPath, "--cache-dir", cluster.gateway.directory.path, "apply", "--validate=false",
                    "-f", file,
                ])
            #expect(result.output == "configmap/menu unchanged\nservice/coffee-svc unchanged\n", "\(result.errors)")
        }
    }
}
