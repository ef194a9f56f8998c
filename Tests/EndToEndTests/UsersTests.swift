import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The users tutorial with a real MariaDB pod, and the gateway's own users on the cluster's database.
    @Suite(.serialized) struct UsersTests {
        @Test func tutorialKeepsItsRowsWhenThePodOfTheDatabaseIsKilled() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            // The tutorial's volume is /mnt/data of the machine; this test's rows must not be another run's.
            let volume = "\(cluster.directory)-data"
            defer { try? FileManager.default.removeItem(atPath: volume) }
            let folder = ClusterProcess.root.appending(path: "samples/users").path
            for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
                let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                try cluster.kubectlDone(
                    "apply", "-f", "-", input: text.replacingOccurrences(of: "/mnt/data", with: volume))
            }
            try cluster.kubectlDone("rollout", "status", "deployment/mysql", "--timeout=120s")
            try cluster.kubectlDone("rollout", "status", "deployment/flaskapi-deployment", "--timeout=120s")
            #expect(try cluster.kubectlDone("get", "pvc", "mysql-pv-claim").contains("Bound"))

            let table = """
                CREATE DATABASE IF NOT EXISTS flaskapi; USE flaskapi;
                CREATE TABLE IF NOT EXISTS users(user_id INT PRIMARY KEY AUTO_INCREMENT, user_name VARCHAR(255), user_email VARCHAR(255), user_password VARCHAR(255));
                """
            // The server has no readiness probe in the tutorial; like its reader we try again until it is up.
            var client = ProgramResult(exitCode: -1, output: "", errors: "")
            for _ in 0..<10 where client.exitCode != 0 {
                client = try cluster.kubectl(
                    "run", "-i", "--rm", "--image=mysql", "--restart=Never", "mysql-client", "--", "mysql", "--host",
                    "mysql", "--password=admin", input: table)
                if client.exitCode != 0 { usleep(1_000_000) }
            }
            #expect(client.exitCode == 0, "\(client.errors)")

            let address = try cluster.kubectlDone("get", "service", "flask-service", "-o", "jsonpath={.spec.clusterIP}")
            func call(_ path: String, _ options: [String] = []) throws -> String {
                try Program.run("curl", ["-sS", "--max-time", "10"] + options + ["http://\(address):5000\(path)"]).text
            }
            let body = #"{"name":"Ada","email":"ada@example.com","pwd":"secret"}"#
            #expect(
                try call("/create", ["-H", "Content-Type: application/json", "-d", body]).contains(
                    "User created successfully!"))
            #expect(try call("/users").contains("Ada"))

            try cluster.kubectlDone("delete", "pod", "-l", "app=db", "--timeout=90s")
            try cluster.kubectlDone("rollout", "status", "deployment/mysql", "--timeout=120s")
            try wait("the rows to be there again", seconds: 60) { try call("/users").contains("Ada") }
            try cluster.kubectlDone("scale", "deployment/flaskapi-deployment", "--replicas=5")
            try cluster.kubectlDone("rollout", "status", "deployment/flaskapi-deployment", "--timeout=60s")
        }

        @Test func gatewayUsersAnswerAsTheTutorialDoes() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            let json = ["-H", "Content-Type: application/json"]
            try wait("the database", seconds: 60) {
                try cluster.curl("/readyz?verbose").output.contains("[+]database ok")
            }
            let created = try cluster.curl(
                "/create", json + ["-d", #"{"name":"Ada","email":"a@example.com","pwd":"s"}"#])
            #expect(created.text == #""User created successfully!""#)
            #expect(
                try cluster.curl("/create", json + ["-d", #"{"name":"Ada"}"#]).text.contains(
                    "Please provide name, email and pwd"))
            let users = try JSON(parsing: try cluster.curl("/users").output)
            #expect(users[0][1] == "Ada")
            #expect(users[0][3] == .null)
            let id = try #require(users[0][0].int)
            #expect(
                try cluster.curl(
                    "/update",
                    json + ["-d", "{\"name\":\"Eve\",\"email\":\"e@example.com\",\"pwd\":\"t\",\"user_id\":\(id)}"]
                ).exitCode == 0)
            #expect(try JSON(parsing: try cluster.curl("/user/\(id)").output)[1] == "Eve")
            #expect(try cluster.curl("/delete/\(id)").exitCode == 0)
            #expect(try cluster.curl("/user/\(id)").text == "null")
        }
    }
}
