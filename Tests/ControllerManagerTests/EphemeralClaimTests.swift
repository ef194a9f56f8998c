import APIMachinery
import ControlLoops
import KubeAPI
import Testing

@testable import ControllerManager

@Suite struct EphemeralClaimTests {
    @Test func aPodHasItsOwnClaimAndNobodyElses() throws {
        let script = WorldScript()
        let loop = EphemeralClaimReconciler(script.context)
        let key = ObjectKey(namespace: "default", name: "p")
        func pod(_ uid: String) -> Pod {
            Pod([
                "metadata": ["name": "p", "namespace": "default", "uid": JSON(uid)],
                "spec": [
                    "volumes": [
                        [
                            "name": "data",
                            "ephemeral": [
                                "volumeClaimTemplate": [
                                    "metadata": ["labels": ["a": "b"]], "spec": ["accessModes": ["ReadWriteOnce"]],
                                ]
                            ],
                        ]
                    ]
                ],
                "status": ["phase": "Pending"],
            ])
        }
        script.put(pod("first"))
        _ = script.carryOut(loop.reconcile(key))
        let claim = try #require(script.world.all(PersistentVolumeClaim.self).first)
        #expect(claim.name == "p-data")
        #expect(claim.labels == ["a": "b"])
        #expect(claim.controller?.uid == "first")
        #expect(claim.json["spec"] == ["accessModes": ["ReadWriteOnce"]])
        #expect(loop.reconcile(key).isEmpty)
        script.put(pod("second"))
        #expect(
            script.carryOut(loop.reconcile(key)) == [
                "event FailedBinding: ephemeral volume data: PVC default/p-data was not created for pod default/p "
                    + "(pod is not owner)"
            ])
    }
}
