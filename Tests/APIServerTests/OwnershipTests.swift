import APIMachinery
import APIServer
import KubeAPI
import Testing

/// `metadata.managedFields` of every writer, from an object's creation on.
@Suite struct OwnershipTests {
    private func entries(_ object: JSON) -> [String] {
        (object["metadata", "managedFields"]?.elements ?? []).map { entry in
            let part = entry["subresource"]?.string.map { "/\($0)" } ?? ""
            return "\(entry["manager"]?.string ?? "") \(entry["operation"]?.string ?? "")\(part) "
                + (entry["fieldsV1"]?.text ?? "")
        }
    }
    private static let curl = [(name: "user-agent", value: "curl/8.1")]

    @Test func beginsWithTheCreate() async throws {
        try await Harness.run { cluster in
            let made = try await cluster.call("POST", Harness.pods, Harness.pod("p"), headers: Self.curl)
            // As kube-apiserver 1.36 tells it of the same pod.
            #expect(
                entries(made.json) == [
                    #"curl Update {"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"#
                        + #""f:imagePullPolicy":{},"f:name":{},"f:resources":{},"f:terminationMessagePath":{},"#
                        + #""f:terminationMessagePolicy":{}}},"f:dnsPolicy":{},"f:enableServiceLinks":{},"#
                        + #""f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},"#
                        + #""f:terminationGracePeriodSeconds":{}}}"#
                ])
            let entry = made.json["metadata", "managedFields"]?[0] ?? .null
            #expect(
                entry.members.map(\.name) == [
                    "manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1",
                ])
            #expect(entry["time"] == made.json["metadata", "creationTimestamp"])
            let named = try await cluster.call(
                "POST", "\(Harness.configMaps)?fieldManager=me", Harness.configMap("m"), headers: Self.curl)
            #expect(entries(named.json) == [#"me Update {"f:data":{".":{},"f:a":{}}}"#])
        }
    }

    @Test func goesOnWithEveryWriter() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p"), headers: Self.curl)
            let path = "\(Harness.pods)/p"
            func patch(_ path: String, _ text: String, _ agent: String) async throws -> JSON {
                try await cluster.call(
                    "PATCH", path,
                    headers: [
                        (name: "content-type", value: "application/strategic-merge-patch+json"),
                        (name: "user-agent", value: agent),
                    ], text: text
                ).json
            }
            let status = #"{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}"#
            var pod = try await patch("\(path)/status", status, "kubelet/v1")
            #expect(
                entries(pod).last
                    == #"kubelet Update/status {"f:status":{"f:conditions":{".":{},"k:{\"type\":\"Ready\"}":{".":{},"#
                    + #""f:lastProbeTime":{},"f:lastTransitionTime":{},"f:status":{},"f:type":{}}},"f:phase":{}}}"#)
            pod = try await patch(path, #"{"metadata":{"labels":{"a":"b"}}}"#, "kubectl-label/v1")
            #expect(entries(pod).contains(#"kubectl-label Update {"f:metadata":{"f:labels":{".":{},"f:a":{}}}}"#))
            // Who changes another's field has it from then on.
            pod = try await patch(path, #"{"metadata":{"labels":{"a":"c"}}}"#, "other/v1")
            #expect(entries(pod).contains(#"other Update {"f:metadata":{"f:labels":{"f:a":{}}}}"#))
            #expect(entries(pod).contains(#"kubectl-label Update {"f:metadata":{"f:labels":{}}}"#))
            #expect(pod["metadata", "managedFields"]?.count == 4)
            // A write that changes nothing is no writer.
            pod = try await patch(path, #"{"metadata":{"labels":{"a":"c"}}}"#, "nobody/v1")
            #expect(pod["metadata", "managedFields"]?.count == 4)
        }
    }

    @Test func isTheLoopsToo() async throws {
        try await Harness.run { cluster in
            let made = try await cluster.api.create(
                GroupResource(resource: "configmaps"),
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "m", "namespace": "default"]])
            #expect(made["metadata", "managedFields"] == nil, "nothing is owned of an object without fields")
            let namespaces = try await cluster.call("GET", "/api/v1/namespaces/default")
            #expect(namespaces.json["metadata", "managedFields"]?[0]["manager"]?.string == "kube-apiserver")
        }
    }

    /// An apply takes from another's update only what it may, from the first one on.
    @Test func conflictsBeginWithTheCreate() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("m"), headers: Self.curl)
            let reply = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/m?fieldManager=me",
                headers: [(name: "content-type", value: "application/apply-patch+yaml")],
                text: #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"a":"x"}}"#)
            #expect(reply.status == 409)
            #expect(reply.message.hasPrefix("Apply failed with 1 conflict: conflict with \"curl\" using v1"))
            #expect(reply.message.hasSuffix(": .data.a"))
        }
    }

    @Test func aSenderMayResetIt() async throws {
        try await Harness.run { cluster in
            var map: JSON = Harness.configMap("m")
            map["metadata", "managedFields"] = [.object]
            let made = try await cluster.call("POST", Harness.configMaps, map)
            #expect(made.status == 201 && made.json["metadata", "managedFields"] == nil, "\(made.text)")
        }
    }
}
