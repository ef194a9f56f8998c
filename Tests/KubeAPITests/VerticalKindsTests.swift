import APIMachinery
import Testing

@testable import KubeAPI

/// VerticalPodAutoscalers as the autoscaler project publishes them: what is served, refused, filled in and shown.
@Suite struct VerticalKindsTests: KindRules {
    private static let version = "autoscaling.k8s.io/v1"
    private let autoscaler: JSON = [
        "spec": ["targetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"]]
    ]
    private func resource(_ kind: String) throws -> Resource {
        try #require(
            ResourceRegistry.builtIn.resource(GroupVersionKind(apiVersion: Self.version, kind: kind)))
    }

    @Test func bothKindsAreServed() throws {
        let kind = try resource("VerticalPodAutoscaler")
        #expect(kind.plural == "verticalpodautoscalers" && kind.shortNames == ["vpa"] && kind.isNamespaced)
        #expect(kind.subresources.map(\.name) == [.status])
        #expect(
            kind.columns.map { "\($0.name) \($0.type) \($0.priority)" } == [
                "Name string 0", "Mode string 0", "CPU string 0", "Mem string 0", "Provided string 0", "Age date 0",
                "MinReplicas integer 1", "OOMSeconds integer 1",
            ])
        let checkpoints = try resource("VerticalPodAutoscalerCheckpoint")
        #expect(checkpoints.plural == "verticalpodautoscalercheckpoints" && checkpoints.shortNames == ["vpacheckpoint"])
        #expect(checkpoints.subresources.isEmpty)
        let schema = try #require(kind.schema)
        let fields = schema.field("spec")?.type?.fields.map(\.name)
        #expect(fields == ["targetRef", "updatePolicy", "resourcePolicy", "recommenders", "startupBoost"])
    }

    @Test func whatIsNotSaidIsRecreate() throws {
        let made = try made(Self.version, "VerticalPodAutoscaler", autoscaler)
        #expect(made["spec", "updatePolicy"]?.text == #"{"updateMode":"Recreate"}"#)
        #expect(made["metadata", "generation"]?.int == 1 && made["status"] == nil)
        #expect(try said(made) == [])
    }

    @Test func cellsAreOfTheFirstContainer() throws {
        let columns = try resource("VerticalPodAutoscaler").columns
        var object = try made(Self.version, "VerticalPodAutoscaler", autoscaler)
        func cells() -> [String] { columns[1...4].map { $0.cell(object).text } }
        #expect(cells() == ["\"Recreate\"", "null", "null", "null"])
        object["status"] = [
            "recommendation": ["containerRecommendations": [["target": ["cpu": "25m", "memory": "250Mi"]]]],
            "conditions": [["type": "RecommendationProvided", "status": "True"]],
        ]
        #expect(cells() == ["\"Recreate\"", "\"25m\"", "\"250Mi\"", "\"True\""])
    }

    @Test func whatIsWrongIsSaid() throws {
        var wrong = try made(Self.version, "VerticalPodAutoscaler", autoscaler)
        wrong["spec", "targetRef"] = ["kind": "Deployment"]
        wrong["spec", "updatePolicy"] = ["updateMode": "Sometimes", "minReplicas": 0, "evictAfterOOMSeconds": 5]
        wrong["spec", "recommenders"] = [["name": "a"], ["name": "b"]]
        wrong["spec", "resourcePolicy"] = [
            "containerPolicies": [
                [
                    "mode": "Off", "controlledValues": "RequestsAndLimits", "controlledResources": ["cpu", "disk"],
                    "minAllowed": ["cpu": "2", "memory": "100m"], "maxAllowed": ["cpu": "1500u"],
                    "oomBumpUpRatio": "2",
                ]
            ]
        ]
        let sentences = try said(wrong)
        #expect(
            sentences == [
                "spec.targetRef.name: Required value",
                "spec.updatePolicy.updateMode: Unsupported value: \"Sometimes\": supported values: \"Off\", \"Initial\", \"Recreate\", \"InPlaceOrRecreate\", \"InPlace\", \"Auto\"",
                "spec.updatePolicy.minReplicas: Invalid value: 0: minReplicas has to be positive",
                "spec.updatePolicy.evictAfterOOMSeconds: Forbidden: not supported when feature flag PerVPAConfig is disabled",
                "spec.resourcePolicy.containerPolicies[0].containerName: Required value",
                "spec.resourcePolicy.containerPolicies[0].maxAllowed[cpu]: Invalid value: \"1500u\": max resource for cpu is lower than min of \"2\"",
                "spec.resourcePolicy.containerPolicies[0].minAllowed[memory]: Invalid value: \"100m\": must be a whole number of bytes",
                "spec.resourcePolicy.containerPolicies[0].maxAllowed[cpu]: Invalid value: \"1500u\": must be a whole number of milli CPUs",
                "spec.resourcePolicy.containerPolicies[0].controlledValues: Forbidden: controlledValues shouldn't be specified if container scaling mode is off",
                "spec.resourcePolicy.containerPolicies[0].controlledResources[1]: Unsupported value: \"disk\": supported values: \"cpu\", \"memory\"",
                "spec.resourcePolicy.containerPolicies[0].oomBumpUpRatio: Forbidden: not supported when feature flag PerVPAConfig is disabled",
                "spec.recommenders: Too many: 2: must have at most 1 item",
            ], "\(sentences.joined(separator: "\n"))")
        wrong["spec"] = ["updatePolicy": ["minReplicas": 2]]
        #expect(
            try said(wrong) == [
                "spec.targetRef: Required value",
                "spec.updatePolicy.updateMode: Required value: updateMode is required if UpdatePolicy is used",
            ])
    }

    @Test func theOldWordForRecreateIsWarnedOf() throws {
        var object = try made(Self.version, "VerticalPodAutoscaler", autoscaler)
        let kind = try resource("VerticalPodAutoscaler")
        #expect(kind.warnings(object, nil) == [])
        object["spec", "updatePolicy"] = ["updateMode": "Auto"]
        #expect(try said(object) == [])
        #expect(kind.warnings(object, nil).first?.hasPrefix("spec.updatePolicy: \"Auto\" mode is deprecated") == true)
    }

    @Test func fieldsAreExplained() throws {
        for kind in ["VerticalPodAutoscaler", "VerticalPodAutoscalerCheckpoint"] {
            let type = try #require(try resource(kind).schema)
            #expect(Descriptions.all.sentence(of: type) != nil)
            var waiting = type.fields.filter { $0.name == "spec" || $0.name == "status" }.compactMap(\.type)
            while let inner = waiting.popLast() {
                for field in inner.fields {
                    #expect(
                        Descriptions.all.sentence(of: field.name, in: inner) != nil, "\(inner.name).\(field.name)")
                    if let next = field.type { waiting.append(next) }
                }
            }
        }
    }
}

extension ResourceRegistry {
    /// What kube-apiserver serves itself: without what Kubernetes' autoscaler project adds.
    static let ofKubernetes = builtIn.resources.filter { $0.groupVersionKind.group != "autoscaling.k8s.io" }
}
