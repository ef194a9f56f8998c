import APIMachinery
import Basics
import KubeAPI
import Testing

@testable import APIServer

/// Admission's smaller steps, and those that are off unless they are asked for.
@Suite struct FurtherAdmissionTests {
    private static let claims = "/api/v1/namespaces/default/persistentvolumeclaims"

    @Test func aClaimGrowsWhereItsClassAllowsIt() async throws {
        try await Harness.run { cluster in
            for (name, grows) in [("stiff", false), ("soft", true)] {
                _ = try await cluster.call(
                    "POST", "/apis/storage.k8s.io/v1/storageclasses",
                    ["metadata": ["name": JSON(name)], "provisioner": "p", "allowVolumeExpansion": JSON(grows)])
                let claim: JSON = [
                    "metadata": ["name": JSON(name)],
                    "spec": [
                        "accessModes": ["ReadWriteOnce"], "storageClassName": JSON(name), "volumeName": "v",
                        "resources": ["requests": ["storage": "1Gi"]],
                    ],
                ]
                let made = try await cluster.call("POST", Self.claims, claim)
                #expect(made.status == 201, "\(made.message)")
            }
            func grow(_ name: String) async throws -> Harness.Reply {
                try await cluster.call(
                    "PATCH", "\(Self.claims)/\(name)", ["spec": ["resources": ["requests": ["storage": "2Gi"]]]],
                    headers: DeletionTests.merge)
            }
            for name in ["stiff", "soft"] {
                _ = try await cluster.call(
                    "PATCH", "\(Self.claims)/\(name)/status",
                    ["status": ["phase": "Bound", "capacity": ["storage": "1Gi"]]], headers: DeletionTests.merge)
            }
            #expect(try await grow("soft").status == 200)
            #expect(
                try await grow("stiff").message
                    == "persistentvolumeclaims \"stiff\" is forbidden: only dynamically provisioned pvc can be resized and the "
                    + "storageclass that provisions the pvc must support resize")
        }
    }

    @Test func aPodKnowsTheZoneOfItsNode() async throws {
        try await Harness.run { cluster in
            let labels: JSON = ["topology.kubernetes.io/zone": "z", "topology.kubernetes.io/region": "r", "other": "o"]
            _ = try await cluster.call("POST", "/api/v1/nodes", ["metadata": ["name": "n", "labels": labels]])
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p"))
            let binding: JSON = [
                "apiVersion": "v1", "kind": "Binding", "metadata": ["name": "p"],
                "target": ["kind": "Node", "name": "n"],
            ]
            #expect(try await cluster.call("POST", "\(Harness.pods)/p/binding", binding).status == 201)
            let bound = try await cluster.call("GET", "\(Harness.pods)/p").json
            let told = ["topology.kubernetes.io/zone": "z", "topology.kubernetes.io/region": "r"]
            #expect(bound["metadata", "labels"]?.stringMap == told)
            let placed = try await cluster.call("POST", Harness.pods, Harness.pod("q", node: "n")).json
            #expect(placed["metadata", "labels"]?.stringMap == told)
        }
    }

    @Test func aPodIsNotResizedBeyondItsNode() async throws {
        try await Harness.run { cluster in
            for (name, system) in [("n", "linux"), ("w", "windows")] {
                let labels: JSON = ["kubernetes.io/os": JSON(system)]
                _ = try await cluster.call(
                    "POST", "/api/v1/nodes", ["metadata": ["name": JSON(name), "labels": labels]])
                let allocatable: JSON = ["cpu": "2", "memory": "1Gi", "pods": "10"]
                let told = try await cluster.call(
                    "PATCH", "/api/v1/nodes/\(name)/status", ["status": ["allocatable": allocatable]],
                    headers: DeletionTests.merge)
                #expect(told.status == 200, "\(told.message)")
            }
            func resources(_ cpu: String, _ memory: String) -> JSON {
                ["requests": ["cpu": JSON(cpu), "memory": JSON(memory)]]
            }
            func make(_ name: String, _ node: String?) async throws {
                var pod = Harness.pod(name, node: node)
                pod["spec", "containers"] = [["name": "c", "image": "i", "resources": resources("1", "1Mi")]]
                let made = try await cluster.call("POST", Harness.pods, pod)
                #expect(made.status == 201, "\(made.message)")
            }
            func resize(_ name: String, _ cpu: String, _ memory: String) async throws -> Harness.Reply {
                try await cluster.call(
                    "PATCH", "\(Harness.pods)/\(name)/resize",
                    ["spec": ["containers": [["name": "c", "resources": resources(cpu, memory)]]]],
                    headers: [(name: "content-type", value: "application/strategic-merge-patch+json")])
            }
            for (name, node) in [("p", "n"), ("q", "w"), ("r", "gone"), ("s", nil)] { try await make(name, node) }
            #expect(try await resize("p", "2", "1Gi").status == 200)
            let more = try await resize("p", "2001m", "1Gi")
            #expect(more.status == 403)
            #expect(more.json["reason"]?.string == "Forbidden")
            #expect(
                more.message == "pods \"p\" is forbidden: node didn't have enough allocatable resources: "
                    + "cpu, requested: 2001, allocatable: 2000")
            #expect(more.json["details", "causes"] == [["reason": "NodeCapacity"]])
            #expect(
                try await resize("p", "3", "2Gi").message
                    == "pods \"p\" is forbidden: node didn't have enough allocatable resources: "
                    + "cpu, requested: 3000, allocatable: 2000; memory, requested: 2147483648, allocatable: 1073741824")
            let pod = try await cluster.call("GET", "\(Harness.pods)/p").json
            let requests = pod["spec", "containers"]?.elements.first?["resources", "requests"]
            #expect(requests == ["cpu": "2", "memory": "1Gi"])
            let elsewhere = try await resize("q", "1500m", "1Mi")
            #expect(
                elsewhere.message
                    == "pods \"q\" is forbidden: pod resize is only supported on linux nodes, node \"w\" is \"windows\""
            )
            #expect(elsewhere.json["details", "causes"] == [["reason": "UnsupportedPlatform"]])
            #expect(try await resize("q", "1", "1Mi").status == 200)
            #expect(try await resize("r", "2", "1Mi").message == "pods \"r\" is forbidden: node \"gone\" not found")
            // No node yet: the scheduler finds one that has as much, or none.
            #expect(try await resize("s", "100", "1Mi").status == 200)
        }
    }

    @Test func whatIsOffIsOnByName() async throws {
        var pod = Harness.pod("p")
        pod["spec", "containers"] = [
            [
                "name": "c", "image": "i",
                "resources": [
                    "requests": ["example.com/gpu": "1"], "limits": ["example.com/gpu": "1"],
                ],
            ]
        ]
        let service: JSON = [
            "metadata": ["name": "s"], "spec": ["ports": [["port": 80]], "externalIPs": ["192.0.2.1"]],
        ]
        let services = "/api/v1/namespaces/default/services"
        let wanted: JSON = ["key": "example.com/gpu", "operator": "Exists", "effect": "NoSchedule"]
        try await Harness.run { [pod] cluster in
            let made = try await cluster.call("POST", Harness.pods, pod)
            #expect(made.json["spec", "tolerations"]?.elements.contains(wanted) == false)
            #expect(try await cluster.call("POST", services, service).status == 201)
        }
        let configuration = Configuration(admissionPlugins: Configuration.optionalAdmissionPlugins)
        try await Harness.run(configuration) { [pod] cluster in
            let made = try await cluster.call("POST", Harness.pods, pod)
            #expect(made.json["spec", "tolerations"]?.elements.contains(wanted) == true)
            #expect(
                try await cluster.call("POST", services, service).message
                    == "services \"s\" is forbidden: Use of external IPs is denied by admission control")
        }
    }

    @Test func whoSaysWhoseAnObjectIsMustBeLetTo() async throws {
        let configuration = Configuration(admissionPlugins: ["OwnerReferencesPermissionEnforcement"])
        try await Harness.run(configuration) { cluster in
            let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
            let rules: JSON = [
                ["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "patch", "update"]]
            ]
            _ = try await cluster.call("POST", "\(roles)/roles", ["metadata": ["name": "r"], "rules": rules])
            _ = try await cluster.call(
                "POST", "\(roles)/rolebindings",
                [
                    "metadata": ["name": "r"],
                    "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"],
                    "subjects": [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"]],
                ])
            var map = Harness.configMap("m")
            func owned(blocking: Bool) -> JSON {
                [
                    [
                        "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u",
                        "blockOwnerDeletion": JSON(blocking),
                    ]
                ]
            }
            map["metadata", "ownerReferences"] = owned(blocking: true)
            let blocked = await RightsTests.ask(cluster, "jane", [], "POST", Harness.configMaps, map)
            #expect(
                blocked.message.hasPrefix(
                    "configmaps \"m\" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource "
                        + "you can't set finalizers on: "), "\(blocked.message)")
            map["metadata", "ownerReferences"] = owned(blocking: false)
            #expect(await RightsTests.ask(cluster, "jane", [], "POST", Harness.configMaps, map).code == 201)
            #expect(
                cluster.audit.all.last?["annotations", "authorization.k8s.io/reason"]?.string
                    == "RBAC: allowed by RoleBinding \"r/default\" of Role \"r\" to User \"jane\"")
            map["metadata", "ownerReferences"] = nil
            let changed = await RightsTests.ask(cluster, "jane", [], "PUT", "\(Harness.configMaps)/m", map)
            #expect(
                changed.message.hasPrefix(
                    "configmaps \"m\" is forbidden: cannot set an ownerRef on a resource you can't delete: "),
                "\(changed.message)")
            // The administrator may all.
            map["metadata", "ownerReferences"] = owned(blocking: true)
            #expect(try await cluster.call("PUT", "\(Harness.configMaps)/m", map).status == 200)
        }
    }
}
