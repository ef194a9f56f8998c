import APIMachinery
import APIServer
import HTTPMessages
import KubeAPI
import TestKit
import Testing

/// Kinds that users define, the whole way through the server.
@Suite(.timeLimit(.minutes(2))) struct CustomResourceTests {
    private static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    private static let name = "\(definitions)/crontabs.stable.example.com"
    private static let root = "/apis/stable.example.com/v1"
    private static let tabs = "\(root)/namespaces/default/crontabs"
    private static let columns: [JSON] = [
        ["name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec"],
        ["name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas"],
        ["name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"],
    ]

    private static func definition(_ change: (inout JSON) -> Void = { _ in }) -> JSON {
        let spec: JSON = [
            "type": "object", "required": ["cronSpec"],
            "properties": [
                "cronSpec": ["type": "string", "pattern": "^[*0-9 ]+$"],
                "replicas": ["type": "integer", "minimum": 1, "default": 1],
                "selector": ["type": "string"],
                "parts": [
                    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                    "items": [
                        "type": "object", "required": ["name"],
                        "properties": ["name": ["type": "string"], "size": ["type": "integer"]],
                    ],
                ],
            ],
            "x-kubernetes-validations": [["rule": "self.replicas < 100", "message": "too many"]],
        ]
        let status: JSON = [
            "type": "object",
            "properties": ["replicas": ["type": "integer"], "selector": ["type": "string"]],
        ]
        let version: JSON = [
            "name": "v1", "served": true, "storage": true,
            "schema": ["openAPIV3Schema": ["type": "object", "properties": ["spec": spec, "status": status]]],
            "subresources": [
                "status": .object,
                "scale": [
                    "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                    "labelSelectorPath": ".status.selector",
                ],
            ],
            "additionalPrinterColumns": JSON(columns), "selectableFields": [["jsonPath": ".spec.cronSpec"]],
        ]
        var definition: JSON = [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": "crontabs.stable.example.com"],
            "spec": [
                "group": "stable.example.com", "scope": "Namespaced",
                "names": ["plural": "crontabs", "kind": "CronTab", "shortNames": ["ct"]], "versions": [version],
            ],
        ]
        change(&definition)
        return definition
    }
    private static func tab(_ name: String, _ spec: JSON = ["cronSpec": "* * *"]) -> JSON {
        ["apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": ["name": JSON(name)], "spec": spec]
    }
    private static func define(_ cluster: Harness, _ definition: JSON = definition()) async throws {
        let made = try await cluster.call("POST", definitions, definition)
        #expect(made.status == 201, "\(made.text)")
        let path = "\(definitions)/\(definition["metadata", "name"]?.string ?? "")"
        try await until {
            try await cluster.call("GET", path).json["status", "conditions"]?.elements.contains {
                $0["type"]?.string == "Established" && $0["status"]?.string == "True"
            } == true
        }
    }
    private static func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test func aDefinedKindIsServedAsAnyOther() async throws {
        try await Harness.run { cluster in
            try await Self.define(cluster)
            let made = try await cluster.call("POST", Self.tabs, Self.tab("a"))
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["spec", "replicas"] == 1)
            #expect(made.json["metadata", "generation"] == 1)
            // Fields that nobody knows are dropped, and told of.
            var unknown = Self.tab("b")
            unknown["spec", "no"] = 1
            let warned = try await cluster.call("POST", "\(Self.tabs)?fieldValidation=Warn", unknown)
            #expect(warned.json["spec", "no"] == nil)
            #expect(warned.header("warning")?.contains("unknown field \\\"spec.no\\\"") == true, "\(warned.headers)")
            let strict = try await cluster.call("POST", "\(Self.tabs)?fieldValidation=Strict", unknown)
            #expect(strict.message.contains("strict decoding error: unknown field \"spec.no\""), "\(strict.text)")
            // What is wrong is told, by schema and by expression.
            let bad = try await cluster.call("POST", Self.tabs, Self.tab("c", ["cronSpec": "x", "replicas": 0]))
            #expect(bad.status == 422)
            #expect(bad.message.hasPrefix("CronTab.stable.example.com \"c\" is invalid: "), "\(bad.message)")
            let many = try await cluster.call("POST", Self.tabs, Self.tab("c", ["cronSpec": "*", "replicas": 100]))
            #expect(many.message.hasSuffix("spec: Invalid value: \"object\": too many"), "\(many.message)")
            // An update wants the version it is to replace, and counts a generation.
            var object = made.json
            object["spec", "replicas"] = 3
            object["metadata", "resourceVersion"] = Optional.none
            #expect(try await cluster.call("PUT", "\(Self.tabs)/a", object).status == 422)
            object["metadata", "resourceVersion"] = made.json["metadata", "resourceVersion"]
            object["status"] = ["replicas": 7]
            let put = try await cluster.call("PUT", "\(Self.tabs)/a", object)
            #expect(put.json["metadata", "generation"] == 2 && put.json["status"] == nil, "\(put.text)")
            let merge = [(name: "content-type", value: "application/merge-patch+json")]
            let told = try await cluster.call(
                "PATCH", "\(Self.tabs)/a/status",
                ["status": ["replicas": 2, "selector": "a=b"], "spec": ["replicas": 9]],
                headers: merge)
            #expect(told.json["status", "replicas"] == 2 && told.json["spec", "replicas"] == 3, "\(told.text)")
            #expect(told.json["metadata", "generation"] == 2)
            let strategic = try await cluster.call(
                "PATCH", "\(Self.tabs)/a", ["spec": ["replicas": 1]],
                headers: [(name: "content-type", value: "application/strategic-merge-patch+json")])
            #expect(strategic.status == 415)
            // Scaled.
            let scale = try await cluster.call("GET", "\(Self.tabs)/a/scale")
            #expect(
                scale.json["spec", "replicas"] == 3 && scale.json["status", "selector"]?.string == "a=b",
                "\(scale.text)")
            _ = try await cluster.call("PATCH", "\(Self.tabs)/a/scale", ["spec": ["replicas": 5]], headers: merge)
            #expect(try await cluster.call("GET", "\(Self.tabs)/a").json["spec", "replicas"] == 5)
            // Selected and shown.
            let selected = try await cluster.call(
                "GET", "\(Self.tabs)?fieldSelector=spec.cronSpec%3D*%20*%20*,metadata.name%3Da")
            #expect(selected.json["items"]?.count == 1, "\(selected.text)")
            let table = try await cluster.call(
                "GET", Self.tabs, headers: [(name: "accept", value: "application/json;as=Table;v=v1;g=meta.k8s.io")])
            let cells = table.json["rows"]?[0]["cells"]?.elements ?? []
            #expect(cells.prefix(3).map { $0.string ?? $0.text } == ["a", "* * *", "5"], "\(table.text)")
        }
    }

    @Test func itIsFoundInDiscoveryAndOpenAPI() async throws {
        try await Harness.run { cluster in
            try await Self.define(cluster)
            let resources = try await cluster.call("GET", Self.root)
            #expect(
                resources.json["resources"]?.elements.map { $0["name"]?.string ?? "" } == [
                    "crontabs", "crontabs/scale", "crontabs/status",
                ])
            let name = "com.example.stable.v1.CronTab"
            let third = try await cluster.call("GET", "/openapi/v3\(Self.root)")
            let schema = third.json["components", "schemas"]?[name]
            #expect(
                schema?["properties", "spec", "properties", "cronSpec", "pattern"]?.string == "^[*0-9 ]+$",
                "\(third.text)")
            #expect(schema?["properties", "metadata", "allOf"]?[0]["$ref"]?.string?.hasSuffix("ObjectMeta") == true)
            #expect(third.json["components", "schemas"]?["\(name)List"]?["properties", "items"] != nil)
            let second = try await cluster.call("GET", "/openapi/v2")
            #expect(second.json["definitions"]?[name]?["properties", "spec", "properties", "replicas", "default"] == 1)
            #expect(
                second.json["definitions"]?[name]?["x-kubernetes-group-version-kind"]?[0]["kind"]?.string == "CronTab")
        }
    }

    @Test func listsThatAreMapsAreAppliedElementByElement() async throws {
        try await Harness.run { cluster in
            try await Self.define(cluster)
            func apply(_ parts: JSON, by manager: String) async throws -> Harness.Reply {
                try await cluster.call(
                    "PATCH", "\(Self.tabs)/a?fieldManager=\(manager)",
                    Self.tab("a", ["cronSpec": "*", "parts": parts]),
                    headers: [(name: "content-type", value: "application/apply-patch+yaml")])
            }
            #expect(try await apply([["name": "x", "size": 1]], by: "one").status == 201)
            let second = try await apply([["name": "y", "size": 2]], by: "two")
            #expect(second.json["spec", "parts"]?.elements.map { $0["name"]?.string } == ["x", "y"], "\(second.text)")
            let conflict = try await apply([["name": "x", "size": 3]], by: "two")
            #expect(conflict.status == 409)
            #expect(conflict.message.contains(".spec.parts[name=\"x\"].size"), "\(conflict.message)")
            // Fields that the schema does not declare, and what is there twice, are not applied.
            let apply = [(name: "content-type", value: "application/apply-patch+yaml")]
            let head = "apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {name: a}\nspec:\n  cronSpec: '*'\n"
            let unknown = try await cluster.call(
                "PATCH", "\(Self.tabs)/a?fieldManager=one", headers: apply, text: head + "  zz: 1\n")
            #expect(unknown.status == 500)
            #expect(unknown.message.hasSuffix(": .spec.zz: field not declared in schema"), "\(unknown.message)")
            let doubled = try await cluster.call(
                "PATCH", "\(Self.tabs)/a?fieldManager=one&fieldValidation=Strict", headers: apply,
                text: head + "  cronSpec: '1'\n")
            #expect(doubled.status == 400)
            #expect(doubled.message.hasSuffix("line 6: key \"cronSpec\" already set in map"), "\(doubled.message)")
        }
    }

    @Test func versionsAreOneKindOfObject() async throws {
        try await Harness.run { cluster in
            let two = Self.definition { definition in
                var second = definition["spec", "versions"]?[0] ?? .null
                second["name"] = "v2"
                second["storage"] = false
                second["schema", "openAPIV3Schema", "properties", "spec", "properties", "added"] = [
                    "type": "string", "default": "yes",
                ]
                definition["spec", "versions"]?.append(second)
            }
            try await Self.define(cluster, two)
            _ = try await cluster.call("POST", Self.tabs, Self.tab("a"))
            let newer = try await cluster.call("GET", "/apis/stable.example.com/v2/namespaces/default/crontabs/a")
            #expect(newer.json["apiVersion"]?.string == "stable.example.com/v2")
            #expect(newer.json["spec", "added"]?.string == "yes", "\(newer.text)")
            let group = try await cluster.call("GET", "/apis/stable.example.com")
            #expect(group.json["preferredVersion", "version"]?.string == "v2")
        }
    }

    @Test func defaultsThatComeLaterAreReadToo() async throws {
        try await Harness.run { cluster in
            try await Self.define(cluster)
            _ = try await cluster.call("POST", Self.tabs, Self.tab("a"))
            let path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/selector/default"
            let patched = try await cluster.call(
                "PATCH", Self.name, [["op": "add", "path": JSON(path), "value": "later"]],
                headers: [(name: "content-type", value: "application/json-patch+json")])
            #expect(patched.status == 200, "\(patched.text)")
            try await Self.until {
                try await cluster.call("GET", "\(Self.tabs)/a").json["spec", "selector"]?.string == "later"
            }
            let list = try await cluster.call("GET", Self.tabs)
            #expect(list.json["items"]?[0]["spec", "selector"]?.string == "later")
        }
    }

    @Test func aDefinitionGoesWithItsObjects() async throws {
        let directory = TemporaryDirectory()
        try await Harness.run(directory: directory) { cluster in
            try await Self.define(cluster)
            for number in 0..<20 { _ = try await cluster.call("POST", Self.tabs, Self.tab("t\(number)")) }
            var held = Self.tab("held")
            held["metadata", "finalizers"] = ["example.com/hold"]
            _ = try await cluster.call("POST", Self.tabs, held)
        }
        // After a start it is served at once.
        try await Harness.run(directory: directory) { cluster in
            #expect(try await cluster.call("GET", Self.tabs).json["items"]?.count == 21)
            #expect(try await cluster.call("DELETE", Self.name).status == 200)
            try await Self.until { try await cluster.call("GET", Self.tabs).json["items"]?.count == 1 }
            let going = try await cluster.call("GET", Self.name)
            #expect(going.json["metadata", "finalizers"]?.strings == ["customresourcecleanup.apiextensions.k8s.io"])
            #expect(try await cluster.call("POST", Self.tabs, Self.tab("new")).status == 405)
            _ = try await cluster.call(
                "PATCH", "\(Self.tabs)/held", ["metadata": ["finalizers": .null]],
                headers: [(name: "content-type", value: "application/merge-patch+json")])
            try await Self.until { try await cluster.call("GET", Self.name).status == 404 }
            try await Self.until { try await cluster.call("GET", Self.tabs).status == 404 }
        }
    }

    /// As clients made from Go's types send it.
    @Test func aDefinitionMayComeAsProtobuf() async throws {
        try await Harness.run { cluster in
            let place = ["spec", "versions"]
            let path = ["schema", "openAPIV3Schema", "properties", "spec", "properties"]
            func definition(items: (JSON) -> JSON, labels: JSON) -> JSON {
                Self.definition { definition in
                    var version = definition.at(place)?[0] ?? .null
                    var properties = version.at(path) ?? .null
                    properties["parts", "items"] = items(properties["parts", "items"] ?? .null)
                    properties["labels"] = ["type": "object", "additionalProperties": labels]
                    version.set(path, to: properties)
                    definition.set(place, to: [version])
                }
            }
            let string: JSON = ["type": "string"]
            let wire = definition(items: { ["schema": $0] }, labels: ["allows": true, "schema": string])
            let type = try #require(DefinitionWire.type)
            let answer = await cluster.server.answer(
                Request(
                    method: "POST", path: Self.definitions, query: "",
                    headers: [
                        (name: "content-type", value: Protobuf.mediaType),
                        (name: "authorization", value: "Bearer \(Harness.token)"),
                        (name: "accept", value: "\(Protobuf.mediaType), */*"),
                    ], body: try Protobuf.encode(wire, type: type), sourceAddress: "127.0.0.1"))
            #expect(answer.status == 201)
            let stored = try await cluster.call("GET", Self.name)
            let plain = definition(items: { $0 }, labels: string)
            #expect(
                stored.json["spec", "versions"]?[0]["schema"] == plain["spec", "versions"]?[0]["schema"],
                "\(stored.text)")
        }
    }
}
