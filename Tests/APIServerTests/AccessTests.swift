import APIMachinery
import APIServer
import Testing

@Suite struct AccessTests {
    @Test func strangersSeeOnlyHealthVersionAndDescription() async throws {
        try await Harness.run { cluster in
            for path in ["/livez", "/readyz", "/healthz", "/version"] {
                #expect(try await cluster.call("GET", path, as: nil).status == 200, "\(path)")
            }
            for path in ["/api", "/apis", "/api/v1/pods", "/nope", "/api/v1/namespaces/default/secrets"] {
                let reply = try await cluster.call("GET", path, as: nil)
                #expect(reply.status == 403, "\(path)")
                #expect(reply.json["reason"]?.string == "Forbidden")
            }
            #expect(
                try await cluster.call("GET", "/api/v1/pods", as: nil).message
                    == "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"\" at the "
                    + "cluster scope")
            #expect(
                try await cluster.call("GET", "/nope", as: nil).message
                    == "forbidden: User \"system:anonymous\" cannot get path \"/nope\"")
            #expect(try await cluster.call("POST", "/version", as: nil).status == 403)
            #expect(try await cluster.call("GET", "/api/v1/pods", as: "wrong").status == 401)
            #expect(try await cluster.call("GET", "/version", as: "wrong").status == 401)
        }
    }

    @Test func certificatesAreSubjects() async throws {
        try await Harness.run { cluster in
            func status(_ name: String, _ organizations: [String]) async -> (Int, String) {
                var request = cluster.request("GET", "/api/v1/namespaces/default/pods/x", as: nil)
                request.certificate = .init(commonName: name, organizations: organizations)
                let answer = await cluster.server.answer(request)
                guard case .bytes(let bytes) = answer.body, let json = try? JSON(parsing: bytes) else { return (0, "") }
                return (answer.status, json["message"]?.string ?? "")
            }
            #expect(await status("root", ["system:masters"]).0 == 404)
            let (code, message) = await status("jane", ["dev"])
            #expect(code == 403)
            #expect(
                message
                    == "pods \"x\" is forbidden: User \"jane\" cannot get resource \"pods\" in API group \"\" in the "
                    + "namespace \"default\"")
        }
    }

    @Test func everyAnswerHasItsAuditIdAndWritesAreAudited() async throws {
        try await Harness.run { cluster in
            let before = cluster.audit.all.count
            let read = try await cluster.call("GET", "/api/v1/pods")
            #expect(read.header("audit-id")?.count == 36)
            #expect(cluster.audit.all.count == before)
            let written = try await cluster.call(
                "POST", Harness.configMaps, Harness.configMap("x"),
                headers: [
                    (name: "user-agent", value: "test"), (name: "audit-id", value: "given-by-the-client"),
                ])
            #expect(written.header("audit-id") == "given-by-the-client")
            let refused = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            #expect(refused.status == 409)
            _ = try await cluster.call("GET", "/api/v1/namespaces/default/secrets")
            let events = Array(cluster.audit.all.dropFirst(before))
            #expect(events.count == 3)
            #expect(events[0]["auditID"]?.string == "given-by-the-client")
            #expect(events[0]["stage"]?.string == "ResponseComplete")
            #expect(events[0]["user", "username"]?.string == "admin")
            #expect(events[0]["userAgent"]?.string == "test")
            #expect(events[0]["objectRef", "resource"]?.string == "configmaps")
            #expect(events[0]["objectRef", "name"]?.string == "x")
            #expect(events[0]["requestObject"] == nil)
            #expect(events[1]["responseStatus", "code"]?.int == 409)
            #expect(events[2]["verb"]?.string == "list")
            #expect(events[0]["annotations", "authorization.k8s.io/decision"]?.string == "allow")
        }
    }

    @Test func thePolicyDecidesWhatIsAudited() async throws {
        let policy = try AuditPolicy([
            "kind": "Policy", "apiVersion": "audit.k8s.io/v1", "omitStages": ["RequestReceived"],
            "rules": [
                ["level": "None", "users": ["nobody"]],
                ["level": "RequestResponse", "resources": [["group": "", "resources": ["configmaps"]]]],
                ["level": "Metadata", "nonResourceURLs": ["/version*"]],
            ],
        ])
        try await Harness.run(Configuration(auditPolicy: policy)) { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            _ = try await cluster.call("GET", "/version")
            _ = try await cluster.call("GET", Harness.pods)
            let events = cluster.audit.all
            #expect(events.count == 2)
            #expect(events[0]["requestObject", "data", "a"]?.string == "b")
            #expect(events[0]["responseObject", "metadata", "uid"] != nil)
            #expect(events[1]["requestURI"]?.string == "/version")
        }
        #expect(throws: AuditPolicyError.self) { try AuditPolicy(["kind": "Policy"]) }
        #expect(throws: AuditPolicyError.self) {
            try AuditPolicy([
                "kind": "Policy", "apiVersion": "audit.k8s.io/v1", "rules": [["level": "Everything"]],
            ])
        }
    }

    @Test func healthTellsItsChecks() async throws {
        try await Harness.run { cluster in
            #expect(try await cluster.call("GET", "/readyz").text == "ok")
            cluster.server.addHealthCheck(
                HealthCheck("database", isInformational: true) { "it is away" })
            let verbose = try await cluster.call("GET", "/readyz?verbose")
            #expect(verbose.status == 200)
            #expect(verbose.text.contains("[+]ping ok\n"))
            #expect(verbose.text.contains("[-]database failed, informational: it is away\n"))
            #expect(verbose.text.hasSuffix("readyz check passed\n"))
            cluster.server.addHealthCheck(HealthCheck("broken") { "of course" })
            #expect(try await cluster.call("GET", "/readyz").status == 500)
            #expect(try await cluster.call("GET", "/readyz?exclude=broken").status == 200)
            #expect(try await cluster.call("GET", "/readyz/broken").status == 500)
            #expect(try await cluster.call("GET", "/livez/ping").text == "ok")
            #expect(try await cluster.call("GET", "/livez/nope").status == 404)
            // What became of each on each page: `ping` was asked twice on its own, and "broken" left out once.
            let page = await cluster.slis.page()
            #expect(page.contains("kubernetes_healthcheck{name=\"ping\",type=\"readyz\"} 1\n"))
            #expect(page.contains("kubernetes_healthcheck{name=\"broken\",type=\"readyz\"} 0\n"))
            let count = "kubernetes_healthchecks_total{name="
            #expect(page.contains("\(count)\"ping\",type=\"readyz\",status=\"success\"} 4\n"))
            #expect(page.contains("\(count)\"broken\",type=\"readyz\",status=\"error\"} 1\n"))
        }
    }

    @Test func tooManyRequestsAreRefused() async throws {
        try await Harness.run(Configuration(writesInFlight: 0)) { cluster in
            let reply = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            #expect(reply.status == 429)
            #expect(reply.header("retry-after") == "1")
            #expect(try await cluster.call("GET", Harness.configMaps).status == 200)
        }
    }

    @Test func discoveryHasTagsAndTheOldPages() async throws {
        try await Harness.run { cluster in
            let accept = [
                (name: "accept", value: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
            ]
            let first = try await cluster.call("GET", "/apis", headers: accept)
            #expect(first.json["kind"]?.string == "APIGroupDiscoveryList")
            #expect(
                first.header("content-type")
                    == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
            let tag = first.header("etag") ?? ""
            let again = try await cluster.call(
                "GET", "/apis", headers: accept + [(name: "if-none-match", value: tag)])
            #expect(again.status == 304)
            #expect(again.bytes.isEmpty)
            let groups = try await cluster.call("GET", "/apis")
            #expect(groups.json["kind"]?.string == "APIGroupList")
            #expect(groups.json["groups"]?[0]["preferredVersion", "version"]?.string == "v1")
            let page1 = try await cluster.call("GET", "/api")
            #expect(page1.json["versions"]?.strings == ["v1"])
            let core = try await cluster.call("GET", "/api/v1")
            #expect(core.json["resources"]?.elements.contains { $0["name"]?.string == "pods/log" } == true)
            let apps = try await cluster.call("GET", "/apis/apps/v1")
            #expect(apps.json["groupVersion"]?.string == "apps/v1")
            let scale = apps.json["resources"]?.elements.first { $0["name"]?.string == "deployments/scale" }
            #expect(scale?["group"]?.string == "autoscaling")
            let page2 = try await cluster.call("GET", "/apis/apps")
            #expect(page2.json["kind"]?.string == "APIGroup")
            #expect(try await cluster.call("GET", "/apis/apps/v9").status == 404)
            let page3 = try await cluster.call("GET", "/version")
            #expect(page3.json["gitVersion"]?.string == "v1.36.2")
        }
    }
}
