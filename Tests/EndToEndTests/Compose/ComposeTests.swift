import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// `docker/` with a real engine. `SKIFF_TEST_COMPOSE=build` builds the image as a user does, in many minutes; `prebuilt` takes
    /// the programs that are in docker/prebuilt.
    @Suite(.serialized, .enabled(if: DockerEngine.isWanted, "needs an engine, and minutes"))
    struct ComposeTests {
        static let imageLimitBytes = 250_000_000
        private static let compose = "docker compose -f docker/docker-compose.yml"

        /// The lines of the README's block that begins with docker compose, without their prompts and comments.
        private static func readmeLines() throws -> [String] {
            let text = try String(contentsOf: ClusterProcess.root.appending(path: "README.md"), encoding: .utf8)
            let block = text.components(separatedBy: "```").first { $0.contains("$ \(compose) up") } ?? ""
            return block.split(separator: "\n").filter { $0.hasPrefix("$ ") }.map { line in
                let command = line.dropFirst(2)
                let end = command.range(of: "    #")?.lowerBound ?? command.endIndex
                return command[..<end].trimmingCharacters(in: .whitespaces)
            }
        }

        /// Runs lines one after the other, each again and again until it succeeds: what was started may need its time.
        private static func follow(_ lines: [String], _ engine: DockerEngine, _ environment: [String: String]) throws {
            for line in lines {
                let line = line.replacing("/tmp/", with: engine.directory + "/")
                var last = ""
                do {
                    try wait(line, seconds: 120) {
                        let result = try engine.run(line, environment: environment, timeoutSeconds: 5_000)
                        last = result.errors + result.output
                        return result.exitCode == 0
                    }
                } catch { throw ProgramFailure(description: "\(error): \(last.suffix(3_000))") }
            }
        }

        @Test func theReadmesLinesWorkAndNothingIsLost() throws {
            let engine = try DockerEngine()
            defer { engine.remove() }
            let isBuilt = DockerEngine.wanted == "build"
            try engine.assemble(withToolchain: isBuilt)
            let environment = ["SKIFF_BINARIES": isBuilt ? "build" : "prebuilt"]
            let lines = try Self.readmeLines()
            let down = "\(Self.compose) down"
            try #require(lines.first?.hasPrefix("\(Self.compose) up") == true && lines.last == down)
            try Self.follow(lines.dropLast(), engine, environment)

            let bytes = try engine.done("docker image inspect -f '{{.Size}}' skiff:latest")
            print("the image has \(bytes) bytes")
            if isBuilt { #expect((Int(bytes) ?? .max) < Self.imageLimitBytes) }
            let user = try engine.done("\(Self.compose) exec -T skiff id -u")
            #expect(user == "10001")

            try Stack(engine, compose: Self.compose).surviveEverything(
                upAgain: lines[0].replacing(" --build", with: ""), down: down)
            try engine.done("\(down) --volumes")
        }
    }

    /// What the cluster in the containers has acknowledged, and what is done to it.
    private struct Stack {
        let engine: DockerEngine
        let compose: String

        init(_ engine: DockerEngine, compose: String) {
            self.engine = engine
            self.compose = compose
        }

        private var token: String {
            get throws { try engine.done("\(compose) exec -T skiff cat /var/lib/skiff/admin.token") }
        }
        private func kubectl(_ arguments: String) throws -> String {
            try engine.done("kubectl --kubeconfig \(engine.directory)/skiff.conf \(arguments)")
        }
        private func waitUntilReady() throws {
            try wait("the cluster in its container", seconds: 120) {
                try engine.run("curl -fsS --max-time 5 http://127.0.0.1:8080/readyz").text == "ok"
            }
        }

        /// Makes so many objects, which all were acknowledged.
        private func create(_ phase: String) throws {
            for number in 0..<5 { _ = try kubectl("create configmap \(phase)-\(number) --from-literal=a=\(number)") }
        }

        private func createUser(_ name: String) throws {
            try wait("the database to take a user", seconds: 120) {
                try engine.run(
                    "curl -fsS --max-time 10 -H 'Content-Type: application/json' "
                        + "-d '{\"name\":\"\(name)\",\"email\":\"e\",\"pwd\":\"p\"}' http://127.0.0.1:8080/create"
                ).exitCode == 0
            }
        }

        /// In the tutorial's own database, on the pod's hostPath volume.
        private func tutorial(_ statement: String) throws -> String {
            var answer = ""
            try wait("the tutorial's database", seconds: 180) {
                let result = try engine.run(
                    "kubectl --kubeconfig \(engine.directory)/skiff.conf exec deployment/mysql -- sh -c "
                        + "'mysql --host $POD_IP --user=root --password=admin -N -e \"\(statement)\"'")
                answer = result.text
                return result.exitCode == 0
            }
            return answer
        }

        private func expectTea() throws {
            try wait("tea", seconds: 120) {
                try engine.run("curl -fsS --max-time 10 'http://127.0.0.1:8080/tea?with=coffee'").output
                    .components(separatedBy: "Server name: ").count == 3
            }
        }

        func surviveEverything(upAgain: String, down: String) throws {
            for file in ["flaskapi-secrets", "mysql-pv", "mysql-deployment", "flaskapp-deployment"] {
                _ = try kubectl("apply -f samples/users/\(file).yaml")
            }
            _ = try tutorial("CREATE DATABASE IF NOT EXISTS flaskapi; CREATE TABLE flaskapi.t(a INT)")
            var phases: [String] = []
            func phase(_ name: String) throws {
                phases.append(name)
                try create(name)
                _ = try tutorial("INSERT INTO flaskapi.t VALUES (\(phases.count))")
            }
            try phase("first")
            try createUser("first")

            try engine.done("\(compose) restart skiff")
            try waitUntilReady()
            try phase("restarted")

            // Killed, and its pods with it.
            try engine.done("\(compose) kill skiff")
            try engine.done("\(compose) start skiff")
            try waitUntilReady()
            try phase("killed")

            // Without its database the cluster goes on, and what it did is in the trail later.
            try engine.done("\(compose) stop mariadb")
            try phase("alone")
            #expect(try engine.run("curl -sS -w '%{http_code}' -o /dev/null http://127.0.0.1:8080/users").text == "503")
            sleep(Self.secondsWithoutDatabase)
            try phase("stillalone")
            try engine.done("\(compose) start mariadb")
            try createUser("second")

            try engine.done(down)
            try engine.done(upAgain)
            try waitUntilReady()
            try phase("again")

            try expectTea()
            let objects = try kubectl("get configmaps -o name").split(separator: "\n")
            #expect(objects.filter { !$0.hasSuffix("kube-root-ca.crt") }.count == phases.count * 5)
            #expect(
                try tutorial("SELECT COUNT(*), SUM(a) FROM flaskapi.t")
                    == "\(phases.count)\t\((1...phases.count).reduce(0, +))")
            let users = try engine.done("curl -fsS http://127.0.0.1:8080/users")
            #expect(users.contains("\"first\"") && users.contains("\"second\""), "\(users)")
            try expectAuditOnce(phases)
        }
        private static let secondsWithoutDatabase: UInt32 = 60

        /// Each create is in the trail once, wherever the database was at the time.
        private func expectAuditOnce(_ phases: [String]) throws {
            let names = phases.flatMap { phase in (0..<5).map { "\(phase)-\($0)" } }.sorted()
            var found: [String] = []
            let query = "verb=create&resource=configmaps&user=kubernetes-admin&limit=500"
            try? wait("the trail", seconds: 60) {
                let answer = try engine.run(
                    "curl -fsS -H 'Authorization: Bearer \(try token)' 'http://127.0.0.1:8080/audit/events?\(query)'")
                let items = (try? JSON(parsing: Array(answer.output.utf8)))?["items"]?.elements ?? []
                found = items.compactMap { $0["objectRef", "name"]?.string }.sorted()
                return found.count >= names.count
            }
            #expect(found == names)
        }
    }
}
