import APIMachinery
import ExpositionTestKit
import Foundation
import HTTPMessages
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Kubelet

@Suite(.serialized) struct KubeletServerTests {
    private static func request(
        _ path: String, method: String = "GET", as user: String? = nil, groups: [String] = [], token: String? = nil
    ) -> Request {
        let mark = path.firstIndex(of: "?")
        return Request(
            method: method, path: mark.map { String(path[..<$0]) } ?? path,
            query: mark.map { String(path[path.index(after: $0)...]) } ?? "",
            headers: token.map { [("authorization", "Bearer \($0)")] } ?? [],
            certificate: user.map { .init(commonName: $0, organizations: groups) }, isSecure: true)
    }
    private static func text(_ answer: Answer) async throws -> String {
        switch answer.body {
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .stream(let stream):
            var bytes: [UInt8] = []
            while let piece = try await stream.next() { bytes += piece }
            return String(decoding: bytes, as: UTF8.self)
        case .tunnel: return "tunnel"
        }
    }
    private static func told(_ answer: Answer) async throws -> String {
        "\(answer.status) \(try await text(answer))"
    }

    @Test func whoMayAskWhatIsTheClustersToSay() async throws {
        let node = NodeFixture(index: 71)
        try await node.with { kubelet in
            try await eventually { await kubelet.isRunning }
            let server = KubeletServer(kubelet) { "" }
            #expect(try await Self.told(await server.answer(Self.request("/pods"))) == "401 Unauthorized")
            #expect(
                try await Self.told(await server.answer(Self.request("/pods", token: "nobody's"))) == "401 Unauthorized"
            )
            #expect(
                try await Self.told(await server.answer(Self.request("/pods", as: "alice")))
                    == "403 Forbidden (user=alice, verb=get, resource=nodes, subresource(s)=[pods proxy])\n")
            let admin = await server.answer(Self.request("/healthz", as: "root", groups: ["system:masters"]))
            #expect(try await Self.told(admin) == "200 ok")
            // A right to one part of a node is one to its paths and no others.
            _ = try await node.cluster.create(
                ClusterRole([
                    "metadata": ["name": "health"],
                    "rules": [
                        ["apiGroups": [""], "resources": ["nodes/healthz"], "verbs": ["get"]]
                    ],
                ]))
            _ = try await node.cluster.create(
                ClusterRoleBinding([
                    "metadata": ["name": "health"],
                    "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "health"],
                    "subjects": [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "bob"]],
                ]))
            #expect(try await Self.told(await server.answer(Self.request("/healthz/ping", as: "bob"))) == "200 ok")
            #expect(await server.answer(Self.request("/stats/summary", as: "bob")).status == 403)
            #expect(await server.answer(Self.request("/healthz", method: "POST", as: "bob")).status == 403)
            // What was allowed stays so while the cluster is away, and what must be asked is an error.
            node.cluster.fail("create", SubjectAccessReview.resource, with: StatusError.internalError("away"), times: 2)
            #expect(await server.answer(Self.request("/healthz", as: "bob")).status == 200)
            #expect(
                try await Self.told(await server.answer(Self.request("/metrics", as: "carol")))
                    == "500 Authorization error (user=carol, verb=get, resource=nodes, subresource=metrics)")
        }
    }

    @Test func pagesTellOfThePodsThatRun() async throws {
        let node = NodeFixture(index: 72)
        try await node.with { kubelet in
            let server = KubeletServer(kubelet) { "# the process'\n" }
            func get(_ path: String, method: String = "GET") async throws -> String {
                try await Self.told(await server.page(Self.request(path, method: method)))
            }
            let pod = try await node.pod("web", script: "echo one; echo two; exec sleep 1000") { pod in
                pod.spec.containers[0].json["readinessProbe"] = ["exec": ["command": ["true"]], "periodSeconds": 1]
                pod.spec.volumes = [
                    Volume {
                        $0.name = "scratch"
                        $0.emptyDir = EmptyDirVolumeSource()
                    }
                ]
            }
            try await node.wait("web") { $0?.conditionStatus("Ready") == "True" }
            func json(_ path: String) async throws -> JSON {
                let answer = await server.page(Self.request(path))
                #expect(answer.status == 200 && answer.headers.contains { $0.value == "application/json" })
                return try JSON(parsing: Array(try await Self.text(answer).utf8))
            }
            let pods = try await json("/pods")
            #expect(pods["kind"]?.string == "PodList" && pods["items"]?[0].key.name == "web")
            let running = try await json("/runningpods/")
            #expect(running["items"]?[0]["spec", "containers"]?[0]["name"]?.string == "main")
            #expect(try await json("/configz")["kubeletconfig", "maxPods"]?.int == 110)

            let summary = try await json("/stats/summary")
            #expect(summary["node", "nodeName"]?.string == "node-1")
            #expect((summary["node", "memory", "workingSetBytes"]?.int ?? 0) > 0)
            #expect((summary["node", "rlimit", "curproc"]?.int ?? 0) > 0)
            let told = try #require(summary["pods"])[0]
            #expect(told["podRef", "uid"]?.string == pod.uid && told["containers"]?[0]["name"]?.string == "main")
            #expect((told["memory", "workingSetBytes"]?.int ?? 0) > 0)
            #expect((told["containers"]?[0]["logs", "usedBytes"]?.int ?? 0) > 0)
            let volume = told["volume"]?.elements.first { $0["name"]?.string == "scratch" }
            #expect((volume?["usedBytes"]?.int ?? -1) >= 0 && (volume?["inodes"]?.int ?? 0) > 0, "\(told)")
            let short = try await json("/stats/summary?only_cpu_and_memory=true")
            #expect(short["node", "fs"] == nil && short["node", "cpu"] != nil)

            #expect(try await get("/metrics") == "200 # the process'\n")
            for (path, family) in [
                ("/metrics/resource", "container_memory_working_set_bytes"),
                ("/metrics/cadvisor", "container_cpu_usage_seconds_total"), ("/metrics/probes", "prober_probe_total"),
            ] {
                let answer = try await Self.text(await server.page(Self.request(path)))
                // The times of the samples, which our reader does not know.
                let page = ExpositionParser.parse(answer.replacing(try Regex(" [0-9]{13}\n"), with: "\n"))
                #expect(page.problems.isEmpty, "\(path): \(page.problems)")
                #expect(
                    (page.sum(family, ["container": "main", "pod": "web", "namespace": "default"]) ?? -1) >= 0,
                    "\(path)"
                )
            }
            #expect(try await get("/containerLogs/default/web/main?tailLines=1") == "200 two\n")
            #expect(try await get("/containerLogs/default/none/main") == "404 pod \"none\" does not exist")
            #expect(
                try await get("/containerLogs/default/web/none") == "404 container \"none\" not found in pod \"web\"")
            #expect(
                try await get("/containerLogs/default/web/main?previous=true")
                    == "400 previous terminated container \"main\" in pod \"web\" not found")
            #expect(try await get("/run/default/web/main?cmd=echo%20hello", method: "POST") == "200 hello\n")
            #expect(
                try await get("/run/default/web/main?cmd=false", method: "POST")
                    == "500 command 'false' exited with 1: ")
            #expect(try await get("/run/default/none/main?cmd=true", method: "POST") == "404 pod does not exist")
            #expect(try await get("/exec/default/web/main?output=1") == "400 Upgrade request required")
            #expect(
                try await get("/exec/default/web/main") == "400 you must specify at least 1 of stdin, stdout, stderr")
            #expect(try await get("/exec/default/web/other-uid/main?output=1") == "404 pod not found")
            #expect(
                try await get("/checkpoint/default/web/main", method: "POST").hasPrefix(
                    "500 checkpointing of default/web/main failed"))
            #expect(try await get("/healthz?verbose").hasSuffix("[+]syncloop ok\nhealthz check passed\n"))
            #expect(try await get("/healthz/other") == "404 404 page not found\n")
            #expect(try await get("/pods/%2e%2e/exec") == "404 404 page not found\n")
        }
    }

    @Test func logFilesOfTheMachine() async throws {
        let node = NodeFixture(index: 73)
        let logs = node.directory + "/machine"
        try FileManager.default.createDirectory(atPath: logs + "/sub", withIntermediateDirectories: true)
        try "hello\n".write(toFile: logs + "/a <b>.log", atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: node.directory) }
        let kubelet = NodeAgent(
            KubeletConfiguration(nodeName: "node-1", index: 73, directory: node.directory), world: node.world,
            runtime: SimulatedRuntime(), logger: .init(label: "test"))
        let server = KubeletServer(kubelet, logDirectory: logs) { "" }
        func get(_ path: String) async throws -> String {
            try await Self.told(await server.page(Self.request(path)))
        }
        #expect(
            try await get("/logs/").contains(
                "<a href=\"a%20%3Cb%3E.log\">a &lt;b&gt;.log</a>\n<a href=\"sub/\">sub/</a>"))
        #expect(try await get("/logs/a%20%3Cb%3E.log") == "200 hello\n")
        #expect(await server.page(Self.request("/logs/sub")).status == 301)
        #expect(try await get("/logs/none") == "404 404 page not found\n")
        #expect(try await get("/logs/../machine/none") == "404 404 page not found\n")
        // A kubelet that does not run says so.
        #expect(
            try await get("/healthz")
                == "500 [+]ping ok\n[+]log ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n")
    }
}
