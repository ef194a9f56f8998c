import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// `skiff up --ephemeral`: a whole cluster for one test, of which nothing is left however it ends.
    @Suite(.serialized) struct EphemeralTests {
        /// A place for clusters' directories, and what was there before them.
        private struct Place {
            let temporary = FileManager.default.temporaryDirectory.path + "/ephemeral-\(UUID().uuidString.prefix(8))"
            let before: Leftovers

            init() throws {
                try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
                before = try Leftovers.now(temporary)
            }
            func expectNothing() throws {
                var now = try Leftovers.now(temporary)
                let deadline = Date(timeIntervalSinceNow: 10)
                while !now.added(since: before).isEmpty, Date() < deadline {
                    usleep(20_000)
                    now = try Leftovers.now(temporary)
                }
                #expect(now.added(since: before).isEmpty)
            }
            func remove() { try? FileManager.default.removeItem(atPath: temporary) }
        }

        private static func number(_ variable: String, _ usual: Int) -> Int {
            ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? usual
        }

        /// Pods that take no notice of SIGTERM, so that an end with their grace would be seen.
        private static let stubborn = ["sh", "-c", "trap '' TERM; while :; do sleep 1000 & wait; done"]

        @Test func oneLineTellsHowItIsUsedAndAnEndOfTheInputLeavesNothing() throws {
            let place = try Place()
            defer { place.remove() }
            let cluster = try EphemeralCluster(["--nodes", "2"], temporary: place.temporary)
            #expect(cluster.facts["pid"]?.int == Int(cluster.process.processIdentifier))
            #expect(cluster.fact("dataDirectory").hasPrefix(place.temporary + "/skiff-"))
            // Who may read a key of the cluster: its owner.
            let mode = try FileManager.default.attributesOfItem(atPath: cluster.fact("dataDirectory"))[
                .posixPermissions]
            #expect(mode as? Int == 0o700)

            // A pod can be made at once, and all that the line names answers.
            _ = try cluster.kubectl(["run", "stubborn", "--image=busybox", "--"] + Self.stubborn)
            #expect(try cluster.status("/readyz") == "200")
            #expect(try cluster.status("/api/v1/nodes") == "200")
            let secure = try Program.run(
                "curl",
                [
                    "-sS", "--cacert", cluster.fact("ca"), "-H", "Authorization: Bearer \(cluster.fact("token"))",
                    cluster.fact("https") + "/version",
                ])
            #expect(secure.output.contains("\"gitVersion\""), "\(secure.errors)")
            _ = try cluster.kubectl(["wait", "--for=condition=Ready", "pod/stubborn", "--timeout=60s"])
            #expect(try cluster.kubectl(["get", "nodes", "-o", "name"]).split(separator: "\n").count == 2)
            // No database was named, so there is none.
            #expect(try cluster.status("/users") == "503")

            try cluster.letGo()
            try cluster.waitUntilGone()
            #expect(cluster.process.terminationStatus == 0)
            // The process that was waited for is the last to go.
            #expect(try Leftovers.now(place.temporary).added(since: place.before, withNetworks: false).isEmpty)
            try place.expectNothing()
            #expect(!FileManager.default.fileExists(atPath: cluster.fact("dataDirectory")))
        }

        @Test(arguments: [SIGKILL, SIGTERM]) func itsEndByASignalLeavesNothing(signal: Int32) throws {
            let place = try Place()
            defer { place.remove() }
            let cluster = try EphemeralCluster(temporary: place.temporary)
            _ = try cluster.kubectl(["run", "stubborn", "--image=busybox", "--"] + Self.stubborn)
            _ = try cluster.kubectl(["wait", "--for=condition=Ready", "pod/stubborn", "--timeout=60s"])
            kill(cluster.process.processIdentifier, signal)
            try cluster.waitUntilGone()
            try place.expectNothing()
        }

        /// The parent is a shell that is killed; standard input says nothing.
        @Test func itsParentsDeathEndsIt() throws {
            let place = try Place()
            defer { place.remove() }
            let script =
                "\"$0\" up --ephemeral </dev/null >\(place.temporary)/line 2>/dev/null & wait"
            let parent = try Program.start(
                "sh", ["-c", script, ClusterProcess.binary], environment: ["TMPDIR": place.temporary])
            var facts = JSON.null
            try wait("the line") {
                let data = FileManager.default.contents(atPath: "\(place.temporary)/line") ?? Data()
                facts = (try? JSON(parsing: Array(data))) ?? .null
                return facts.isObject
            }
            parent.end()
            let process = pid_t(facts["pid"]?.int ?? 0)
            try #require(process > 1)
            try wait("skiff to end", seconds: 20) { kill(process, 0) != 0 }
            try place.expectNothing()
        }

        /// Each has node ports, names and a Service of its own; `EPHEMERAL_SIDE_BY_SIDE` says how many.
        @Test func manySideBySide() throws {
            let count = Self.number("EPHEMERAL_SIDE_BY_SIDE", 4)
            let place = try Place()
            defer { place.remove() }
            let began = ContinuousClock.now
            let all = try (0..<count).map { _ in try EphemeralCluster(temporary: place.temporary, waits: false) }
            for cluster in all { try cluster.waitForLine() }
            let took = ContinuousClock.now - began
            #expect(Set(all.map { $0.fact("http") }).count == count)
            let memory = try all.map { try Self.proportionalBytes($0.process.processIdentifier) }
            print("\(count) clusters side by side: ready in \(took), \((memory.max() ?? 0) >> 20) MiB at most")
            for cluster in all {
                _ = try cluster.kubectl(["create", "service", "nodeport", "s", "--tcp=80:80", "--node-port=30912"])
                #expect(try cluster.kubectl(["get", "services", "-o", "name"]).split(separator: "\n").count == 2)
            }
            for cluster in all { try cluster.letGo() }
            for cluster in all { try cluster.waitUntilGone() }
            try place.expectNothing()
        }

        /// Memory that a process has for itself, and its part of what it shares.
        private static func proportionalBytes(_ process: pid_t) throws -> Int {
            let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
            return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
        }

        /// `EPHEMERAL_RUNS` says how many.
        @Test func oneAfterTheOtherTheyLeaveNothing() throws {
            let place = try Place()
            defer { place.remove() }
            var took: [Duration] = []
            for number in 0..<Self.number("EPHEMERAL_RUNS", 3) {
                let began = ContinuousClock.now
                let cluster = try EphemeralCluster(temporary: place.temporary)
                took.append(ContinuousClock.now - began)
                if number.isMultiple(of: 2) {
                    _ = try cluster.kubectl(["run", "p", "--image=busybox", "--", "sleep", "1000"])
                }
                try cluster.letGo()
                try cluster.waitUntilGone()
                #expect(try Leftovers.now(place.temporary).added(since: place.before, withNetworks: false).isEmpty)
            }
            try place.expectNothing()
            took.sort()
            print("\(took.count) clusters one after the other: ready after \(took[took.count / 2]) (median)")
        }

        @Test func whatDoesNotGoTogetherIsTold() throws {
            for (arguments, sentence) in [
                (["--ephemeral", "--data-dir", "/tmp/x"], "--ephemeral makes a directory of its own"),
                (["--ephemeral", "--etcd-servers", "http://127.0.0.1:1"], "--ephemeral keeps its store in memory"),
                (["--http-bind-address", "0.0.0.0"], "--allow-plain-http-beyond-loopback says that this is wanted"),
                (["--http-bind-address", "::"], "would carry tokens and Secrets in plain text over a network"),
                (["--http-bind-address", "here"], "--http-bind-address must be an IP address"),
            ] {
                let result = try Program.run(ClusterProcess.binary, ["up"] + arguments, timeoutSeconds: 30)
                #expect(result.exitCode != 0 && result.errors.contains(sentence), "\(arguments): \(result.errors)")
                #expect(result.output.isEmpty)
            }
        }

        /// The plain listener at another address, with a name of its own, and the kubeconfig for one.
        @Test func plainHTTPMovesAndTheCertificateHasMoreNames() throws {
            let place = try Place()
            defer { place.remove() }
            let port = try FreePorts.take()
            let cluster = try EphemeralCluster(
                [
                    "--http-bind-address", "0.0.0.0", "--allow-plain-http-beyond-loopback", "--port", "\(port)",
                    "--http-allowed-hosts", "Skiff.test,other.test", "--apiserver-cert-extra-sans",
                    "skiff.test,192.0.2.7",
                ], temporary: place.temporary)
            let url = "http://127.0.0.3:\(port)/livez"
            for (host, status) in [("skiff.test", "200"), ("OTHER.test:1", "200"), ("evil.test", "421")] {
                let answer = try Program.run(
                    "curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: \(host)", url])
                #expect(answer.text == status, "\(host) \(answer.errors)")
            }
            let server = cluster.fact("https").replacing(/\/\/[^:]*/, with: "//skiff.test")
            let config = try Program.run(
                ClusterProcess.binary,
                ["kubeconfig", "--data-dir", cluster.fact("dataDirectory"), "--server", server])
            #expect(config.output.contains("    server: \(server)\n"))
            #expect(config.exitCode == 0 && config.errors.isEmpty, "\(config.errors)")
            let other = try Program.run(
                ClusterProcess.binary, ["kubeconfig", "--data-dir", cluster.fact("dataDirectory")],
                environment: ["SKIFF_SERVER": "https://192.0.2.8:6443"])
            #expect(other.output.contains("    server: https://192.0.2.8:6443\n"))
            #expect(other.errors.contains("--apiserver-cert-extra-sans 192.0.2.8 adds it"))
        }

        @Test(arguments: ["test_cluster.sh", "test_cluster.py"]) func theSamplePasses(name: String) throws {
            let place = try Place()
            defer { place.remove() }
            let file = ClusterProcess.root.appending(path: "samples/testing/\(name)").path
            let environment = ["SKIFF": ClusterProcess.binary, "TMPDIR": place.temporary]
            let result =
                name.hasSuffix(".sh")
                ? try Program.run("bash", [file], environment: environment, timeoutSeconds: 180)
                : try Program.run(
                    try PythonEnvironment.interpreter(), ["-m", "pytest", "-q", "-p", "no:cacheprovider", file],
                    environment: environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }, timeoutSeconds: 180)
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            try place.expectNothing()
        }
    }
}
