import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// `openapi.yaml` held against a running cluster by a public tool: every check, made-up requests, good ones and bad ones.
    @Suite(
        .serialized,
        .enabled(if: ProcessInfo.processInfo.environment["SKIFF_TEST_SCHEMATHESIS"] == "1", "takes minutes"))
    struct SchemathesisTests {
        @Test func theClusterDoesWhatItsDescriptionSays() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            // The samples' paths have something to show, and the database is there.
            try cluster.kubectlDone("apply", "-f", ClusterProcess.root.appending(path: "samples/cafe").path)
            try cluster.kubectlDone("rollout", "status", "deployment/coffee", "deployment/tea", "--timeout=60s")
            try wait("the database", seconds: 60) { try cluster.curl("/readyz?verbose").output.contains("database ok") }
            try wait("tea") { try cluster.curl("/tea?with=coffee").output.contains("Server name: coffee") }

            let folder = ClusterProcess.root.appending(path: ".build/schemathesis").path
            if !FileManager.default.fileExists(atPath: "\(folder)/done") {
                #expect(try Program.run("python3", ["-m", "venv", folder]).exitCode == 0)
                let installed = try Program.run(
                    "\(folder)/bin/pip", ["install", "-q", "schemathesis==4.32.5"], timeoutSeconds: 300)
                try #require(installed.exitCode == 0, "\(installed.errors)")
                _ = FileManager.default.createFile(atPath: "\(folder)/done", contents: nil)
            }
            for seed in ["1", "2"] {
                // It keeps files of its own where it is run.
                let result = try Program.run(
                    "env",
                    [
                        "-C", cluster.directory, "\(folder)/bin/st", "run",
                        ClusterProcess.root.appending(path: "openapi.yaml").path, "--url",
                        "http://127.0.0.1:\(cluster.port)", "-H", "Authorization: Bearer \(cluster.token)", "--checks",
                        "all", "--seed", seed, "--max-examples", "100",
                    ], environment: ["HOME": cluster.directory], timeoutSeconds: 1_200)
                #expect(result.exitCode == 0, "\(result.output.suffix(6_000))")
            }
            #expect(try cluster.curl("/readyz").text == "ok")
        }
    }
}
