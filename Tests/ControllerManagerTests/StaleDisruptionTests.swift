import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

@Suite struct StaleDisruptionTests {
    private let harness = Harness()
    private let key = ObjectKey(namespace: "default", name: "p")

    private func look(_ reason: String, secondsAgo: Int = 0, _ change: (inout JSON) -> Void = { _ in }) -> [String] {
        let since = Instant(secondsSince1970: harness.clock.now.secondsSince1970 - Int64(secondsAgo))
        harness.world.load([
            Pod {
                $0.metadata = ObjectMeta {
                    $0.namespace = "default"; $0.name = "p"; $0.uid = "p"
                }
                $0.json["status"] = [
                    "phase": "Running",
                    "conditions": [
                        [
                            "type": "DisruptionTarget", "status": "True", "reason": JSON(reason),
                            "lastTransitionTime": JSON(since.rfc3339),
                        ]
                    ],
                ]
                change(&$0.json)
            }
        ])
        return StaleDisruptionReconciler(harness.context).reconcile(key).map(\.description)
    }

    @Test func whatWasToGoAndStaysIsNoTargetAnyMore() {
        #expect(look("EvictionByEvictionAPI") == ["again after 120.0 seconds"])
        #expect(look("EvictionByEvictionAPI", secondsAgo: 90) == ["again after 30.0 seconds"])
        let changes = look("EvictionByEvictionAPI", secondsAgo: 120)
        #expect(changes.count == 1 && changes[0].contains("\"status\":\"False\""))
        // The node takes its time, and what goes or has ended is no target any more.
        #expect(look("TerminationByKubelet", secondsAgo: 120).isEmpty)
        #expect(look("x", secondsAgo: 120) { $0["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z" }.isEmpty)
        #expect(look("x", secondsAgo: 120) { $0["status", "phase"] = "Failed" }.isEmpty)
    }
}
