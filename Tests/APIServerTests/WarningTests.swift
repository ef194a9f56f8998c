import APIMachinery
import APIServer
import Testing

/// Warnings as clients see them, in the header.
@Suite struct WarningTests {
    private func warnings(_ reply: Harness.Reply) -> [String] {
        reply.headers.filter { $0.name == "warning" }.map(\.value)
    }

    @Test func comeWithCreatesAndUpdates() async throws {
        try await Harness.run { cluster in
            var pod = Harness.pod("a.b")
            pod["spec", "containers"] = [
                ["name": "c", "image": "i", "env": [["name": "A", "value": "1"], ["name": "A", "value": "\""]]]
            ]
            let made = try await cluster.call("POST", Harness.pods, pod)
            #expect(made.status == 201, "\(made.text)")
            #expect(
                warnings(made).last
                    == "299 - \"spec.containers[0].env[1]: hides previous definition of \\\"A\\\", which may be dropped "
                    + "when using apply\"")
            #expect(warnings(made).count == 2)
            // A loop of the process is not told, and an update of a pod tells nothing.
            let again = try await cluster.call("PUT", "\(Harness.pods)/a.b", made.json)
            #expect(again.status == 200 && warnings(again).isEmpty)
            let path = "/api/v1/namespaces/default/services"
            var service: JSON = ServicesTests.service("s")
            service["spec", "externalIPs"] = ["1.2.3.4"]
            for method in ["POST", "PUT"] {
                let reply = try await cluster.call(method, method == "POST" ? path : "\(path)/s", service)
                #expect(
                    warnings(reply) == [
                        "299 - \"spec.externalIPs is deprecated and may no longer be implemented in some clusters\""
                    ], "\(method)")
            }
        }
    }

    /// What was found before an object is refused is told, too.
    @Test func comeWithRefusals() async throws {
        try await Harness.run { cluster in
            var map: JSON = Harness.configMap("x")
            map["oops"] = 1
            map["data"] = ["a b": "c"]
            let refused = try await cluster.call("POST", Harness.configMaps, map)
            #expect(refused.status == 422)
            #expect(warnings(refused) == ["299 - \"unknown field \\\"oops\\\"\""])
        }
    }

    @Test func comeWithEveryAnswerAboutADeprecatedKind() async throws {
        try await Harness.run { cluster in
            let expected = [
                "299 - \"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\""
            ]
            let path = "/api/v1/namespaces/default/endpoints"
            #expect(warnings(try await cluster.call("GET", path)) == expected)
            let made = try await cluster.call("POST", path, ["metadata": ["name": "e"]])
            #expect(made.status == 201 && warnings(made) == expected)
        }
    }

    @Test func ownersThatComeTwiceAreKeptOnce() async throws {
        try await Harness.run { cluster in
            let owner: JSON = ["apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "1"]
            var map: JSON = Harness.configMap("x")
            map["metadata", "ownerReferences"] = JSON([owner, owner])
            let made = try await cluster.call("POST", Harness.configMaps, map)
            #expect(made.json["metadata", "ownerReferences"]?.count == 1)
            #expect(warnings(made).count == 1)
            #expect(warnings(made).first?.hasSuffix("duplicate UID(s) observed: 1\"") == true)
        }
    }

    /// A Job's pods stay when nobody says what is to become of them, which is told.
    @Test func jobsLeaveTheirPodsByDefault() async throws {
        try await Harness.run { cluster in
            let jobs = "/apis/batch/v1/namespaces/default/jobs"
            func job(_ name: String) -> JSON {
                [
                    "metadata": ["name": JSON(name)],
                    "spec": [
                        "template": ["spec": ["restartPolicy": "Never", "containers": [["name": "c", "image": "i"]]]]
                    ],
                ]
            }
            for name in ["a", "b"] {
                #expect(try await cluster.call("POST", jobs, job(name)).status == 201)
            }
            let plain = try await cluster.call("DELETE", "\(jobs)/a")
            #expect(warnings(plain).count == 1)
            let left = try await cluster.call("GET", "\(jobs)/a")
            #expect(left.json["metadata", "finalizers"]?.strings == ["orphan"])
            let told = try await cluster.call("DELETE", "\(jobs)/b?propagationPolicy=Background")
            #expect(told.status == 200 && warnings(told).isEmpty)
            #expect(try await cluster.call("GET", "\(jobs)/b").status == 404)
        }
    }

    @Test func areCutWhenTheyAreManyAndLong() async throws {
        try await Harness.run { cluster in
            let maps = Harness.configMaps
            var map: JSON = Harness.configMap("x")
            for number in 0..<40 { map[String(repeating: "u", count: 300) + "\(number)"] = 1 }
            let made = try await cluster.call("POST", maps, map)
            #expect(made.status == 201)
            #expect(warnings(made).count == 16)
            #expect(warnings(made).allSatisfy { $0.count == 256 + "299 - \"\"".count + 1 })
        }
    }
}
