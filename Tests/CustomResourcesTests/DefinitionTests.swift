import APIMachinery
import Basics
import KubeAPI
import Testing

@testable import CustomResources

@Suite struct DefinitionTests {
    static func definition(_ schema: String = "{type: object}", _ change: (inout JSON) -> Void = { _ in }) throws
        -> JSON
    {
        var definition = try Objects.json(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: crontabs.stable.example.com}
            spec:
              group: stable.example.com
              scope: Namespaced
              names: {plural: crontabs, singular: crontab, kind: CronTab, listKind: CronTabList, shortNames: [ct]}
              versions: [{name: v1, served: true, storage: true, schema: {}}]
              conversion: {strategy: None}
            status: {storedVersions: [v1], acceptedNames: {plural: "", kind: ""}}
            """)
        definition["spec", "versions"]?[0]["schema"] = ["openAPIV3Schema": try Objects.json(schema)]
        change(&definition)
        return definition
    }
    private static func faults(_ definition: JSON) -> [String] {
        DefinitionRules.errors(creating: definition).map { "\($0.field): \($0.message)" }
    }

    private static let path = "spec.versions[0].schema.openAPIV3Schema"

    @Test(arguments: [
        ("{type: object}", []),
        ("{}", ["type: Required value: must not be empty at the root"]),
        ("{type: string}", ["type: Invalid value: \"string\": must be object at the root"]),
        (
            "{type: object, additionalProperties: true}",
            ["additionalProperties: Forbidden: must not be used at the root"]
        ),
        ("{type: object, properties: {a: {type: array}}}", ["properties[a].items: Required value: must be specified"]),
        (
            "{type: object, properties: {a: {}}}",
            ["properties[a].type: Required value: must not be empty for specified object fields"]
        ),
        (
            "{type: object, properties: {a: {type: float}}}",
            [
                "properties[a].type: Unsupported value: \"float\": supported values: \"array\", \"boolean\", \"integer\", "
                    + "\"number\", \"object\", \"string\""
            ]
        ),
        (
            "{type: object, properties: {a: {type: object, anyOf: [{type: string}]}}}",
            ["properties[a].anyOf[0].type: Forbidden: must be empty to be structural"]
        ),
        (
            "{type: object, properties: {a: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}}}",
            []
        ),
        (
            "{type: object, properties: {a: {type: array, items: {type: object}, x-kubernetes-list-type: map}}}",
            [
                "properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"
            ]
        ),
        (
            "{type: object, properties: {a: {type: string, pattern: '('}}}",
            []  // told in the expression library's own words; looked at below
        ),
        (
            "{type: object, properties: {a: {type: integer, default: x}}}",
            [
                "properties[a].default: Invalid value: \"string\": default in body must be of type integer: \"string\""
            ]
        ),
        (
            "{type: object, properties: {a: {type: object, default: {b: 1}}}}",
            ["properties[a].default: Invalid value: {\"b\":1}: must not have unknown fields"]
        ),
        (
            "{type: object, properties: {metadata: {type: object, properties: {labels: {type: object}}}}}",
            [
                "properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is "
                    + "implicitly specified"
            ]
        ),
        (
            "{type: object, x-kubernetes-validations: [{rule: 'self.x == 1'}]}",
            [
                "x-kubernetes-validations[0].rule: Invalid value: {\"rule\":\"self.x == 1\"}: compilation failed: ERROR: "
                    + "<input>:1:5: undefined field 'x'\n | self.x == 1\n | ....^"
            ]
        ),
        (
            "{type: object, properties: {a: {type: array, items: {type: string, x-kubernetes-validations: [{rule: 'self == oldSelf'}]}}}}",
            [
                "properties[a].items.x-kubernetes-validations[0].rule: Invalid value: \"self == oldSelf\": oldSelf cannot be "
                    + "used on the uncorrelatable portion of the schema within properties[a]"
            ]
        ),
    ])
    func schemasAreJudged(_ schema: String, _ faults: [String]) throws {
        let found = try Self.faults(Self.definition(schema))
        if schema.contains("'('") {
            #expect(found.count == 1 && found[0].contains("must be a valid regular expression"), "\(found)")
        } else {
            #expect(found == faults.map { "\(Self.path).\($0)" })
        }
    }

    @Test func theRestOfADefinitionIsJudged() throws {
        func faults(_ change: (inout JSON) -> Void) throws -> [String] {
            Self.faults(try Self.definition("{type: object}", change))
        }
        #expect(try faults { _ in }.isEmpty)
        #expect(
            try faults { $0["metadata", "name"] = "x" } == [
                "metadata.name: Invalid value: \"x\": must be spec.names.plural+\".\"+spec.group"
            ])
        #expect(
            try faults { $0["spec", "scope"] = "Galaxy" } == [
                "spec.scope: Unsupported value: \"Galaxy\": supported values: \"Cluster\", \"Namespaced\""
            ])
        #expect(
            try faults { $0["spec", "versions"]?[0]["storage"] = false }.contains {
                $0.hasSuffix("must have exactly one version marked as storage version")
            })
        #expect(
            try faults { $0["status", "storedVersions"] = ["v0", "v1"] }.first?.hasPrefix(
                "status.storedVersions[0]: Invalid value: \"v0\": missing from spec.versions") == true)
        #expect(
            try faults {
                $0["spec", "group"] = "x.k8s.io"
                $0["metadata", "name"] = "crontabs.x.k8s.io"
            }.first?.hasPrefix("metadata.annotations[api-approved.kubernetes.io]: Required value") == true)
        #expect(
            try faults {
                $0["spec", "versions"]?[0]["additionalPrinterColumns"] = [["name": "a", "type": "x", "jsonPath": "a"]]
            }
                == [
                    "spec.versions[0].additionalPrinterColumns[0].type: Invalid value: \"x\": must be one of "
                        + "boolean,date,integer,number,string",
                    "spec.versions[0].additionalPrinterColumns[0].JSONPath: Invalid value: \"a\": is an invalid path",
                ])
        #expect(
            try faults {
                $0["spec", "versions"]?[0]["subresources"] = [
                    "scale": ["specReplicasPath": ".a", "statusReplicasPath": ".status.replicas"]
                ]
            } == [
                "spec.versions[0].subresources.scale.specReplicasPath: Invalid value: \".a\": should be a json path under .spec"
            ])
    }

    @Test func namesAreGivenToWhoCameFirst() throws {
        let now = Instant(secondsSince1970: 0)
        let first = try #require(DefinitionStatus.updated(try Self.definition(), among: [], now: now))
        #expect(first["status", "acceptedNames", "kind"]?.string == "CronTab")
        #expect(DefinitionStatus.isTrue(first, "NamesAccepted") && DefinitionStatus.isTrue(first, "Established"))
        #expect(DefinitionStatus.updated(first, among: [], now: now) == nil)
        let second = try Self.definition {
            $0["metadata", "name"] = "tabs.stable.example.com"
            $0["spec", "names"] = [
                "plural": "tabs", "singular": "tab", "kind": "Tab", "listKind": "TabList", "shortNames": ["ct"],
            ]
        }
        let told = try #require(DefinitionStatus.updated(second, among: [first], now: now))
        let conditions = told["status", "conditions"]?.elements ?? []
        #expect(conditions.map { $0["reason"]?.string } == ["ShortNamesConflict", "NotAccepted"])
        #expect(conditions.first?["message"]?.string == "\"ct\" is already in use")
        #expect(CustomKind.resources(of: told).isEmpty)
    }
}
