import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The cafe sample, deployed and driven with kubectl and curl.
    @Suite(.serialized) struct CafeTests {
        @Test func cafeServesThroughTheIngressAndSurvivesKillNine() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            let applied = try cluster.kubectlDone(
                "apply", "-f", ClusterProcess.root.appending(path: "samples/cafe").path)
            #expect(applied.contains("deployment.apps/coffee created"))
            try cluster.kubectlDone("rollout", "status", "deployment/coffee", "deployment/tea", "--timeout=60s")

            try wait("every replica of tea to answer", seconds: 60) {
                try cluster.replicasAnswering("/tea", calls: 30).count == 3
            }
            #expect(try cluster.replicasAnswering("/coffee", calls: 20).count == 2)
            let secure = try Program.run(
                "curl",
                [
                    "-sS", "--insecure", "--resolve", "cafe.example.com:\(cluster.ingressSecurePort):127.0.0.1",
                    "https://cafe.example.com:\(cluster.ingressSecurePort)/coffee",
                ])
            #expect(secure.output.contains("URI: /coffee"))

            cluster.killHard()
            try cluster.start()
            let pods = try cluster.kubectlDone("get", "pods", "-l", "app=tea", "-o", "name")
            #expect(pods.split(separator: "\n").count == 3)
            try wait("tea to answer after the restart", seconds: 60) {
                try cluster.replicasAnswering("/tea", calls: 30).count == 3
            }
        }
    }
}

extension ClusterProcess {
    /// The names of the pods that answered so many calls through the ingress.
    func replicasAnswering(_ path: String, calls: Int) throws -> Set<String> {
        var names: Set<String> = []
        for _ in 0..<calls {
            let answer = try Program.run(
                "curl",
                [
                    "-sS", "--max-time", "5", "--resolve", "cafe.example.com:\(ingressPort):127.0.0.1",
                    "http://cafe.example.com:\(ingressPort)\(path)",
                ])
            for line in answer.output.split(separator: "\n") where line.hasPrefix("Server name: ") {
                names.insert(String(line.dropFirst("Server name: ".count)))
            }
        }
        return names
    }
}
