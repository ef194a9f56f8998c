import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Scheduler

/// An extender in another process, over real HTTP.
@Suite struct ExtenderTests {
    private static let program = """
        import http.server, json
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def do_POST(self):
                args = json.loads(self.rfile.read(int(self.headers["content-length"])))
                verb = self.path.split("/")[-1]
                status = 200
                if verb == "filter":
                    names = args["NodeNames"] or [n["metadata"]["name"] for n in args["Nodes"]["items"]]
                    good = [n for n in names if n != "bad" and args["Pod"]["metadata"]["name"] != "nowhere"]
                    answer = {"FailedNodes": {n: "node(s) are bad" for n in names if n not in good}}
                    if args["NodeNames"] is None:
                        answer["Nodes"] = {"items": [n for n in args["Nodes"]["items"] if n["metadata"]["name"] in good]}
                    else: answer["NodeNames"] = good
                elif verb == "prioritize":
                    names = args["NodeNames"] or [n["metadata"]["name"] for n in args["Nodes"]["items"]]
                    answer = [{"Host": n, "Score": 10 if n == "good" else 0} for n in names]
                elif verb == "bind": answer = {"Error": "binding of " + args["PodName"] + " to " + args["Node"] + " is not to be"}
                else: status, answer = 500, {}
                text = json.dumps(answer).encode()
                self.send_response(status); self.send_header("Content-Length", str(len(text))); self.end_headers(); self.wfile.write(text)
        s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
        print(s.server_port, flush=True)
        s.serve_forever()
        """

    let harness = Harness()

    private func run(_ settings: [String], _ body: () async throws -> Void) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", Self.program]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        let text = """
            apiVersion: kubescheduler.config.k8s.io/v1
            kind: KubeSchedulerConfiguration
            extenders:
            - urlPrefix: http://127.0.0.1:\(port)/scheduler/
              weight: 10
              \(settings.joined(separator: "\n  "))
            """
        let configuration = try SchedulerConfiguration(try YAML.document(Array(text.utf8)).value)
        let loop = SchedulerLoop(harness.context, configuration, random: SplitMix64(seed: 7))
        try await harness.run([loop]) {
            for name in ["plain", "good", "bad"] { try await harness.cluster.make(node(name)) }
            try await body()
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false]) func nodesAreFilteredAndPreferred(_ knows: Bool)
        async throws
    {
        try await run(["filterVerb: filter", "prioritizeVerb: prioritize", "nodeCacheCapable: \(knows)"]) {
            for number in 1...5 { _ = try await harness.cluster.create(pod("p\(number)")) }
            try await harness.wait(Pod.self) { $0.count == 5 && $0.allSatisfy { $0.spec.nodeName == "good" } }
            _ = try await harness.cluster.create(pod("nowhere"))
            try await harness.wait(Event.self) { events in
                events.contains {
                    $0.message?.hasPrefix("0/3 nodes are available: 3 node(s) are bad. ") == true
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func itBindsWhatItManages() async throws {
        let settings = ["bindVerb: bind", "managedResources: [{name: example.com/gpu, ignoredByScheduler: true}]"]
        try await run(settings) {
            _ = try await harness.cluster.create(pod("plain"))
            try await harness.wait(Pod.self) { $0.first?.spec.nodeName != nil }
            _ = try await harness.cluster.create(
                pod("managed") {
                    $0.json["spec", "containers"]?[0]["resources"] = [
                        "requests": ["example.com/gpu": "1"], "limits": ["example.com/gpu": "1"],
                    ]
                })
            try await harness.wait(Event.self) { events in
                events.contains { $0.message?.contains("binding of managed to ") == true }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func oneThatFailsMattersUnlessItMayBeIgnored() async throws {
        try await run(["filterVerb: broken"]) {
            _ = try await harness.cluster.create(pod("p"))
            try await harness.wait(Event.self) { events in
                events.contains { $0.message?.hasPrefix("failed broken with extender at URL ") == true }
            }
            #expect(harness.cluster.object(Pod.self, key("p"))?.spec.nodeName == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func oneThatMayBeIgnoredIs() async throws {
        try await run(["filterVerb: broken", "ignorable: true"]) {
            _ = try await harness.cluster.create(pod("p"))
            try await harness.wait(Pod.self) { $0.first?.spec.nodeName != nil }
        }
    }
}
