import APIMachinery
import HTTPMessages
import KubeAPI
import Testing

@testable import APIServer

/// Kinds in two versions, and those that are asked and not kept.
@Suite struct VersionsTests {
    private static let first = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
    private static let second = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"

    @Test func oneObjectInTwoVersions() async throws {
        try await Harness.run { harness in
            let watch = try await harness.watch("\(Self.first)?watch=true&timeoutSeconds=60")
            let made = try await harness.call(
                "POST", Self.first,
                [
                    "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": ["name": "web"],
                    "spec": [
                        "maxReplicas": 4, "targetCPUUtilizationPercentage": 60,
                        "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
                    ],
                ])
            #expect(made.status == 201 && made.json["apiVersion"] == "autoscaling/v1", "\(made.text)")
            let newer = try await harness.call("GET", "\(Self.second)/web").json
            #expect(newer["spec", "metrics"]?[0]["resource", "target", "averageUtilization"] == 60)
            // What only v2 knows survives a change by v1.
            var changed = newer
            changed.set(
                ["spec", "behavior"],
                to: ["scaleUp": ["policies": [["type": "Pods", "value": 9, "periodSeconds": 60]]]])
            #expect(try await harness.call("PUT", "\(Self.second)/web", changed).status == 200)
            let patched = try await harness.call(
                "PATCH", "\(Self.first)/web", ["spec": ["maxReplicas": 7]],
                headers: [("content-type", "application/merge-patch+json")])
            #expect(patched.json["spec", "maxReplicas"] == 7, "\(patched.text)")
            let after = try await harness.call("GET", "\(Self.second)/web").json
            #expect(after["spec", "maxReplicas"] == 7)
            #expect(after["spec", "behavior", "scaleUp", "policies"]?[0]["value"] == 9)
            #expect(after["metadata", "annotations"] == nil)
            let list = try await harness.call("GET", Self.first).json
            #expect(list["apiVersion"] == "autoscaling/v1" && list["items"]?[0]["apiVersion"] == "autoscaling/v1")
            let event = try await watch.next()
            #expect(event?["object", "apiVersion"] == "autoscaling/v1")
            let wrong = try await harness.call(
                "GET", "/apis/autoscaling/v3/namespaces/default/horizontalpodautoscalers")
            #expect(wrong.status == 404)
            let group = try await harness.call("GET", "/apis/autoscaling").json
            #expect(group["preferredVersion", "version"] == "v2")
            #expect(try await harness.call("DELETE", "\(Self.first)/web").status == 200)
            #expect(try await harness.call("GET", "\(Self.second)/web").status == 404)
        }
    }

    @Test func bindingsByTheirCollection() async throws {
        try await Harness.run { harness in
            _ = try await harness.api.create(
                ServiceAccount.resource,
                [
                    "kind": "ServiceAccount", "apiVersion": "v1",
                    "metadata": ["name": "default", "namespace": "default"],
                ])
            _ = try await harness.api.create(
                Pod.resource,
                [
                    "kind": "Pod", "apiVersion": "v1", "metadata": ["name": "p", "namespace": "default"],
                    "spec": ["containers": [["name": "c", "image": "i"]]],
                ])
            let bound = try await harness.call(
                "POST", "/api/v1/namespaces/default/bindings",
                [
                    "kind": "Binding", "apiVersion": "v1", "metadata": ["name": "p"],
                    "target": ["kind": "Node", "name": "n"],
                ])
            #expect(bound.status == 201, "\(bound.text)")
            #expect(try await harness.call("GET", "/api/v1/namespaces/default/pods/p").json["spec", "nodeName"] == "n")
            #expect(try await harness.call("GET", "/api/v1/namespaces/default/bindings").status == 405)
        }
    }

    /// Whoever makes an IPAddress keeps it from Services.
    @Test func anAddressThatSomebodyHoldsIsNoServices() async throws {
        try await Harness.run { harness in
            let path = "/apis/networking.k8s.io/v1/ipaddresses"
            let held = try await harness.call(
                "POST", path,
                [
                    "kind": "IPAddress", "apiVersion": "networking.k8s.io/v1", "metadata": ["name": "127.96.0.77"],
                    "spec": ["parentRef": ["resource": "services", "name": "elsewhere", "namespace": "other"]],
                ])
            #expect(held.status == 201, "\(held.text)")
            let service: JSON = [
                "kind": "Service", "apiVersion": "v1", "metadata": ["name": "s"],
                "spec": ["clusterIP": "127.96.0.77", "ports": [["port": 80]]],
            ]
            let refused = try await harness.call("POST", "/api/v1/namespaces/default/services", service)
            #expect(refused.status == 422 && refused.message.contains("provided IP is already allocated"))
            #expect(try await harness.call("DELETE", "\(path)/127.96.0.77").status == 200)
            let taken = try await harness.call("POST", "/api/v1/namespaces/default/services", service)
            #expect(taken.status == 201, "\(taken.text)")
        }
    }

    @Test func theControlPlanesPartsAreHealthy() async throws {
        try await Harness.run { harness in
            let list = try await harness.call("GET", "/api/v1/componentstatuses")
            #expect(list.json["items"]?.count == 3 && list.header("warning")?.contains("deprecated") == true)
            let one = try await harness.call("GET", "/api/v1/componentstatuses/scheduler")
            #expect(one.json["conditions"]?[0]["status"] == "True")
            #expect(try await harness.call("GET", "/api/v1/componentstatuses/none").status == 404)
        }
    }

    @Test func aCertificateRequestTellsWhoAsksAndIsDecided() async throws {
        try await Harness.run { harness in
            let path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
            let made = try await harness.call(
                "POST", path,
                [
                    "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
                    "metadata": ["name": "r"],
                    "spec": [
                        "request": JSON(Self.request), "signerName": "example.com/x", "usages": ["client auth"],
                        "username": "somebody-else",
                    ],
                ])
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["spec", "username"] == "admin")
            var decided = made.json
            decided["status", "conditions"] = [
                ["type": "Approved", "status": "True", "reason": "Because", "message": "so"]
            ]
            let refused = try await harness.call("PUT", "\(path)/r/status", decided)
            #expect(refused.status == 422)
            let approved = try await harness.call("PUT", "\(path)/r/approval", decided)
            #expect(approved.status == 200, "\(approved.text)")
            #expect(approved.json["status", "conditions"]?[0]["lastUpdateTime"]?.string?.isEmpty == false)
            let table = try await harness.call(
                "GET", path, headers: [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")])
            #expect(table.json["rows"]?[0]["cells"]?.elements.last == "Approved")
        }
    }

    /// A request for CN=jane, made with `openssl req`, in base64.
    private static let request = """
        LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRB\
        TEJnTlZCQW9NQkhSbFlXMHdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVFWZ01KSU9pNXo1TDJVdEx2d3o0cmor\
        bE0rZytYcnB5Z3krd2ZzCnYwajNON0Q1ZlF6eXQyQ2VNRkJFNEJmWlVwS2RKdTBSYVhCME4rNTMzdlBjeElHNG9BQXdDZ1lJS29a\
        SXpqMEUKQXdJRFJ3QXdSQUlnWnprdmJXU2xHZkhIdEw4bFRQWGhhemRhT2xZODJjZXdWRk5XTkZMS2FqNENJQWY0WFZVQwpBeUdV\
        azVkNkhpeG5lREVJclZ5elVOb2J1V3Jna1MxaGZUYlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==
        """
}
