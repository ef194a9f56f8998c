import APIMachinery
import Testing

@testable import KubeAPI

/// What the pipeline would answer to a create of this body; nil if it is taken.
private func refusal(_ body: JSON, duplicates: DuplicateFields = [], validation: FieldValidation = .strict) throws
    -> StatusError?
{
    let kind = GroupVersionKind(apiVersion: body["apiVersion"]?.string ?? "", kind: body["kind"]?.string ?? "")
    let resource = try #require(ResourceRegistry.builtIn.resource(kind))
    do {
        var object = try #require(resource.schema)
            .readRequest(body, as: kind, duplicateFields: duplicates, validation: validation).object
        if resource.isNamespaced, object["metadata", "namespace"] == nil {
            object.set(["metadata", "namespace"], to: "default")
        }
        resource.setDefaults(&object)
        resource.prepareForCreate(&object)
        let errors = resource.errors(creating: object)
        return errors.isEmpty ? nil : .invalid(kind, object.key.name, errors)
    } catch let error as StatusError { return error }
}

@Suite struct ErrorsTests {
    @Test func areThoseOfARealServer() throws {
        guard let cases = Reference.read("errors.json") else { return }
        var checked = 0
        for one in cases.elements {
            guard one["request", "method"]?.string == "POST", let sent = one["request", "body"],
                let expected = one["response"]
            else { continue }
            var duplicates: DuplicateFields = []
            var body = sent
            if let text = sent.string { body = try JSON(parsing: Array(text.utf8), duplicates: &duplicates) }
            let kind = GroupVersionKind(apiVersion: body["apiVersion"]?.string ?? "", kind: body["kind"]?.string ?? "")
            // Namespaces and paths are the pipeline's business.
            let isPipelines = expected["message"]?.string.map { $0.contains("namespace") } ?? true
            guard ResourceRegistry.builtIn.resource(kind) != nil, !isPipelines else { continue }
            let isStrict = one["request", "path"]?.string?.contains("Strict") == true
            let error = try refusal(body, duplicates: duplicates, validation: isStrict ? .strict : .ignore)
            let answer = try #require(error, "\(body.text) was taken")
            if isStrict, expected["message"]?.string?.contains("unknown") == true {
                // The recording does not keep the order of the members sent.
                #expect(Set(words(answer.message)) == Set(words(expected["message"]?.string ?? "")))
            } else {
                #expect(answer.json == expected, "\(answer.json.text) instead of \(expected.text)")
            }
            checked += 1
        }
        #expect(checked >= 7)
    }
    private func words(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "," } }
}

/// Whether each sentence begins as wanted, and there are no others.
private func ~= (sentences: [String], wanted: [String]) -> Bool {
    sentences.count == wanted.count && zip(sentences, wanted).allSatisfy { $0.hasPrefix($1) }
}

/// Objects that are wrong in one way each, and what is said of them.
@Suite struct ValidationTests {
    private func pod(_ change: (inout JSON) -> Void) -> JSON {
        var spec: JSON = ["containers": [["name": "c", "image": "i"]]]
        change(&spec)
        return ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "x"], "spec": spec]
    }
    private func said(_ body: JSON) throws -> [String] {
        try refusal(body)?.causes.map { "\($0.field): \($0.message)" } ?? []
    }

    @Test func takesASoundPod() throws {
        #expect(try said(pod { _ in }) == [])
        #expect(
            try said(
                pod {
                    $0["volumes"] = [["name": "v", "emptyDir": .object]]
                    $0["containers"] = [
                        [
                            "name": "c", "image": "i", "env": [["name": "A.b", "value": "1"]],
                            "volumeMounts": [["name": "v", "mountPath": "/v"]],
                            "resources": ["limits": ["cpu": "1", "memory": "1Gi"]],
                            "readinessProbe": ["tcpSocket": ["port": "http"]],
                        ]
                    ]
                }) == [])
    }

    @Test func containers() throws {
        #expect(
            try said(pod { $0["containers"] = [["name": "C_", "image": ""]] }) ~= [
                "spec.containers[0].name: Invalid value: \"C_\": a lowercase RFC",
                "spec.containers[0].image: Required value",
            ])
        #expect(
            try said(pod { $0["containers"] = [["name": "c", "image": " i"]] })
                == ["spec.containers[0].image: Invalid value: \" i\": must not have leading or trailing whitespace"])
        #expect(
            try said(
                pod {
                    $0["containers"] = [
                        ["name": "c", "image": "i", "volumeMounts": [["name": "v", "mountPath": "/v"]]]
                    ]
                }) == ["spec.containers[0].volumeMounts[0].name: Not found: \"v\""])
        #expect(
            try said(pod { $0["initContainers"] = [["name": "c", "image": "i", "livenessProbe": .object]] }) == [
                "spec.initContainers[0].name: Duplicate value: \"c\"",
                "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
            ])
    }

    @Test func resources() throws {
        func container(_ resources: JSON) -> JSON {
            pod { $0["containers"] = [["name": "c", "image": "i", "resources": resources]] }
        }
        #expect(
            try said(container(["requests": ["cpu": "2"], "limits": ["cpu": "1"]])) == [
                "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"
            ])
        #expect(
            try said(container(["limits": ["cpu": "-1"]])) == [
                "spec.containers[0].resources.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
                "spec.containers[0].resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
            ])
        #expect(
            try said(container(["requests": ["example.com/gpu": "1"]])) == [
                "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources"
            ])
        #expect(
            try said(container(["limits": ["disk": "1"]])).contains(
                "spec.containers[0].resources.limits[disk]: Invalid value: \"disk\": must be a standard resource type or fully qualified"
            ))
    }

    @Test(
        arguments: [
            ("kernel.shm_rmid_forced", true), ("net/ipv4/ip-x", true), ("a", true), ("foo-", false), ("-foo", false),
            ("a..b", false), ("a/", false), ("a_.b", false), ("A", false), ("é", false),
        ])
    func sysctls(name: String, isValid: Bool) throws {
        let wrong = try said(pod { $0["securityContext"] = ["sysctls": [["name": JSON(name), "value": "1"]]] })
        #expect(
            wrong
                == (isValid
                    ? []
                    : [
                        "spec.securityContext.sysctls[0].name: Invalid value: \"\(name)\": must have at most 253 characters "
                            + "and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
                    ]))
    }

    @Test func probesAndEnvironment() throws {
        #expect(
            try said(
                pod {
                    $0["containers"] = [
                        [
                            "name": "c", "image": "i", "livenessProbe": ["successThreshold": 2],
                            "env": [["name": "A", "value": "1", "valueFrom": ["fieldRef": ["fieldPath": "spec.x"]]]],
                        ]
                    ]
                }) == [
                    "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.x\": error converting fieldPath: field label not supported: spec.x",
                    "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty",
                    "spec.containers[0].livenessProbe: Required value: must specify a handler type",
                    "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
                ])
    }

    @Test func scheduling() throws {
        #expect(
            try said(
                pod {
                    $0["tolerations"] = [["operator": "Equal"], ["key": "a", "operator": "Exists", "value": "b"]]
                    $0["affinity"] = [
                        "nodeAffinity": [
                            "requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": .array]
                        ]
                    ]
                }) == [
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
                    "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
                    "spec.tolerations[1].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'",
                ])
    }

    @Test func podsMayChangeOnlyLittle() throws {
        let resource = Pods.resource
        var old = try created(pod { _ in })
        old.set(["metadata", "resourceVersion"], to: "1")
        old.set(["metadata", "namespace"], to: "default")
        var new = old
        new.set(["metadata", "labels"], to: ["a": "b"])
        #expect(resource.errors(updating: new, from: old) == [])
        new.update("spec") { $0.updateEach("containers") { $0["image"] = "j" } }
        #expect(resource.errors(updating: new, from: old) == [])
        new.set(["spec", "restartPolicy"], to: "Never")
        let errors = resource.errors(updating: new, from: old)
        #expect(errors.map(\.field) == ["spec"])
        #expect(
            errors.first?.message.hasPrefix(
                "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,") == true)
        new.set(["spec", "containers"], to: .array)
        #expect(
            resource.errors(updating: new, from: old).last
                == FieldError(
                    .forbidden, "spec.containers", "Forbidden: pod updates may not add or remove containers"))
    }

    @Test func metadata() throws {
        func map(_ metadata: JSON) -> JSON { ["apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata] }
        #expect(
            try said(map(["generateName": "a-"])) == ["metadata.name: Required value: name or generateName is required"]
        )
        #expect(
            try said(map(["name": "X"]))[0].hasPrefix(
                "metadata.name: Invalid value: \"X\": a lowercase RFC 1123 subdomain"))
        #expect(
            try said(map(["name": "x", "labels": ["a b": "c"], "annotations": ["-": ""]]))
                ~= [
                    "metadata.labels: Invalid value: \"a b\": name part mu",
                    "metadata.annotations: Invalid value: \"-\": name part",
                ])
        #expect(
            try said(map(["name": "x", "finalizers": ["orphan", "mine"]])) == [
                "metadata.finalizers[1]: Invalid value: \"mine\": name is neither a standard finalizer name nor is it fully qualified"
            ])
        let owner: JSON = ["apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "1", "controller": true]
        #expect(
            try said(map(["name": "x", "ownerReferences": [owner, owner]])).first?.contains(
                "Only one reference can have Controller set to true") == true)
        #expect(
            try said([
                "apiVersion": "v1", "kind": "Node", "metadata": ["name": "n", "namespace": "default"],
            ]) == ["metadata.namespace: Forbidden: not allowed on this type"])
        let old: JSON = ["metadata": ["name": "a", "uid": "1", "resourceVersion": "1", "deletionTimestamp": "t"]]
        let new: JSON = [
            "metadata": [
                "name": "a", "uid": "2", "resourceVersion": "1", "deletionTimestamp": "t", "finalizers": ["a/b"],
            ]
        ]
        let resource = try #require(
            ResourceRegistry.builtIn.resource(GroupVersionKind(group: "", version: "v1", kind: "Node")))
        #expect(
            ObjectMetaRules.errors(updating: new, from: old, resource).map { "\($0.field): \($0.message)" } == [
                "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"a/b\"}",
                "metadata.uid: Invalid value: \"2\": field is immutable",
            ])
    }

    @Test func deploymentsAndServices() throws {
        var deployment: JSON = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"],
            "spec": [
                "selector": ["matchLabels": ["app": "a"]],
                "template": [
                    "metadata": ["labels": ["app": "b"]], "spec": ["containers": [["name": "c", "image": "i"]]],
                ],
            ],
        ]
        #expect(
            try said(deployment) == [
                "spec.template.metadata.labels: Invalid value: {\"app\":\"b\"}: `selector` does not match template `labels`"
            ])
        deployment.set(["spec", "template", "metadata", "labels", "app"], to: "a")
        #expect(try said(deployment) == [])
        deployment.set(["spec", "strategy"], to: ["rollingUpdate": ["maxUnavailable": 0, "maxSurge": "0%"]])
        #expect(
            try said(deployment) == [
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"
            ])
        let service: JSON = [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"],
            "spec": ["ports": [["port": 80], ["port": 80, "name": "b"]], "externalTrafficPolicy": "Local"],
        ]
        #expect(
            try said(service) == [
                "spec.ports[0].name: Required value",
                "spec.ports[1]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,"
                    + "\"TargetPort\":0,\"NodePort\":0}",
                "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services",
            ])
    }

    @Test func otherKinds() throws {
        #expect(
            try said([
                "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "type": "kubernetes.io/tls",
                "data": ["tls.crt": "", "a b": ""],
            ]) ~= [
                "data[a b]: Invalid value: \"a b\": a valid", "data[tls.key]: Required value",
            ])
        #expect(
            try said([
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "i"],
                "spec": [
                    "rules": [
                        [
                            "host": "1.2.3.4",
                            "http": ["paths": [["path": "a", "pathType": "Exact", "backend": .object]]],
                        ]
                    ]
                ],
            ]) == [
                "spec.rules[0].host: Invalid value: \"1.2.3.4\": must be a DNS name, not an IP address",
                "spec.rules[0].http.paths[0].path: Invalid value: \"a\": must be an absolute path",
                "spec.rules[0].http.paths[0].backend: Invalid value: \"\": resource or service backend is required",
            ])
        #expect(
            try said([
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "p"], "spec": .object,
            ]) == [
                "spec.accessModes: Required value: at least 1 access mode is required",
                "spec.resources[storage]: Required value",
            ])
        #expect(
            try said([
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": ["name": "e"],
                "addressType": "IPv4", "endpoints": [["addresses": ["127.0.0.1"]], ["addresses": ["127.100.1.2"]]],
            ]) == [
                "endpoints[0].addresses[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)"
            ])
    }

    @Test func whatIsImmutableStays() throws {
        let old: JSON = ["immutable": true, "data": ["a": "1"]]
        #expect(
            DataRules.checkImmutability(["data": ["a": "2"]], old).map(\.field) == ["immutable", "data"])
        #expect(DataRules.checkImmutability(old, old) == [])
        let claim = try created([
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "p"],
            "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
        ])
        var bound = claim
        bound.set(["spec", "volumeName"], to: "pv-1")
        #expect(PersistentVolumeClaims.resource.validateUpdate(bound, claim) == [])
        bound.set(["spec", "accessModes"], to: ["ReadWriteMany"])
        #expect(PersistentVolumeClaims.resource.validateUpdate(bound, claim).map(\.field) == ["spec"])
    }
}
