import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// Claims on devices in a world that the test moves: what loops want is carried out at once.
@Suite struct ResourceClaimTests {
    private let script = WorldScript()

    private func pod(_ name: String = "p", _ fill: (inout JSON) -> Void = { _ in }) -> Pod {
        var json: JSON = [
            "metadata": ["name": JSON(name), "namespace": "default", "uid": JSON(name)],
            "spec": ["resourceClaims": [["name": "gpu", "resourceClaimTemplateName": "t"]], "containers": []],
            "status": ["phase": "Pending"],
        ]
        fill(&json)
        return Pod(json)
    }
    private func claim(_ name: String, _ users: [String], _ fill: (inout JSON) -> Void = { _ in }) -> ResourceClaim {
        var json: JSON = [
            "metadata": [
                "name": JSON(name), "namespace": "default", "uid": JSON(name),
                "finalizers": [JSON(ResourceClaims.finalizer)],
            ],
            "spec": .object,
            "status": [
                "allocation": ["devices": ["results": [["request": "r", "driver": "d", "pool": "q", "device": "x"]]]],
                "reservedFor": JSON(
                    users.map { ["resource": "pods", "name": JSON($0), "uid": JSON($0)] as JSON }),
            ],
        ]
        fill(&json)
        return ResourceClaim(json)
    }
    private func status(_ name: String) -> JSON? {
        script.world.get(ResourceClaim.self, ObjectKey(namespace: "default", name: name))?.json["status"]
    }
    private let key = ObjectKey(namespace: "default", name: "p")

    @Test func aClaimIsMadeOnceAndNamedInThePodsStatus() throws {
        let loop = PodResourceClaimReconciler(script.context)
        script.put(pod())
        #expect(
            script.carryOut(loop.reconcile(key)) == [
                "event FailedResourceClaimCreation: PodResourceClaim gpu: resource claim template \"t\": "
                    + "resourceclaimtemplate.resource.k8s.io \"t\" not found"
            ])
        script.put(
            ResourceClaimTemplate([
                "metadata": ["name": "t", "namespace": "default"],
                "spec": [
                    "metadata": ["labels": ["a": "b"], "annotations": ["c": "d"]],
                    "spec": ["devices": ["requests": [["name": "r"]]]],
                ],
            ]))
        _ = script.carryOut(loop.reconcile(key))
        let claims = script.world.all(ResourceClaim.self)
        let made = try #require(claims.first)
        #expect(claims.count == 1)
        #expect(made.name.hasPrefix("p-gpu-"))
        #expect(made.labels == ["a": "b"])
        #expect(made.annotations == ["c": "d", PodResourceClaimReconciler.annotation: "gpu"])
        #expect(made.controller?.uid == "p")
        #expect(made.json["spec", "devices", "requests"]?[0]["name"]?.string == "r")
        #expect(script.carryOut(loop.reconcile(key)) == ["patch pods p status"])
        let statuses = script.world.get(Pod.self, key)?.json["status", "resourceClaimStatuses"]
        #expect(statuses == [["name": "gpu", "resourceClaimName": JSON(made.name)]])
        #expect(loop.reconcile(key).isEmpty)
        // A pod that has its node without the scheduler gets what is allocated.
        script.put(
            claim(made.name, []) { $0["metadata", "ownerReferences"] = made.json["metadata", "ownerReferences"] })
        script.edit(Pod.self, "p") { $0.json["spec", "nodeName"] = "n" }
        _ = script.carryOut(loop.reconcile(key))
        #expect(status(made.name)?["reservedFor"]?[0]["name"]?.string == "p")
    }

    @Test func longNamesLeaveRoom() {
        let long = String(repeating: "p", count: 60)
        #expect(PodResourceClaimReconciler.prefix("web-0", "gpu") == "web-0-gpu-")
        #expect(PodResourceClaimReconciler.prefix(long, "gpu").utf8.count <= 57)
    }

    @Test func devicesAreFreedWhenNobodyIsLeft() {
        let loop = ResourceClaimReconciler(script.context)
        func look(_ name: String) -> [String] {
            script.carryOut(loop.reconcile(ObjectKey(namespace: "default", name: name)))
        }
        script.put(pod("here") { $0["status", "phase"] = "Running" })
        script.put(pod("done") { $0["status", "phase"] = "Succeeded" })
        script.put(claim("c", ["here", "done", "gone"]))
        #expect(look("c") == ["patch resourceclaims c status"])
        #expect(status("c")?["reservedFor"]?.count == 1)
        #expect(status("c")?["allocation"] != nil)
        #expect(look("c").isEmpty)
        script.edit(Pod.self, "here") { $0.json["status", "phase"] = "Failed" }
        #expect(look("c") == ["patch resourceclaims c status", "patch resourceclaims c finalizers"])
        #expect(status("c")?["allocation"] == nil)
        #expect(look("c").isEmpty)
    }

    @Test func aClaimMadeForAPodGoesWithIt() {
        let loop = ResourceClaimReconciler(script.context)
        script.put(pod("p") { $0["status", "phase"] = "Succeeded" })
        script.put(
            claim("c", ["p"]) {
                $0["metadata", "ownerReferences"] = [
                    ["apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "p", "controller": true]
                ]
            })
        let lines = script.carryOut(loop.reconcile(ObjectKey(namespace: "default", name: "c")))
        #expect(
            lines == [
                "patch resourceclaims c status", "patch resourceclaims c finalizers", "delete resourceclaims c",
            ])
    }

    @Test func aTaintOfADeviceTakesItsPodsAway() {
        let loop = DeviceTaintReconciler(script.context)
        func slice(_ taints: JSON) -> ResourceSlice {
            ResourceSlice([
                "metadata": ["name": "s"],
                "spec": [
                    "driver": "d", "pool": ["name": "q"], "devices": [["name": "x", "taints": taints]],
                ],
            ])
        }
        script.put(slice([]))
        script.put(claim("c", ["p"]))
        script.put(
            pod { pod in
                pod["spec", "nodeName"] = "n"
                pod["spec", "resourceClaims"] = [["name": "gpu", "resourceClaimName": "c"]]
                pod["status", "phase"] = "Running"
            })
        #expect(loop.reconcile(key).isEmpty)
        script.put(slice([["key": "k", "value": "v", "effect": "NoSchedule"]]))
        #expect(loop.reconcile(key).isEmpty)
        script.put(slice([["key": "k", "value": "v", "effect": "NoExecute"]]))
        script.edit(ResourceClaim.self, "c") {
            $0.json["status", "allocation", "devices", "results"] = [
                [
                    "request": "r", "driver": "d", "pool": "q", "device": "x",
                    "tolerations": [["key": "k", "operator": "Equal", "value": "v"]],
                ]
            ]
        }
        #expect(loop.reconcile(key).isEmpty)
        script.put(slice([["key": "other", "effect": "NoExecute"]]))
        #expect(
            script.carryOut(loop.reconcile(key)) == [
                "event DeviceTaintManagerEviction: Marking for deletion", "patch pods p status", "delete pods p",
            ])
    }
}
