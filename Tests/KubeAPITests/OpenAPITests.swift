import APIMachinery
import Testing

@testable import KubeAPI

@Suite struct OpenAPITests {
    private let registry = ResourceRegistry.builtIn
    private func v3(_ group: String) throws -> JSON {
        try #require(OpenAPI.v3(group: group, version: "v1", registry: registry))
    }
    private static let groups = [
        "", "apps", "authentication.k8s.io", "authorization.k8s.io", "coordination.k8s.io", "discovery.k8s.io",
        "events.k8s.io", "networking.k8s.io", "storage.k8s.io",
    ]

    @Test func describesWhatIsServed() {
        #expect(OpenAPI.v3(group: "apps", version: "v2", registry: registry) == nil)
        #expect(OpenAPI.v3(group: "none", version: "v1", registry: registry) == nil)
    }

    /// Every `$ref` leads to a definition, wherever it stands.
    @Test(arguments: groups) func referencesLeadSomewhere(group: String) throws {
        let document = try v3(group)
        let schemas = try #require(document["components", "schemas"])
        var checked = 0
        func walk(_ value: JSON) {
            for member in value.members {
                if member.name == "$ref", let target = member.value.string {
                    let prefix = "#/components/schemas/"
                    #expect(
                        target.hasPrefix(prefix) && schemas[String(target.dropFirst(prefix.count))] != nil, "\(target)")
                    #expect(value.count == 1)
                    checked += 1
                } else {
                    walk(member.value)
                }
            }
            for element in value.elements { walk(element) }
        }
        walk(document)
        #expect(checked > 10)
    }

    private func undescribed(_ property: JSON?) -> JSON? {
        property.map { JSON(members: $0.members.filter { $0.name != "description" }) }
    }

    @Test func saysWhatPatchesNeed() throws {
        let schemas = try #require(try v3("apps")["components", "schemas"])
        let spec = try #require(schemas["io.k8s.api.core.v1.PodSpec"])
        #expect(
            undescribed(spec["properties", "containers"]) == [
                "type": "array", "items": ["$ref": "#/components/schemas/io.k8s.api.core.v1.Container"],
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name",
            ])
        #expect(
            undescribed(spec["properties", "affinity"])
                == ["allOf": [["$ref": "#/components/schemas/io.k8s.api.core.v1.Affinity"]]])
        #expect(spec["required"] == ["containers"])
        #expect(
            schemas["io.k8s.api.apps.v1.Deployment", "x-kubernetes-group-version-kind"]
                == [["group": "apps", "kind": "Deployment", "version": "v1"]])
    }

    @Test func saysThatTheServerChecksFields() throws {
        let patch = try #require(
            try v3("apps")["paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch"])
        #expect(patch["parameters"]?.elements.contains { $0["name"]?.string == "fieldValidation" } == true)
        #expect(
            patch["x-kubernetes-group-version-kind"] == ["group": "apps", "kind": "Deployment", "version": "v1"])
        #expect(patch["x-kubernetes-action"] == "patch")
        #expect(patch["requestBody", "content"]?["application/strategic-merge-patch+json"] != nil)
    }

    /// Every path of ours is one of the recorded API, with the same kind and no verb that it lacks.
    @Test func pathsAreThoseOfTheAPI() throws {
        guard let facts = Reference.read("api-facts.json")?["paths"] else { return }
        let verbs = [
            "get": "get", "post": "create", "put": "update", "patch": "patch", "delete": "delete",
        ]
        var checked = 0
        for group in Self.groups {
            for (path, item) in try #require(try v3(group)["paths"]).members {
                let fact = try #require(facts[path], "\(path)")
                for operation in item.members where verbs[operation.name] != nil {
                    #expect(operation.value["responses"] != nil)
                    checked += 1
                }
                if let kind = fact["gvk"], !path.contains("/proxy") {
                    let shown = item.members.compactMap { $0.value["x-kubernetes-group-version-kind"] }
                    #expect(shown.contains(kind), "\(path): \(shown) has no \(kind.text)")
                }
            }
        }
        #expect(checked > 150)
    }

    @Test func theOldFormHasTheSameTypes() throws {
        let document = OpenAPI.v2(registry)
        #expect(document["swagger"] == "2.0")
        let spec = try #require(document["definitions", "io.k8s.api.core.v1.ServiceSpec"])
        #expect(spec["properties", "ports", "x-kubernetes-patch-merge-key"] == "port")
        #expect(
            undescribed(document["definitions", "io.k8s.api.core.v1.Pod", "properties", "spec"])
                == ["$ref": "#/definitions/io.k8s.api.core.v1.PodSpec"])
        #expect(document["paths", "/api/v1/namespaces/{namespace}/pods", "post"] != nil)
    }
}
