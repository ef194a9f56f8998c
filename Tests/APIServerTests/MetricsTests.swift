import APIMachinery
import APIServer
import ExpositionTestKit
import KubeAPI
import Testing

@Suite struct MetricsTests {
    private static func page(_ cluster: Harness) async -> ExpositionParser.Page {
        let page = ExpositionParser.parse(await cluster.metrics.page())
        #expect(page.problems.isEmpty)
        return page
    }
    private static func labels(_ verb: String, _ resource: String, _ scope: String) -> [String: String] {
        [
            "verb": verb, "dry_run": "", "group": "", "version": "v1", "resource": resource, "subresource": "",
            "scope": scope, "component": "apiserver",
        ]
    }

    @Test func requestsAreCountedByWhatTheyAsk() async throws {
        try await Harness.run { cluster in
            for _ in 0..<3 { _ = try await cluster.call("GET", "\(Harness.pods)/nope") }
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            _ = try await cluster.call("POST", "\(Harness.configMaps)?dryRun=All", Harness.configMap("y"))
            let list = try await cluster.call("GET", Harness.configMaps)
            _ = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/x?fieldManager=m", Harness.configMap("x"),
                headers: [(name: "content-type", value: "application/apply-patch+yaml")])
            let page = await Self.page(cluster)
            let missing = Self.labels("GET", "pods", "resource")
            #expect(page.value("apiserver_request_total", missing.merging(["code": "404"]) { $1 }) == 3)
            let created = Self.labels("POST", "configmaps", "resource")
            #expect(page.value("apiserver_request_total", created.merging(["code": "201"]) { $1 }) == 1)
            #expect(page.sum("apiserver_request_total", ["verb": "POST", "dry_run": "All"]) == 1)
            #expect(page.sum("apiserver_request_total", ["verb": "APPLY", "resource": "configmaps"]) == 1)
            #expect(page.value("apiserver_request_duration_seconds_count", created) == 1)
            var sizes = Self.labels("LIST", "configmaps", "namespace")
            sizes["dry_run"] = nil
            #expect(page.value("apiserver_response_sizes_sum", sizes) == Double(list.bytes.count))
            #expect(page.value("apiserver_audit_level_total", ["level": "Metadata"]) ?? 0 > 0.0)
            #expect(page.value("apiserver_audit_event_total") == Double(cluster.audit.all.count))
            #expect(
                page.value(
                    "etcd_requests_total", ["operation": "create", "group": "", "resource": "configmaps"]) == 1)
            #expect(page.value("apiserver_resource_objects", ["group": "", "resource": "configmaps"]) == 1)
        }
    }

    /// What clients make up does not become a series.
    @Test func unknownPathsAreNotToldApart() async throws {
        try await Harness.run { cluster in
            for number in 0..<20 {
                _ = try await cluster.call("GET", "/api/v1/made-up-\(number)")
                _ = try await cluster.call("GET", "\(Harness.pods)/x/made-up-\(number)")
                _ = try await cluster.call("MADEUP\(number)", "/livez")
                _ = try await cluster.call("GET", "/apis/group-\(number)/v1/namespaces/a/things")
            }
            let page = await Self.page(cluster)
            let text = page.samples.keys.map { "\($0)" }.joined()
            #expect(!text.contains("made-up") && !text.contains("MADEUP") && !text.contains("group-"))
            #expect(page.sum("apiserver_request_total", ["verb": "OTHER"]) == 20)
        }
    }

    @Test func watchesAreOpenUntilTheirReadersAreGone() async throws {
        try await Harness.run { cluster in
            let open = ["verb": "WATCH", "resource": "configmaps"]
            do {
                let watch = try await cluster.watch("\(Harness.configMaps)?watch=1")
                _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
                _ = try await watch.next(1)
                let page = await Self.page(cluster)
                #expect(page.sum("apiserver_longrunning_requests", open) == 1)
                #expect(
                    page.value(
                        "apiserver_watch_events_total", ["group": "", "version": "v1", "resource": "configmaps"]) == 1)
                watch.stream.cancel()
            }
            #expect(await Self.page(cluster).sum("apiserver_longrunning_requests", open) == 0)
        }
    }

    /// Loops are clients, too.
    @Test func callsOfThisProcessAreCounted() async throws {
        try await Harness.run { cluster in
            var object = Harness.configMap("x")
            object["metadata", "namespace"] = "default"
            _ = try await cluster.api.create(ConfigMap.resource, object, name: nil, subresource: nil)
            await #expect(throws: StatusError.self) {
                _ = try await cluster.api.get(ConfigMap.resource, ObjectKey(namespace: "default", name: "y"))
            }
            let page = await Self.page(cluster)
            #expect(
                page.value("rest_client_requests_total", ["code": "404", "method": "GET", "host": "in-process"]) == 1)
            let created = Self.labels("POST", "configmaps", "resource").merging(["code": "201"]) { $1 }
            #expect(page.value("apiserver_request_total", created) == 1)
        }
    }
}
