import APIMachinery
import APIServer
import Foundation
import TestKit
import Testing

/// Pages on which the server tells of itself (KEP-4827, KEP-4828), and who may see them.
@Suite struct PagesTests {
    private static func structured(_ kind: String, _ version: String, _ type: String = "application/json")
        -> [(name: String, value: String)]
    {
        [(name: "accept", value: "\(type);as=\(kind);g=config.k8s.io;v=\(version)")]
    }

    @Test func statusIsToldAsTextUnlessAStructuredFormIsAskedFor() async throws {
        try await Harness.run { cluster in
            for accept in [nil, "*/*", "text/plain", "application/json, */*", "text/*;q=0.5"] {
                let reply = try await cluster.call(
                    "GET", "/statusz", headers: accept.map { [(name: "accept", value: $0)] } ?? [])
                #expect(reply.status == 200 && reply.header("content-type") == "text/plain; charset=utf-8")
                #expect(reply.text.hasPrefix("\napiserver statusz\nWarning: This endpoint is not meant"))
                #expect(reply.text.contains("\nBinary version") && reply.text.contains("1.36.2\n"))
                #expect(reply.text.contains("/flagz /healthz /livez /metrics /readyz /statusz /version\n"))
            }
            let json = try await cluster.call("GET", "/statusz", headers: Self.structured("Statusz", "v1beta1"))
            #expect(json.header("content-type") == "application/json;g=config.k8s.io;v=v1beta1;as=Statusz")
            #expect(json.json["kind"]?.string == "Statusz" && json.json["metadata", "name"]?.string == "apiserver")
            #expect(json.json["emulationVersion"]?.string == "1.36" && json.json["uptimeSeconds"]?.int != nil)
            #expect(json.header("warning") == nil)
            let old = try await cluster.call(
                "GET", "/statusz", headers: Self.structured("Statusz", "v1alpha1", "application/yaml"))
            #expect(old.text.contains("apiVersion: config.k8s.io/v1alpha1"))
            #expect(
                old.header("warning")
                    == "299 - \"This version of the statusz endpoint is deprecated. Please use a newer version.\"")
        }
    }

    @Test func whatThereIsNoFormOfIsRefused() async throws {
        try await Harness.run { cluster in
            for headers in [
                [(name: "accept", value: "application/json")], Self.structured("Flagz", "v1beta1"),
                Self.structured("Statusz", "v1"),
                Self.structured("Statusz", "v1beta1", "application/vnd.kubernetes.protobuf"),
            ] {
                let reply = try await cluster.call("GET", "/statusz", headers: headers)
                #expect(reply.status == 406)
                #expect(
                    reply.message
                        == "only the following media types are accepted: application/json, application/yaml, text/plain"
                )
            }
        }
    }

    @Test func flagsAreShownInOrder() async throws {
        var configuration = Configuration()
        configuration.flags = ["port": "8080", "audit-policy-file": "", "database-url": "CLASSIFIED"]
        try await Harness.run(configuration) { cluster in
            let text = try await cluster.call("GET", "/flagz").text
            let names = text.split(separator: "\n").dropFirst(2).map { $0.prefix { $0.isLetter || $0 == "-" } }
            #expect(names == ["audit-policy-file", "database-url", "port"])
            let json = try await cluster.call("GET", "/flagz", headers: Self.structured("Flagz", "v1beta1")).json
            #expect(json["flags", "port"]?.string == "8080" && json["flags", "database-url"]?.string == "CLASSIFIED")
        }
    }

    @Test func theIndexNamesThem() async throws {
        try await Harness.run { cluster in
            let paths = try await cluster.call("GET", "/").json["paths"]?.strings ?? []
            #expect(paths == paths.sorted())
            for path in [
                "/api", "/api/v1", "/apis/apps/v1", "/flagz", "/healthz/ping", "/livez/etcd", "/metrics",
                "/readyz/bootstrap",
                "/statusz", "/version",
            ] {
                #expect(paths.contains(path), "\(path)")
            }
        }
    }

    /// An authorizer that knows no other rights than roles gives.
    @Test func onlyWhoMayWatchTheServerSeesThem() async throws {
        try await Harness.run { cluster in
            for path in ["/statusz", "/flagz", "/"] {
                let plain = try await cluster.call(
                    "GET", path, headers: [(name: "impersonate-user", value: "plain")])
                #expect(plain.status == 403, "\(path)")
                #expect(plain.message == "forbidden: User \"plain\" cannot get path \"\(path)\"")
                let watcher = try await cluster.call(
                    "GET", path,
                    headers: [
                        (name: "impersonate-user", value: "watcher"),
                        (name: "impersonate-group", value: "system:monitoring"),
                    ])
                #expect(watcher.status == (path == "/" ? 403 : 200), "\(path)")
            }
        }
    }

    @Test func levelsOfFairnessAreDumped() async throws {
        try await Harness.run { cluster in
            let root = "/debug/api_priority_and_fairness/"
            let levels = try await cluster.call("GET", root + "dump_priority_levels").text.split(separator: "\n")
            #expect(levels[0].hasPrefix("PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, "))
            func columns(_ level: String) -> [Substring] {
                levels.first { $0.hasPrefix("\(level),") }?.split { $0 == "," || $0 == " " } ?? []
            }
            #expect(columns("catch-all").prefix(6) == ["catch-all", "0", "true", "false", "0", "0"])
            // The administrator's own requests are exempt, and counted.
            let exempt = columns("exempt")
            #expect(exempt.count == 10 && Int(exempt[6]) ?? 0 > 0)
            let queues = try await cluster.call("GET", root + "dump_queues").text.split(separator: "\n")
            #expect(queues[0].hasSuffix("InitialSeatsSum, MaxSeatsSum, TotalWorkSum"))
            #expect(queues.contains { $0.hasPrefix("workload-low,") && $0.hasSuffix("0.00000000ss") })
            #expect(try await cluster.call("GET", root + "nothing").status == 404)
        }
    }

    @Test func aTimeoutIsADuration() async throws {
        try await Harness.run { cluster in
            for good in ["1h15m30.9s", "5s", "0", "100ms"] {
                #expect(try await cluster.call("GET", Harness.pods + "?timeout=\(good)").status == 200)
            }
            for (bad, why) in [
                ("x", "invalid duration \"x\""), ("5", "missing unit in duration \"5\""),
                ("5x", "unknown unit \"x\" in duration \"5x\""),
            ] {
                let reply = try await cluster.call("GET", Harness.pods + "?timeout=\(bad)")
                #expect(reply.status == 400)
                #expect(reply.message == "invalid timeout specified in the request URL - time: \(why)")
            }
        }
    }
}
