import APIMachinery
import HTTPMessages
import KubeAPI
import Testing

@testable import APIServer

/// What nodes may do: what their pods need, to whom they may do it, and nothing else.
@Suite struct NodeRightsTests {
    private static func node(
        _ cluster: Harness, _ method: String, _ path: String, _ body: JSON? = nil, as node: String = "n1"
    ) async -> (code: Int, message: String) {
        var request = cluster.request(method, path, body, as: nil)
        request.certificate = .init(commonName: "system:node:\(node)", organizations: ["system:nodes"])
        let answer = await cluster.server.answer(request)
        guard case .bytes(let bytes) = answer.body, let json = try? JSON(parsing: bytes) else {
            return (answer.status, "")
        }
        return (answer.status, json["message"]?.string ?? "")
    }
    private static let api = "/api/v1/namespaces/default"

    private static func run(_ body: @escaping @Sendable (Harness) async throws -> Void) async throws {
        let configuration = try TokenTests.configuration()
        try await Harness.run(configuration) { cluster in
            for name in ["n1", "n2"] {
                _ = try await cluster.call("POST", "/api/v1/nodes", ["metadata": ["name": JSON(name)]])
            }
            for name in ["used", "other", "pull"] {
                _ = try await cluster.call("POST", "\(api)/secrets", ["metadata": ["name": JSON(name)]])
                _ = try await cluster.call("POST", "\(api)/configmaps", ["metadata": ["name": JSON(name)]])
            }
            for name in ["default", "clerk"] {
                _ = try await cluster.call("POST", "\(api)/serviceaccounts", ["metadata": ["name": JSON(name)]])
            }
            var pod = Harness.pod("p", node: "n1")
            pod["spec", "serviceAccountName"] = "clerk"
            pod["spec", "imagePullSecrets"] = [["name": "pull"]]
            pod["spec", "containers"] = [
                [
                    "name": "c", "image": "i",
                    "env": [["name": "A", "valueFrom": ["secretKeyRef": ["name": "used", "key": "k"]]]],
                    "envFrom": [["configMapRef": ["name": "used"]]],
                ]
            ]
            pod["spec", "volumes"] = [["name": "v", "persistentVolumeClaim": ["claimName": "claim"]]]
            let made = try await cluster.call("POST", Harness.pods, pod)
            try #require(made.status == 201, "\(made.message)")
            try await body(cluster)
        }
    }

    @Test func aNodeReadsWhatItsPodsUse() async throws {
        try await Self.run { cluster in
            for path in ["secrets/used", "secrets/pull", "configmaps/used", "serviceaccounts/clerk", "pods/p"] {
                #expect(await Self.node(cluster, "GET", "\(Self.api)/\(path)").code == 200, "\(path)")
                #expect(await Self.node(cluster, "GET", "\(Self.api)/\(path)", as: "n2").code == 403, "\(path)")
            }
            #expect(await Self.node(cluster, "GET", "\(Self.api)/persistentvolumeclaims/claim").code == 404)
            let list = "\(Self.api)/secrets?fieldSelector=metadata.name%3Dused"
            #expect(await Self.node(cluster, "GET", list).code == 200)
            #expect(
                await Self.node(cluster, "GET", "\(Self.api)/secrets/other").message
                    == "secrets \"other\" is forbidden: User \"system:node:n1\" cannot get resource \"secrets\" in API group "
                    + "\"\" in the namespace \"default\": no relationship found between node 'n1' and this object")
            #expect(
                await Self.node(cluster, "GET", "\(Self.api)/secrets").message.hasSuffix(": No Object name found"))
            #expect(
                await Self.node(cluster, "GET", "/api/v1/secrets").message
                    .hasSuffix(": can only read namespaced object of this type"))
            #expect(
                await Self.node(cluster, "DELETE", "\(Self.api)/secrets/used").message
                    .hasSuffix(": can only read resources of this type"))
            #expect(await Self.node(cluster, "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1").code == 200)
            #expect(
                await Self.node(cluster, "GET", "/api/v1/pods").message
                    .hasSuffix(": can only list/watch pods with spec.nodeName field selector"))
            #expect(await Self.node(cluster, "GET", "/api/v1/services").code == 200)
            #expect(
                await Self.node(cluster, "GET", "/api/v1/nodes/n2").message
                    .hasSuffix(": node 'n1' cannot read 'n2', only its own Node object"))
            // With the pod goes the right.
            _ = try await cluster.call("DELETE", "\(Harness.pods)/p?gracePeriodSeconds=0")
            #expect(await Self.node(cluster, "GET", "\(Self.api)/secrets/used").code == 403)
        }
    }

    @Test func aNodeReachesTheVolumesOfItsPods() async throws {
        try await Self.run { cluster in
            let volume: JSON = [
                "metadata": ["name": "pv"],
                "spec": [
                    "capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteOnce"],
                    "claimRef": ["namespace": "default", "name": "claim"],
                    "csi": [
                        "driver": "d.example.com", "volumeHandle": "h",
                        "nodePublishSecretRef": ["namespace": "default", "name": "other"],
                    ],
                ],
            ]
            let made = try await cluster.call("POST", "/api/v1/persistentvolumes", volume)
            #expect(made.status == 201, "\(made.message)")
            #expect(await Self.node(cluster, "GET", "/api/v1/persistentvolumes/pv").code == 200)
            #expect(await Self.node(cluster, "GET", "/api/v1/persistentvolumes/pv", as: "n2").code == 403)
            #expect(await Self.node(cluster, "GET", "\(Self.api)/secrets/other", as: "n2").code == 403)
            #expect(await Self.node(cluster, "GET", "\(Self.api)/secrets/other").code == 200)
        }
    }

    @Test func aNodeChangesItselfAlone() async throws {
        try await Self.run { cluster in
            func change(_ patch: JSON, _ path: String = "/api/v1/nodes/n1") async -> String {
                var request = cluster.request("PATCH", path, patch, headers: DeletionTests.merge, as: nil)
                request.certificate = .init(commonName: "system:node:n1", organizations: ["system:nodes"])
                let answer = await cluster.server.answer(request)
                guard case .bytes(let bytes) = answer.body, let json = try? JSON(parsing: bytes) else { return "?" }
                return json["message"]?.string ?? ""
            }
            let own: JSON = ["metadata": ["labels": ["kubernetes.io/hostname": "n1", "x": "y"]]]
            #expect(await change(own) == "")
            #expect(
                await change(own, "/api/v1/nodes/n2")
                    == "nodes \"n2\" is forbidden: node \"n1\" is not allowed to modify node \"n2\"")
            #expect(
                await change(["spec": ["taints": .null]])
                    == "nodes \"n1\" is forbidden: node \"n1\" is not allowed to modify taints")
            #expect(
                await change([
                    "metadata": [
                        "labels": ["node-restriction.kubernetes.io/a": "b", "node-role.kubernetes.io/master": ""]
                    ]
                ])
                    == "nodes \"n1\" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/a, "
                    + "node-role.kubernetes.io/master")
            #expect(await change(["status": ["phase": "Running"]], "\(Harness.pods)/p/status") == "")
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("q", node: "n2"))
            #expect(
                await change(["status": ["phase": "Failed"]], "\(Harness.pods)/q/status")
                    == "pods \"q\" is forbidden: node \"n1\" can only update pod status for pods with spec.nodeName set to "
                    + "itself")
            #expect(
                await Self.node(cluster, "DELETE", "\(Harness.pods)/q").message
                    == "pods \"q\" is forbidden: node \"n1\" can only delete pods with spec.nodeName set to itself")
            #expect(await Self.node(cluster, "DELETE", "\(Harness.pods)/p").code == 200)
        }
    }

    @Test func aNodeMakesOnlyPodsThatItShows() async throws {
        try await Self.run { cluster in
            let uid = try await cluster.call("GET", "/api/v1/nodes/n1").json["metadata", "uid"]?.string ?? ""
            var pod = Harness.pod("mirror", node: "n1")
            func message() async -> String { await Self.node(cluster, "POST", Harness.pods, pod).message }
            let start = "pods \"mirror\" is forbidden: "
            #expect(
                await message()
                    == "\(start)pod does not have \"kubernetes.io/config.mirror\" annotation, node \"n1\" can only create "
                    + "mirror pods")
            pod["metadata", "annotations"] = ["kubernetes.io/config.mirror": "x"]
            #expect(
                await message() == "\(start)node \"n1\" can only create pods with an owner reference set to itself")
            pod["metadata", "ownerReferences"] = [
                ["apiVersion": "v1", "kind": "Node", "name": "n1", "uid": JSON(uid), "controller": true]
            ]
            pod["spec", "volumes"] = [["name": "v", "secret": ["secretName": "other"]]]
            #expect(await message() == "\(start)a mirror pod may not reference secrets")
            pod["spec", "volumes"] = [["name": "v", "configMap": ["name": "other"]]]
            #expect(await message() == "\(start)node \"n1\" can not create pods that reference configmaps")
            pod["spec", "volumes"] = nil
            #expect(await message() == "")
            #expect(await Self.node(cluster, "GET", "\(Self.api)/secrets/other").code == 403)
        }
    }

    @Test func aNodeGetsTokensForItsPodsAlone() async throws {
        try await Self.run { cluster in
            let pod = try await cluster.call("GET", "\(Harness.pods)/p").json
            let path = "\(Self.api)/serviceaccounts/clerk/token"
            func ask(_ spec: JSON, as node: String = "n1") async -> (code: Int, message: String) {
                await Self.node(
                    cluster, "POST", path,
                    ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec], as: node)
            }
            let bound: JSON = [
                "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": pod["metadata", "uid"] ?? .null,
            ]
            #expect(await ask(["boundObjectRef": bound]).code == 201)
            #expect(await ask(["boundObjectRef": bound], as: "n2").code == 403)
            #expect(await ask(.object).message.hasSuffix("is forbidden: node requested token not bound to a pod"))
            #expect(
                await ask(["boundObjectRef": bound, "audiences": ["vault"]]).message.hasSuffix(
                    "audience \"vault\" not found in pod spec volume, system:node:n1 is not authorized to request tokens for "
                        + "this audience"))
        }
    }

    @Test func aNodeHasItsOwnLease() async throws {
        try await Self.run { cluster in
            let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
            #expect(await Self.node(cluster, "POST", leases, ["metadata": ["name": "n1"]]).code == 201)
            #expect(await Self.node(cluster, "GET", "\(leases)/n1").code == 200)
            #expect(
                await Self.node(cluster, "POST", leases, ["metadata": ["name": "n2"]]).message
                    == "leases.coordination.k8s.io \"n2\" is forbidden: can only access node lease with the same name as the "
                    + "requesting node")
            #expect(await Self.node(cluster, "GET", "\(leases)/n1", as: "n2").code == 403)
        }
    }
}
