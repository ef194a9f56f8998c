import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// Rules of workloads that need no story: each as a value.
@Suite struct WorkloadRuleTests {
    private let script = WorldScript()

    private func pod(_ name: String, _ phase: String, _ change: (inout JSON) -> Void = { _ in }) -> Pod {
        var pod = Pod([
            "metadata": [
                "name": JSON(name), "namespace": "default", "uid": JSON(name), "labels": ["job": "j"],
                "finalizers": [JSON(JobNames.finalizer)],
            ],
            "status": ["phase": JSON(phase)],
        ])
        change(&pod.json)
        return pod
    }
    private func job(_ change: (inout JSON) -> Void = { _ in }) -> Job {
        var job = Job([
            "metadata": ["name": "work", "namespace": "default", "uid": "j"],
            "spec": [
                "completions": 2_000, "parallelism": 10, "backoffLimit": 6, "template": ["spec": .object],
            ],
        ])
        change(&job.json)
        return job
    }

    @Test func aJobNotesSoManyEndedPodsAtOnce() {
        let pods = (0..<600).map { pod("s\($0)", "Succeeded") } + (0..<3).map { pod("f\($0)", "Failed") }
        let count = JobCount(job(), JobPods(job(), pods))
        let waiting = count.status.uncountedTerminatedPods
        #expect(waiting?.succeeded.count == JobCount.limit && waiting?.failed.isEmpty == true)
        #expect(count.released.count == JobCount.limit)
        // All count, noted or not, so that none is made in vain and the end is not told too early.
        #expect(count.successes == 600 && count.failures == 3)
        #expect(!count.isSettled)
    }

    @Test func aFailedPodWithoutAnIndexIsNotCounted() {
        let indexed = job {
            $0["spec", "completionMode"] = "Indexed"
            $0["spec", "completions"] = 2
        }
        func index(_ text: String) -> (inout JSON) -> Void {
            { $0["metadata", "annotations"] = [JobNames.index: JSON(text)] }
        }
        let pods = [pod("a", "Failed", index("1")), pod("b", "Failed", index("2")), pod("c", "Failed")]
        let count = JobCount(indexed, JobPods(indexed, pods))
        #expect(count.status.uncountedTerminatedPods?.failed == ["a"])
        #expect(count.released.map(\.name) == ["a", "b", "c"])
    }

    @Test func whatAJobGaveUpNeitherFailedNorSucceeded() {
        func free(_ json: inout JSON) { json["metadata", "finalizers"] = nil }
        let pods = [
            pod("held", "Failed"), pod("let-go", "Failed", free), pod("done", "Succeeded", free),
            pod("lost", "Failed", free),
        ]
        let look = JobPods(job(), pods, givenUp: ["held", "let-go", "done"])
        #expect(look.failed.map(\.name) == ["held", "lost"])
        #expect(look.succeeded.isEmpty)
        let memory = GivenUpPods()
        let key = job().key
        memory.add(pods, of: key)
        #expect(memory.update(key, present: [pods[0]]) == ["held"])
        #expect(memory.update(key, present: []).isEmpty)
        #expect(memory.update(key, present: pods).isEmpty)
    }

    @Test func aScheduleThatNeverComesAndOneWithAZoneAreToldOf() {
        let loop = CronJobReconciler(script.context)
        func look(_ schedule: String) -> [String] {
            script.put(
                CronJob([
                    "metadata": [
                        "name": "tick", "namespace": "default", "uid": "c", "creationTimestamp": "2026-01-01T00:00:00Z",
                    ],
                    "spec": ["schedule": JSON(schedule), "jobTemplate": ["spec": .object]],
                ]))
            return loop.reconcile(ObjectKey(namespace: "default", name: "tick")).map(\.description)
                .filter { $0.hasPrefix("event") }
        }
        #expect(
            look("0 0 31 2 *") == [
                "event Warning InvalidSchedule invalid schedule: 0 0 31 2 * : time difference between two schedules is less "
                    + "than 1 second"
            ])
        #expect(look("0 0 1 1 *").isEmpty)
        let warned = look("TZ=UTC 0 0 1 1 *")
        #expect(
            warned.first?.hasPrefix(
                "event Warning UnsupportedSchedule CRON_TZ or TZ used in schedule \"TZ=UTC 0 0 1 1 *\" is not officially"
            )
                == true)
    }

    @Test func withASurgeAnOldPodLeavesItsNodeOnceOthersServe() {
        let set = DaemonSet([
            "metadata": ["name": "agent", "namespace": "default", "uid": "d"],
            "spec": [
                "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0]],
                "template": ["spec": .object],
            ],
        ])
        func node(_ name: String, isClosed: Bool) -> Node {
            var node = Node(["metadata": ["name": JSON(name)], "spec": .object])
            if isClosed { node.json["spec", "taints"] = [["key": "k", "effect": "NoSchedule"]] }
            return node
        }
        func daemon(_ node: String, _ hash: String, isReady: Bool) -> Pod {
            pod("\(node)-\(hash)", "Running") {
                $0["spec"] = ["nodeName": JSON(node)]
                $0["metadata", "labels"] = ["controller-revision-hash": JSON(hash)]
                $0["status", "conditions"] = [["type": "Ready", "status": isReady ? "True" : "False"]]
            }
        }
        func deleted(_ pods: [Pod]) -> [String] {
            let nodes = [node("open", isClosed: false), node("closed", isClosed: true)]
            return DaemonPlan(set, nodes, pods, hash: "new", mayReplace: { _ in true }, script.clock.now).deleted.map(
                \.name)
        }
        let left = daemon("closed", "old", isReady: true)
        #expect(deleted([left, daemon("open", "new", isReady: false)]).isEmpty)
        #expect(deleted([left, daemon("open", "new", isReady: true)]) == ["closed-old"])
        #expect(
            deleted([daemon("closed", "old", isReady: false), daemon("open", "new", isReady: false)]) == ["closed-old"])
        // One that is of the new revision may stay as long as its node lets it.
        #expect(deleted([daemon("closed", "new", isReady: true), daemon("open", "new", isReady: true)]).isEmpty)
    }

    @Test func zonesDoNotCountNodesThatAskNotTo() {
        func node(_ name: String, _ ready: String, isCounted: Bool = true) -> Node {
            Node([
                "metadata": [
                    "name": JSON(name),
                    "labels": isCounted ? .object : ["node.kubernetes.io/exclude-disruption": ""],
                ],
                "status": ["conditions": [["type": "Ready", "status": JSON(ready)]]],
            ])
        }
        let nodes = [node("a", "Unknown"), node("b", "Unknown"), node("c", "True", isCounted: false)]
        let census = ZoneCensus()
        for node in nodes { census.note(node, among: nodes, count: nodes.count) }
        // Of those that count none is ready.
        #expect(census.leave(for: nodes[0], script.clock.now) == .refused)
    }
}
