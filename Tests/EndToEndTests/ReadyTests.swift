import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// What a start promises: when `/readyz` says ok, what the README tells one to do next works at once.
    @Suite struct ReadyTests {
        @Test(.timeLimit(.minutes(2)), arguments: [1, 3]) func readyMeansThatTheNextStepWorks(nodes: Int) throws {
            let cluster = try ClusterProcess(["--nodes", "\(nodes)"])
            defer { cluster.remove() }
            try cluster.launch()
            // Asked without a pause, and without credentials, as the page may be.
            let page = "http://127.0.0.1:\(cluster.port)/readyz"
            try wait("skiff to be ready", seconds: 60) {
                try Program.run("curl", ["-s", "--max-time", "5", page]).text == "ok"
            }
            let pod = """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},
                "spec":{"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"busybox","command":["sleep","60"]}]}}
                """
            let config = try String(contentsOfFile: "\(cluster.directory)/admin.conf", encoding: .utf8)
            #expect(config.contains("client-certificate-data"))
            #expect(!cluster.token.isEmpty)
            let made = try cluster.curl(
                "/api/v1/namespaces/default/pods",
                ["-X", "POST", "-H", "Content-Type: application/json", "--data-binary", pod])
            #expect(try JSON(parsing: made.text)["metadata", "name"]?.string == "p", "\(made.text)")
            let list = try JSON(parsing: try cluster.curl("/api/v1/nodes").text)
            let ready = (list["items"]?.elements ?? []).filter { node in
                (node["status", "conditions"]?.elements ?? []).contains {
                    $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
                }
            }
            #expect(ready.count == nodes, "\(list.text)")
            let seen = try cluster.kubectl("get", "pods,nodes,services,ingressclasses")
            #expect(seen.exitCode == 0, "\(seen.errors)")
            // The ingress listens, with nothing behind it yet.
            let ingress = try Program.run(
                "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:\(cluster.ingressPort)/"])
            #expect(ingress.text == "404")
        }
    }
}
