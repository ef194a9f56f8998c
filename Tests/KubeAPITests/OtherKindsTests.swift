import APIMachinery
import Testing

@testable import KubeAPI

/// Autoscalers, claims for devices, certificate requests and parts of pods: what is refused, what may change, what is kept.
@Suite struct OtherKindsTests: KindRules {
    // MARK: Autoscaling

    private let autoscaler: JSON = [
        "spec": [
            "maxReplicas": 5, "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
        ]
    ]

    @Test func autoscalers() throws {
        var wrong = try made("autoscaling/v2", "HorizontalPodAutoscaler", autoscaler)
        #expect(try said(wrong) == [])
        wrong.set(["spec", "minReplicas"], to: 6)
        wrong.set(["spec", "scaleTargetRef", "apiVersion"], to: "v1")
        wrong.set(
            ["spec", "metrics"],
            to: [["type": "Pods", "external": ["metric": ["name": "m"], "target": ["type": "Value"]]]])
        wrong.set(
            ["spec", "behavior"], to: ["scaleUp": ["policies": [["type": "Pods", "value": 0, "periodSeconds": 15]]]])
        let sentences = try said(wrong)
        #expect(
            sentences == [
                "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`",
                "spec.scaleTargetRef.apiVersion: Invalid value: \"v1\": apiVersion must specify API group",
                "spec.metrics[0].external.target.averageValue: Required value: must set either a target value for metric or a per-pod target",
                "spec.metrics[0].pods: Required value: must populate information for the given metric source",
                "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
            ], "\(sentences)")
    }

    /// What v1 has no fields for goes through it unharmed.
    @Test func nothingIsLostBetweenTheVersions() throws {
        var object = try made("autoscaling/v2", "HorizontalPodAutoscaler", autoscaler)
        object.set(["metadata", "annotations"], to: ["mine": "stays"])
        object.set(
            ["spec", "metrics"],
            to: [
                [
                    "type": "Object",
                    "object": [
                        "describedObject": ["kind": "Service", "name": "s", "apiVersion": "v1"],
                        "target": ["type": "Value", "value": "10"], "metric": ["name": "hits"],
                    ],
                ],
                [
                    "type": "Pods",
                    "pods": ["metric": ["name": "p"], "target": ["type": "AverageValue", "averageValue": "1k"]],
                ],
                [
                    "type": "External",
                    "external": [
                        "metric": ["name": "q", "selector": ["matchLabels": ["a": "b"]]],
                        "target": ["type": "AverageValue", "averageValue": "3"],
                    ],
                ],
                [
                    "type": "ContainerResource",
                    "containerResource": [
                        "name": "memory", "target": ["type": "Utilization", "averageUtilization": 60], "container": "c",
                    ],
                ],
                [
                    "type": "Resource",
                    "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 70]],
                ],
            ])
        object.set(
            ["spec", "behavior"],
            to: [
                "scaleDown": [
                    "stabilizationWindowSeconds": 60, "selectPolicy": "Min",
                    "policies": [["type": "Pods", "value": 1, "periodSeconds": 30]],
                ]
            ])
        object.set(
            ["status"],
            to: [
                "currentReplicas": 2, "desiredReplicas": 3,
                "currentMetrics": [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "current": ["averageValue": "100m", "averageUtilization": 50]],
                    ]
                ],
                "conditions": [
                    ["type": "AbleToScale", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"]
                ],
            ])
        let first = AutoscalerConversion.first(object)
        #expect(first["apiVersion"] == "autoscaling/v1")
        #expect(first["spec", "targetCPUUtilizationPercentage"] == 70 && first["spec", "metrics"] == nil)
        #expect(first["status", "currentCPUUtilizationPercentage"] == 50)
        let back = AutoscalerConversion.second(first)
        #expect(back == object, "\(back.text)\n\(object.text)")
    }

    @Test func theFirstVersionIsJudgedByTheSameRules() throws {
        let wrong = try made(
            "autoscaling/v1", "HorizontalPodAutoscaler",
            [
                "spec": [
                    "maxReplicas": 0, "targetCPUUtilizationPercentage": 0,
                    "scaleTargetRef": ["kind": "Deployment", "name": "web", "apiVersion": "apps/v1"],
                ]
            ])
        #expect(wrong["spec", "minReplicas"] == 1)
        #expect(
            try said(wrong) == [
                "spec.maxReplicas: Required value: must be set and greater than 0",
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
                "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
            ])
    }

    // MARK: Devices

    private let devices = "resource.k8s.io/v1"

    @Test func claims() throws {
        let claim = try made(
            devices, "ResourceClaim",
            [
                "spec": [
                    "devices": [
                        "requests": [
                            ["name": "a", "exactly": ["deviceClassName": "gpu"]], ["name": "a"],
                            ["name": "b", "firstAvailable": [["name": "c", "deviceClassName": "gpu"]]],
                        ],
                        "constraints": [["requests": ["b/c", "b/d", "z"], "matchAttribute": "example.com/kind"]],
                        "config": [["opaque": ["driver": "d.example", "parameters": "text"]]],
                    ]
                ]
            ])
        #expect(claim["spec", "devices", "requests"]?[0]["exactly", "count"] == 1)
        let reference =
            "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
        #expect(
            try said(claim) == [
                "spec.devices.requests[1]: Required value: exactly one of `exactly` or `firstAvailable` is required",
                "spec.devices.requests[1]: Duplicate value: \"a\"",
                "spec.devices.constraints[0].requests[1]: Invalid value: \"b/d\": \(reference)",
                "spec.devices.constraints[0].requests[2]: Invalid value: \"z\": \(reference)",
                "spec.devices.config[0].opaque.parameters: Invalid value: \"<value omitted>\": must be a valid JSON object",
            ])
    }

    @Test func whatIsAllocatedStays() throws {
        let kind = try resource(devices, "ResourceClaim")
        let claim = try made(
            devices, "ResourceClaim",
            ["spec": ["devices": ["requests": [["name": "a", "exactly": ["deviceClassName": "gpu"]]]]]])
        func said(_ old: JSON, _ status: JSON) -> [String] {
            var new = old
            new["status"] = status
            kind.prepareForStatusUpdate(&new, old)
            return kind.errors(updatingStatusOf: new, from: old).map { "\($0.field): \($0.message)" }
        }
        let consumer: JSON = ["resource": "pods", "name": "p", "uid": "1"]
        #expect(
            said(claim, ["reservedFor": [consumer]]) == [
                "status.reservedFor: Forbidden: may not be specified when `allocated` is not set"
            ])
        let allocation: JSON = [
            "devices": ["results": [["request": "a", "driver": "d.example", "pool": "n", "device": "g0"]]]
        ]
        #expect(said(claim, ["allocation": allocation, "reservedFor": [consumer]]) == [])
        var allocated = claim
        allocated["status"] = ["allocation": allocation]
        var other = allocation
        other["devices", "results"] = []
        #expect(said(allocated, ["allocation": other]).count == 1)
        #expect(said(allocated, .object) == [])
        #expect(
            said(
                allocated,
                ["allocation": allocation, "devices": [["driver": "d.example", "pool": "n", "device": "g1"]]])
                == ["status.devices[0]: Invalid value: \"d.example/n/g1\": must be an allocated device in the claim"])
    }

    @Test func slices() throws {
        let slice = try made(
            devices, "ResourceSlice",
            [
                "spec": [
                    "driver": "d.example", "pool": ["name": "n", "resourceSliceCount": 0], "allNodes": true,
                    "nodeName": "n",
                    "devices": [
                        [
                            "name": "g0",
                            "attributes": ["kind": ["string": "a", "int": 1], "v": ["version": "1.02.3"]],
                            "capacity": ["memory": ["value": "1Gi", "requestPolicy": ["default": "1Mi"]]],
                        ], ["name": "g0"],
                    ],
                ]
            ])
        let sentences = try said(slice)
        #expect(
            sentences == [
                "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
                "spec: Invalid value: \"{`nodeName`, `allNodes`}\": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set",
                "spec.devices[0].attributes[kind]: Invalid value: {\"IntValue\":1,\"BoolValue\":null,\"StringValue\":\"a\","
                    + "\"VersionValue\":null,\"IntValues\":null,\"BoolValues\":null,\"StringValues\":null,"
                    + "\"VersionValues\":null}: exactly one value must be specified",
                "spec.devices[0].attributes[v].version: Invalid value: \"1.02.3\": must be a string compatible with semver.org spec 2.0.0",
                "spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true",
                "spec.devices[1]: Duplicate value: \"g0\"",
            ], "\(sentences)")
        #expect(DeviceRules.isSemanticVersion("1.2.3-alpha.1+build.5") && !DeviceRules.isSemanticVersion("1.2"))
    }

    // MARK: Certificates

    @Test func certificateRequests() throws {
        let request = try made(
            "certificates.k8s.io/v1", "CertificateSigningRequest",
            [
                "spec": [
                    "request": "bm90IGEgY3Ny", "signerName": "example",
                    "usages": ["client auth", "flying", "client auth"],
                ]
            ])
        let sentences = try said(request)
        #expect(
            sentences.prefix(1) == [
                "spec.request: Invalid value: \"bm90IGEgY3Ny\": PEM block type must be CERTIFICATE REQUEST"
            ])
        #expect(sentences.contains("spec.usages[2]: Duplicate value: \"client auth\""))
        #expect(
            sentences.last
                == "spec.signerName: Invalid value: \"example\": must be a fully qualified domain and path of the form 'example.com/signer-name'"
        )
        let kind = try resource("certificates.k8s.io/v1", "CertificateSigningRequest")
        let part = try #require(kind.parts[.approval])
        func decided(_ types: [String]) -> JSON {
            var new = request
            new.set(
                ["status", "conditions"], to: JSON(types.map { ["type": JSON($0), "status": "True"] as JSON }))
            return new
        }
        var approved = decided(["Approved"])
        part.prepare(&approved, request)
        #expect(!part.validate(approved, request).contains { $0.field.hasPrefix("status") })
        #expect(
            part.validate(decided(["Approved", "Denied"]), request).contains {
                $0.message.contains("mutually exclusive")
            })
        #expect(part.validate(request, approved).contains { $0.message.contains("may not remove a condition") })
        #expect(
            kind.validateStatusUpdate(approved, request).contains { $0.message.contains("may not add a condition") })
    }

    // MARK: Parts of pods

    @Test func ephemeralContainersAreOnlyAdded() throws {
        let pods = Pods.resource
        let part = try #require(pods.parts[.ephemeralContainers])
        let pod = try made("v1", "Pod", ["spec": ["containers": [["name": "c", "image": "i"]]]])
        func changed(_ old: JSON, _ change: (inout JSON) -> Void) -> (JSON, [String]) {
            var new = old
            change(&new)
            pods.setDefaults(&new)
            part.prepare(&new, old)
            return (new, part.validate(new, old).map { "\($0.field): \($0.message)" })
        }
        let (with, none) = changed(pod) { new in
            new.set(["spec", "ephemeralContainers"], to: [["name": "d", "image": "i", "targetContainerName": "c"]])
            new.set(["spec", "nodeName"], to: "elsewhere")
            new.set(["metadata", "labels"], to: ["a": "b"])
        }
        #expect(none == [])
        #expect(with["spec", "nodeName"] == nil && with["metadata", "labels"] == nil, "nothing else is taken")
        #expect(with["metadata", "generation"] == 2)
        #expect(
            changed(with, { $0.set(["spec", "ephemeralContainers"], to: []) }).1
                == ["spec.ephemeralContainers: Forbidden: existing ephemeral containers \"d\" may not be removed\n"])
        #expect(
            changed(with) { new in
                new.update("spec") { $0.updateEach("ephemeralContainers") { $0["image"] = "other" } }
            }.1.first?.contains("\"d\" may not be changed") == true)
    }

    @Test func aResizeChangesWhatContainersAskFor() throws {
        let pods = Pods.resource
        let part = try #require(pods.parts[.resize])
        let pod = try made(
            "v1", "Pod",
            [
                "spec": [
                    "containers": [
                        [
                            "name": "c", "image": "i",
                            "resources": [
                                "requests": ["cpu": "1", "example.com/gpu": "1"],
                                "limits": ["cpu": "2", "example.com/gpu": "1"],
                            ],
                        ]
                    ]
                ]
            ])
        func changed(_ resources: JSON) -> (JSON, [String]) {
            var new = pod
            new.update("spec") { spec in
                spec.updateEach("containers") { container in
                    container["resources"] = resources
                    container["image"] = "other"
                }
            }
            part.prepare(&new, pod)
            return (new, part.validate(new, pod).map { "\($0.field): \($0.message)" })
        }
        let gpu: JSON = "1"
        let (resized, none) = changed([
            "requests": ["cpu": "1500m", "example.com/gpu": gpu], "limits": ["cpu": "3", "example.com/gpu": gpu],
        ])
        #expect(none == [])
        #expect(resized["spec", "containers"]?[0]["image"] == "i")
        #expect(resized["spec", "containers"]?[0]["resources", "limits", "cpu"] == "3")
        #expect(
            changed(["requests": ["cpu": "1", "example.com/gpu": gpu], "limits": ["example.com/gpu": gpu]]).1
                == ["spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed"])
        #expect(
            changed([
                "requests": ["cpu": "1", "example.com/gpu": "2"], "limits": ["cpu": "2", "example.com/gpu": "2"],
            ]).1
                == ["spec: Forbidden: only cpu and memory resources are mutable"])
        #expect(
            changed([
                "requests": ["cpu": "1", "memory": "1Gi", "example.com/gpu": gpu],
                "limits": ["cpu": "1", "memory": "1Gi", "example.com/gpu": gpu],
            ]).1
                .contains("spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing"))
    }
}
