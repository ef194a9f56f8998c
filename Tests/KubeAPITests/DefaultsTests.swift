import APIMachinery
import KubeAPI
import Testing

@testable import KubeAPI

/// Reads, defaults and prepares an object as the pipeline does for a create.
func created(_ object: JSON) throws -> JSON {
    let kind = GroupVersionKind(
        apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
    let resource = try #require(ResourceRegistry.builtIn.resource(kind))
    var result = try #require(resource.schema).readRequest(object, as: kind, validation: .strict).object
    resource.setDefaults(&result)
    resource.prepareForCreate(&result)
    return result
}

/// Defaults against what a real server answered.
@Suite struct DefaultsTests {
    /// What allocators, admission and the store add, by path; taken out before comparing.
    private static let addedByOthers: [String: [[String]]] = [
        "Pod": [
            ["spec", "tolerations"], ["spec", "priority"], ["spec", "preemptionPolicy"], ["spec", "serviceAccount"],
            ["spec", "serviceAccountName"], ["spec", "volumes"],
        ],
        "Node": [["spec"]],
        "PersistentVolume": [["metadata", "finalizers"], ["status", "lastPhaseTransitionTime"]],
        "Service": [
            ["spec", "clusterIP"], ["spec", "clusterIPs"], ["spec", "ipFamilies"], ["spec", "ipFamilyPolicy"],
        ],
    ]

    @Test func areThoseOfARealServer() throws {
        guard let cases = Reference.read("defaults.json") else { return }
        var checked = 0
        for (name, value) in cases.members {
            guard let sent = value["request", "body"], var expected = value["response"], value["status"]?.int == 201,
                let kind = expected["kind"]?.string,
                let known = expected["apiVersion"]?.string.map({ GroupVersionKind(apiVersion: $0, kind: kind) }),
                // What is answered and not kept has its status from the server.
                ResourceRegistry.builtIn.resource(known)?.verbs.contains(.get) == true
            else { continue }
            // Jobs are told apart by their uid, which is given before they are prepared.
            var named = sent
            if kind == "Job" { named.set(["metadata", "uid"], to: expected["metadata", "labels", "controller-uid"]) }
            var answer = try created(named)
            answer.set(["metadata", "uid"], to: Optional.none)
            for field in ["creationTimestamp", "uid", "namespace"] {
                expected.set(["metadata", field], to: Optional.none)
            }
            for path in Self.addedByOthers[kind] ?? [] {
                expected.set(path, to: Optional.none)
                answer.set(path, to: Optional.none)
            }
            if kind == "Pod" {
                expected.update("spec") { $0.updateEach("containers") { $0["volumeMounts"] = Optional.none } }
            }
            if kind == "Service" {
                expected.update("spec") { $0.updateEach("ports") { $0["nodePort"] = Optional.none } }
            }
            #expect(answer == expected, "\(name): \(answer.text) instead of \(expected.text)")
            checked += 1
        }
        #expect(checked >= 14)
    }

    @Test(arguments: [
        ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1.2", "IfNotPresent"),
        ("host:5000/nginx", "Always"), ("host:5000/a/nginx:2", "IfNotPresent"),
        ("nginx@sha256:0123", "IfNotPresent"), ("", "IfNotPresent"),
    ])
    func pullPolicyFollowsTheTag(image: String, policy: String) {
        #expect(PodSpecDefaults.pullPolicy(image: image) == policy)
    }

    /// Of a pod; what a template says stays.
    @Test func aNegativeGracePeriodIsOneSecond() throws {
        let spec: JSON = ["terminationGracePeriodSeconds": -5, "containers": [["name": "c", "image": "i"]]]
        let pod = try created(["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a"], "spec": spec])
        #expect(pod["spec", "terminationGracePeriodSeconds"] == 1)
        let template = try created([
            "apiVersion": "v1", "kind": "PodTemplate", "metadata": ["name": "a"], "template": ["spec": spec],
        ])
        #expect(template["template", "spec", "terminationGracePeriodSeconds"] == -5)
    }

    @Test func fillsInAWholePod() throws {
        let pod = try created([
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a"],
            "spec": [
                "hostNetwork": true,
                "serviceAccountName": "robot",
                "containers": [
                    [
                        "name": "c", "image": "i:1", "ports": [["containerPort": 80]],
                        "env": [["name": "A", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]]],
                        "resources": ["limits": ["cpu": "1", "memory": "1Gi"], "requests": ["cpu": "500m"]],
                        "readinessProbe": ["httpGet": ["port": 80]],
                        "livenessProbe": ["grpc": ["port": 80], "periodSeconds": 3],
                        "lifecycle": ["preStop": ["httpGet": ["port": 80]]],
                    ]
                ],
                "volumes": [
                    ["name": "e"], ["name": "c", "configMap": ["name": "c"]],
                    ["name": "p", "projected": ["sources": [["serviceAccountToken": ["path": "t"]]]]],
                    ["name": "h", "hostPath": ["path": "/"]],
                ],
            ],
        ])
        let spec = try #require(pod["spec"])
        let container = try #require(spec["containers"]?[0])
        #expect(container["ports"]?[0] == ["containerPort": 80, "hostPort": 80, "protocol": "TCP"])
        #expect(container["env"]?[0]["valueFrom", "fieldRef", "apiVersion"] == "v1")
        #expect(container["resources", "requests"] == ["cpu": "500m", "memory": "1Gi"])
        #expect(
            container["readinessProbe"] == [
                "httpGet": ["port": 80, "path": "/", "scheme": "HTTP"], "timeoutSeconds": 1, "periodSeconds": 10,
                "successThreshold": 1, "failureThreshold": 3,
            ])
        #expect(container["livenessProbe", "grpc"] == ["port": 80, "service": ""])
        #expect(container["livenessProbe", "periodSeconds"] == 3)
        #expect(container["lifecycle", "preStop", "httpGet", "path"] == "/")
        #expect(
            spec["volumes"] == [
                ["name": "e", "emptyDir": .object], ["name": "c", "configMap": ["name": "c", "defaultMode": 420]],
                [
                    "name": "p",
                    "projected": [
                        "sources": [["serviceAccountToken": ["path": "t", "expirationSeconds": 3600]]],
                        "defaultMode": 420,
                    ],
                ],
                ["name": "h", "hostPath": ["path": "/", "type": ""]],
            ])
        #expect(spec["serviceAccount"] == "robot")
        #expect(pod["status"] == ["phase": "Pending", "qosClass": "Burstable"])
    }

    @Test(
        arguments: [
            (nil, nil, "BestEffort"), ("1", "1", "Guaranteed"), (nil, "1", "Guaranteed"), ("1", nil, "Burstable"),
            ("1", "2", "Burstable"), ("0", "0", "BestEffort"),
        ] as [(String?, String?, String)])
    func classesOfService(request: String?, limit: String?, name: String) {
        func both(_ text: String?) -> JSON {
            text.map { ["cpu": JSON($0), "memory": JSON($0)] } ?? JSON.object
        }
        #expect(
            QualityOfService.name([
                "containers": [["resources": ["requests": both(request), "limits": both(limit)]]]
            ]) == name)
    }
}

@Suite struct StrategyTests {
    private func resource(_ kind: GroupVersionKind) throws -> Resource {
        try #require(ResourceRegistry.builtIn.resource(kind))
    }
    private let old: JSON = [
        "metadata": ["generation": 4, "labels": ["a": "1"]], "spec": ["replicas": 1], "status": ["replicas": 1],
    ]

    @Test func updatesKeepStatusAndCountSpecs() throws {
        let deployments = try resource(Deployment.groupVersionKind)
        var new = old
        new["status"] = .object
        deployments.prepareForUpdate(&new, old)
        #expect(new == old)
        new.set(["spec", "replicas"], to: 2)
        deployments.prepareForUpdate(&new, old)
        #expect(new["metadata", "generation"] == 5)
        var annotated = old
        annotated.set(["metadata", "annotations", "x"], to: "y")
        deployments.prepareForUpdate(&annotated, old)
        #expect(annotated["metadata", "generation"] == 5)
        let replicaSets = try resource(ReplicaSet.groupVersionKind)
        annotated.set(["metadata", "generation"], to: 9)
        replicaSets.prepareForUpdate(&annotated, old)
        #expect(annotated["metadata", "generation"] == 4)
    }

    @Test func statusUpdatesKeepTheSpec() throws {
        var new: JSON = [
            "metadata": ["generation": 7, "labels": ["a": "2"]], "spec": ["replicas": 9], "status": ["replicas": 3],
        ]
        try resource(Deployment.groupVersionKind).prepareForStatusUpdate(&new, old)
        #expect(
            new == [
                "metadata": ["generation": 4, "labels": ["a": "1"]], "spec": ["replicas": 1],
                "status": ["replicas": 3],
            ])
    }

    @Test func secretsTakeStringData() throws {
        let secret = try created([
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": ["a": "eA==", "b": "eQ=="],
            "stringData": ["a": "z"],
        ])
        #expect(secret["data"] == ["a": "eg==", "b": "eQ=="])
        #expect(secret["stringData"] == nil && secret["type"] == "Opaque")
    }

    @Test func changingAServicesTypeDropsWhatItCannotHave() throws {
        let old: JSON = [
            "spec": [
                "type": "NodePort", "externalTrafficPolicy": "Cluster", "ports": [["port": 80, "nodePort": 30080]],
            ]
        ]
        var new = old
        new.set(["spec", "type"], to: "ClusterIP")
        try resource(Service.groupVersionKind).prepareForUpdate(&new, old)
        #expect(new["spec"] == ["type": "ClusterIP", "ports": [["port": 80]]])
    }

    @Test func resourcesAreThoseOfDiscovery() throws {
        guard let roots = Reference.read("discovery.json") else { return }
        var facts: [String: JSON] = [:]
        for root in roots.members {
            for group in root.value["body", "items"]?.elements ?? [] {
                for version in group["versions"]?.elements ?? [] {
                    for resource in version["resources"]?.elements ?? [] {
                        let name = group["metadata", "name"]?.string ?? ""
                        let version = version["version"]?.string ?? ""
                        facts["\(name)/\(version)/\(resource["resource"]?.string ?? "")"] = resource
                    }
                }
            }
        }
        for resource in ResourceRegistry.ofKubernetes {
            let kind = resource.groupVersionKind
            let fact = try #require(facts["\(kind.group)/\(kind.version)/\(resource.plural)"], "\(kind)")
            let place: Comment = "\(kind)"
            #expect(fact["singularResource"]?.string == resource.singular, place)
            #expect(fact["shortNames"]?.strings ?? [] == resource.shortNames, place)
            #expect(fact["categories"]?.strings ?? [] == resource.categories, place)
            #expect(fact["verbs"]?.strings == resource.verbs.map(\.rawValue), place)
            #expect((fact["scope"]?.string == "Namespaced") == resource.isNamespaced, place)
            let subresources = (fact["subresources"]?.elements ?? []).map { sub in
                [sub["subresource"]?.string ?? "", sub["responseKind", "kind"]?.string ?? ""]
                    + (sub["verbs"]?.strings ?? [])
            }
            #expect(
                subresources
                    == resource.subresources.map {
                        [$0.name.rawValue, $0.groupVersionKind.kind] + $0.verbs.map(\.rawValue)
                    }, place)
        }
    }
}
