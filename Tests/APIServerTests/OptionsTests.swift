import APIMachinery
import HTTPMessages
import Testing

/// Options of writes and deletions that do not go together, as Kubernetes refuses them.
@Suite struct OptionsTests {
    private static let merge = [(name: "content-type", value: "application/merge-patch+json")]

    @Test func managersAndForceAreChecked() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("m"))
            for (query, wrong) in [
                (
                    "fieldManager=" + String(repeating: "x", count: 129),
                    "fieldManager: Too long: may not be more than 128 bytes"
                ),
                ("fieldManager=%C2%A0", "invalid character U+00A0 (at position 0)"),
                ("force=true", "force: Forbidden: may not be specified for non-apply patch"),
                ("dryRun=Some", "dryRun: Unsupported value: [\"Some\"]: supported values: \"All\""),
            ] {
                let reply = try await cluster.call(
                    "PATCH", "\(Harness.configMaps)/m?\(query)", ["data": ["a": "z"]], headers: Self.merge)
                #expect(reply.status == 422 && reply.message.hasSuffix(wrong), "\(reply.message)")
                #expect(reply.json["details", "kind"]?.string == "PatchOptions")
            }
            let kept = try await cluster.call("GET", "\(Harness.configMaps)/m")
            #expect(kept.json["data", "a"]?.string == "b")
            let named = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/m?fieldManager=x",
                headers: [(name: "content-type", value: "application/apply-patch+yaml")],
                text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n")
            #expect(named.message == "the name of the object (other) does not match the name on the URL (m)")
        }
    }

    @Test func whatBecomesOfDependentsIsSaidOnce() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("m"))
            for (query, wrong) in [
                (
                    "propagationPolicy=Foreground&orphanDependents=true",
                    "Invalid value: \"Foreground\": orphanDependents and deletionPropagation cannot be both set"
                ),
                (
                    "propagationPolicy=Nope",
                    "Unsupported value: \"Nope\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""
                ),
            ] {
                let reply = try await cluster.call("DELETE", "\(Harness.configMaps)/m?\(query)")
                #expect(reply.status == 422 && reply.message.hasSuffix(wrong), "\(reply.message)")
            }
            #expect(try await cluster.call("GET", "\(Harness.configMaps)/m").status == 200)
        }
    }

    /// The Python client's models, for one, expect it.
    @Test func someKindsAnswerADeletionWithTheObject() async throws {
        try await Harness.run { cluster in
            let root = "/apis/storage.k8s.io/v1/storageclasses"
            _ = try await cluster.call(
                "POST", root,
                [
                    "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": ["name": "s"],
                    "provisioner": "a.b/c",
                ])
            let reply = try await cluster.call("DELETE", root + "/s")
            #expect(reply.json["kind"]?.string == "StorageClass" && reply.json["provisioner"]?.string == "a.b/c")
        }
    }

    @Test func versionsThatAKnownGroupLacksAreToldAsAStatus() async throws {
        try await Harness.run { cluster in
            let reply = try await cluster.call("GET", "/apis/apps/v2/deployments")
            #expect(reply.status == 404 && reply.message == "the server could not find the requested resource")
            #expect(try await cluster.call("GET", "/apis/nope.io/v1/things").text == "404 page not found\n")
            let selected = try await cluster.call("GET", Harness.configMaps + "?fieldSelector=nope%3D1")
            #expect(
                selected.message
                    == "\"nope\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
        }
    }
}
