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
