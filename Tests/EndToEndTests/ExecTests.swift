import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// An unmodified kubectl runs commands in pods, by its newer way (WebSockets) and by the older (SPDY).
    @Suite(.serialized) struct ExecTests {
        private static let shortGrace =
            #"--overrides={"apiVersion":"v1","spec":{"terminationGracePeriodSeconds":1}}"#

        @Test(arguments: ["true", "false"]) func runsCommands(overWebSocket: String) throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone(
                "run", "box", "--image=busybox", Self.shortGrace, "--", "sh", "-c",
                "while read -r line; do echo \"heard $line\"; done < /dev/null; exec sleep 100000")
            try cluster.kubectlDone("wait", "--for=condition=Ready", "pod/box", "--timeout=60s")
            func exec(_ arguments: String..., input: String? = nil) throws -> ProgramResult {
                try cluster.kubectl(
                    ["exec"] + arguments, input: input,
                    environment: ["KUBECTL_REMOTE_COMMAND_WEBSOCKETS": overWebSocket])
            }
            let plain = try exec("-v=7", "box", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
            #expect(plain.exitCode == 7)
            #expect(plain.text == "out")
            #expect(plain.errors.contains("err\n"))
            #expect(plain.errors.contains("command terminated with exit code 7"))
            #expect(plain.errors.contains(overWebSocket == "true" ? "GET https" : "POST https"), "\(plain.errors)")
            #expect(try exec("box", "--", "true").exitCode == 0)
            let missing = try exec("box", "--", "no-such-program")
            #expect(missing.exitCode != 0)
            #expect(missing.errors.contains("no-such-program"), "\(missing.errors)")

            // Megabytes in and out.
            let text = String(repeating: "0123456789abcdef", count: 200_000)
            #expect(try exec("-i", "box", "--", "sh", "-c", "wc -c", input: text).text == "3200000")
            #expect(try exec("-i", "box", "--", "cat", input: text).output == text)
            // A command that does not read all of its input still has its output read.
            #expect(
                try exec("-i", "box", "--", "sh", "-c", "head -c 16; exit 3", input: text).output == "0123456789abcdef")

            let file = "\(cluster.directory)/copied"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let copied = try cluster.kubectl(
                ["cp", file, "box:/tmp/copied"], environment: ["KUBECTL_REMOTE_COMMAND_WEBSOCKETS": overWebSocket])
            #expect(copied.exitCode == 0, "\(copied.errors)")
            #expect(try exec("box", "--", "wc", "-c", "/tmp/copied").text.hasPrefix("3200000"))
        }

        /// kubectl 1.32 ends with "Unknown stream id" when it is told something before it has made its streams. `EXECS` is how
        /// many commands are run, six at a time.
        @Test func shortCommandsAllSucceed() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("run", "box", "--image=busybox", Self.shortGrace, "--", "sleep", "100000")
            try cluster.kubectlDone("wait", "--for=condition=Ready", "pod/box", "--timeout=60s")
            let count = ProcessInfo.processInfo.environment["EXECS"].flatMap { Int($0) } ?? 60
            let script = """
                for turn in $(seq \(count / 6)); do
                  said=$(timeout 60 kubectl exec box -- echo hi 2>&1); code=$?
                  [ "$code $said" = "0 hi" ] || echo "$code $said"
                done
                """
            let environment = ["KUBECONFIG": "\(cluster.directory)/admin.conf", "HOME": cluster.directory]
            let workers = try (0..<6).map { _ in try Program.start("sh", ["-c", script], environment: environment) }
            for worker in workers {
                let result = try worker.result(timeoutSeconds: 120 + Double(count))
                #expect(result.output == "", "\(result.errors)")
            }
        }

        @Test(arguments: ["true", "false"]) func givesATerminal(overWebSocket: String) throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("run", "box", "--image=busybox", Self.shortGrace, "--", "sleep", "100000")
            try cluster.kubectlDone("wait", "--for=condition=Ready", "pod/box", "--timeout=60s")
            // script(1) gives kubectl a terminal of its own, of a size that nobody has by chance.
            let command =
                "stty rows 33 cols 123; kubectl exec -it box -- sh -c "
                + "'while [ \"$(stty size)\" != \"33 123\" ]; do sleep 0.1; done; test -t 0 && test -t 1 && echo terminal; exit 5'"
            let result = try Program.run(
                "script", ["-qec", command, "/dev/null"],
                environment: [
                    "KUBECONFIG": "\(cluster.directory)/admin.conf", "HOME": cluster.directory,
                    "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": overWebSocket,
                ], timeoutSeconds: 60)
            #expect(result.exitCode == 5, "\(result.output)\(result.errors)")
            #expect(result.output.contains("terminal\r\n"))
        }
    }
}
