import APIMachinery
import APIServer
import KubeAPI
import Testing

/// Groups whose objects are kept nowhere, through the server.
@Suite struct ProvidedGroupTests {
    private struct Weather: ProvidedGroup {
        let name = "weather.test"
        let version = "v1"
        func resources() -> [Resource] {
            [
                Resource(
                    "weather.test/v1", "Wind", plural: "winds", verbs: [.get, .list],
                    columns: [Resource.Column("Name", "string") { $0["metadata", "name"] ?? "" }]),
                Resource(
                    "weather.test/v1", "Sky", plural: "skies", verbs: [],
                    subresources: [
                        Resource.Subresource(
                            SubresourceName(rawValue: "color"),
                            GroupVersionKind(group: "weather.test", version: "v1", kind: "Color"), verbs: [.get])
                    ]),
            ]
        }
        func answer(_ question: ProvidedQuestion) async throws -> ProvidedAnswer {
            if question.resource == "skies", question.path == "color" {
                return .object([
                    "kind": "Color", "of": JSON(question.name),
                    "by": JSON(question.parameters["metricLabelSelector"] ?? ""),
                ])
            }
            guard question.name.isEmpty else {
                throw StatusError.notFound(GroupResource(group: name, resource: "winds"), question.name)
            }
            let items: [JSON] = ["north", "south"].map {
                ["metadata": ["name": JSON($0), "labels": ["from": JSON($0)]]]
            }
            return .list(kind: "WindList", items: items.filter { question.labels.matches(labelsOf: $0) })
        }
    }

    @Test(.timeLimit(.minutes(1))) func aProvidedGroupIsAskedAndDiscovered() async throws {
        try await Harness.run { harness in
            let path = "/apis/weather.test/v1/namespaces/n/winds"
            #expect(try await harness.call("GET", path).status == 404)
            harness.server.provided.serve([Weather()])
            let list = try await harness.call("GET", "\(path)?labelSelector=from%3Dnorth").json
            #expect(list["kind"]?.string == "WindList" && list["apiVersion"]?.string == "weather.test/v1")
            #expect(list["items"]?.elements.compactMap { $0["metadata", "name"]?.string } == ["north"])
            let table = try await harness.call(
                "GET", path, headers: [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")]
            ).json
            #expect(table["kind"]?.string == "Table" && table["rows"]?.count == 2)
            #expect(table["rows"]?[1]["cells"]?.strings == ["south"])
            let color = try await harness.call(
                "GET", "/apis/weather.test/v1/namespaces/n/skies/*/color?metricLabelSelector=a%3Db")
            #expect(color.json["of"]?.string == "*" && color.json["by"]?.string == "a=b")
            let missing = try await harness.call("GET", "\(path)/east")
            #expect(missing.status == 404 && missing.message == "winds.weather.test \"east\" not found")
            #expect(try await harness.call("POST", path, ["kind": "Wind"]).status == 405)
            #expect(try await harness.call("GET", "\(path)?watch=1").status == 405)
            #expect(try await harness.call("GET", "\(path)?labelSelector=%3D%3D").status == 400)
            #expect(try await harness.call("GET", path, as: nil).status == 403)
            // Discovery, page by page and whole.
            let page = try await harness.call("GET", "/apis/weather.test/v1").json
            #expect(page["resources"]?.elements.compactMap { $0["name"]?.string } == ["skies/color", "winds"])
            let groups = try await harness.call("GET", "/apis").json
            #expect(groups["groups"]?.elements.last?["name"]?.string == "weather.test")
            let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            let whole = try await harness.call("GET", "/apis", headers: [("accept", accept)]).json
            let resources = whole["items"]?.elements.last?["versions"]?[0]["resources"]
            #expect(resources?[0]["resource"]?.string == "skies" && resources?[0]["responseKind"] == nil)
            #expect(resources?[0]["subresources"]?[0]["subresource"]?.string == "color")
            #expect(resources?[1]["responseKind", "kind"]?.string == "Wind")
        }
    }

    /// A loop in this process reads a scale as anybody does.
    @Test(.timeLimit(.minutes(1))) func aScaleIsRead() async throws {
        try await Harness.run { harness in
            let template: JSON = [
                "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c", "image": "i"]]],
            ]
            _ = try await harness.api.create(
                GroupResource(resource: "replicationcontrollers"),
                [
                    "metadata": ["name": "web", "namespace": "default"],
                    "spec": [
                        "replicas": 2, "selector": ["app": "web", "tier": "x"],
                        "template": [
                            "metadata": ["labels": ["app": "web", "tier": "x"]], "spec": template["spec"] ?? .null,
                        ],
                    ],
                ])
            let key = ObjectKey(namespace: "default", name: "web")
            let scale = try await harness.api.get(
                GroupResource(resource: "replicationcontrollers"), key, subresource: .scale)
            #expect(scale["spec", "replicas"]?.int == 2)
            #expect(scale["status", "selector"]?.string == "app=web,tier=x")
            await #expect(throws: StatusError.self) {
                _ = try await harness.api.get(GroupResource(resource: "configmaps"), key, subresource: .scale)
            }
        }
    }
}
