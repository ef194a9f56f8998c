import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Scheduler

@Suite struct PluginTests {
    @Test func requestsAreTheSumOfContainersOrThePeakOfInitContainers() {
        func container(_ cpu: String, _ policy: String? = nil) -> JSON {
            var container: JSON = ["name": "c", "resources": ["requests": ["cpu": JSON(cpu), "memory": "1Mi"]]]
            if let policy { container["restartPolicy"] = JSON(policy) }
            return container
        }
        let usage = PodUsage([
            "spec": [
                "containers": [container("100m"), container("200m")],
                "initContainers": [container("1"), container("50m", "Always"), container("400m")],
                "overhead": ["cpu": "10m"],
            ]
        ])
        // max(100 + 200 + 50, 1000, 50 + 400) + 10
        #expect(usage.requests.cpu == 1_010)
        #expect(usage.requests.memory == 3 << 20)
        let none = PodUsage(["spec": ["containers": [["name": "c"]]]])
        #expect(none.requests == Amounts())
        #expect(none.scoredCPU == 100 && none.scoredMemory == 200 << 20)
    }

    @Test func everyLackIsNamed() {
        var judge = Judge([node("small", cpu: "100m", memory: "64Mi"), node("full", pods: 0)])
        let pod = pod("p", cpu: "1", memory: "1Gi") {
            $0.json["spec", "containers"]?[0]["resources", "requests", "example.com/gpu"] = "2"
        }
        #expect(
            judge.decide(pod)
                == "0/2 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods, 2 Insufficient example.com/gpu."
        )
        var empty = Judge([])
        #expect(empty.decide(pod) == "no nodes available to schedule pods")
    }

    @Test func selectorsAndAffinityRuleOut() {
        var judge = Judge([
            node("a") { $0.metadata.labels = ["zone": "1", "cores": "4"] },
            node("b") { $0.metadata.labels = ["zone": "2", "cores": "16"] },
        ])
        func affinity(_ key: String, _ operation: String, _ values: JSON) -> Pod {
            pod("p") {
                $0.json["spec", "affinity"] = [
                    "nodeAffinity": [
                        "requiredDuringSchedulingIgnoredDuringExecution": [
                            "nodeSelectorTerms": [
                                [
                                    "matchExpressions": [
                                        ["key": JSON(key), "operator": JSON(operation), "values": values]
                                    ]
                                ]
                            ]
                        ]
                    ]
                ]
            }
        }
        #expect(judge.decide(pod("p") { $0.json["spec", "nodeSelector"] = ["zone": "2"] }) == "b")
        #expect(judge.decide(affinity("zone", "NotIn", ["2"])) == "a")
        #expect(judge.decide(affinity("cores", "Gt", ["8"])) == "b")
        #expect(judge.decide(affinity("cores", "Lt", ["8"])) == "a")
        #expect(
            judge.decide(affinity("zone", "DoesNotExist", []))
                == "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.")
        let preferred = pod("p") {
            $0.json["spec", "affinity"] = [
                "nodeAffinity": [
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        [
                            "weight": 100,
                            "preference": ["matchExpressions": [["key": "zone", "operator": "In", "values": ["2"]]]],
                        ]
                    ]
                ]
            ]
        }
        for seed in UInt64(0)..<20 { #expect(judge.decide(preferred, seed: seed) == "b") }
    }

    @Test func taintsAreTolerated() {
        var judge = Judge([
            node("a") { $0.json["spec"] = ["taints": [["key": "k", "value": "v", "effect": "NoExecute"]]] }
        ])
        func tolerating(_ toleration: JSON) -> String {
            judge.decide(pod("p") { $0.json["spec", "tolerations"] = [toleration] })
        }
        let sentence = "0/1 nodes are available: 1 node(s) had untolerated taint(s)."
        #expect(judge.decide(pod("p")) == sentence)
        #expect(tolerating(["key": "k", "operator": "Equal", "value": "v", "effect": "NoExecute"]) == "a")
        #expect(tolerating(["key": "k", "operator": "Exists"]) == "a")
        #expect(tolerating(["operator": "Exists"]) == "a")
        #expect(tolerating(["key": "k", "operator": "Equal", "value": "w"]) == sentence)
        #expect(tolerating(["key": "k", "operator": "Exists", "effect": "NoSchedule"]) == sentence)
    }

    @Test func hostPortsAreTakenOnce() {
        var judge = Judge([node("a")])
        func listening(_ name: String, _ port: JSON) -> Pod {
            pod(name) { $0.json["spec", "containers"]?[0]["ports"] = [port] }
        }
        judge.place(listening("x", ["hostPort": 80, "hostIP": "127.0.0.1", "protocol": "TCP"]), on: "a")
        let sentence = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."
        #expect(judge.decide(listening("y", ["hostPort": 80, "protocol": "TCP"])) == sentence)
        #expect(judge.decide(listening("y", ["hostPort": 80, "hostIP": "127.0.0.2", "protocol": "TCP"])) == "a")
        #expect(judge.decide(listening("y", ["hostPort": 80, "protocol": "UDP"])) == "a")
        // The pod goes, and its port with it.
        _ = judge.cache.update(pod: key("x"), nil)
        #expect(judge.decide(listening("y", ["hostPort": 80, "protocol": "TCP"])) == "a")
    }

    @Test func podsOfOneServiceAreSpread() {
        let world = World(TestCluster())
        world.load([
            Service {
                $0.metadata = ObjectMeta {
                    $0.namespace = "default"; $0.name = "web"
                }
                $0.json["spec"] = ["selector": ["app": "web"]]
            }
        ])
        var judge = Judge(
            (1...5).map { number in
                node("n\(number)") { $0.metadata.labels = ["kubernetes.io/hostname": "n\(number)"] }
            }, world)
        var counts: [String: Int] = [:]
        for number in 1...50 {
            let pod = pod("p\(number)", cpu: "10m") { $0.metadata.labels = ["app": "web"] }
            let node = judge.decide(pod, seed: UInt64(number))
            judge.place(pod, on: node)
            counts[node, default: 0] += 1
        }
        #expect(counts.values.allSatisfy { $0 == 10 })
    }

    @Test func whatIsPlacedIsCountedUntilItIsGone() {
        var judge = Judge([node("a", cpu: "1")])
        let first = pod("p", cpu: "800m")
        judge.cache.assume(PlacedPod(first.json, on: "a", PodUsage(first.json)))
        // The cluster does not show it yet; it counts all the same.
        _ = judge.cache.update(pod: key("p"), first.json)
        #expect(judge.decide(pod("q", cpu: "800m")).hasPrefix("0/1"))
        var ended = first
        ended.spec.nodeName = "a"
        _ = judge.cache.update(pod: key("p"), ended.json)
        #expect(judge.decide(pod("q", cpu: "800m")).hasPrefix("0/1"))
        ended.json["status", "phase"] = "Succeeded"
        #expect(judge.cache.update(pod: key("p"), ended.json) == [.podRemoved])
        #expect(judge.decide(pod("q", cpu: "800m")) == "a")
        #expect(judge.cache.node("a")?.requested == Amounts())
    }

    @Test func enoughNodesAreEnough() {
        #expect(SchedulingCycle.enough(of: 50) == 50)
        #expect(SchedulingCycle.enough(of: 200) == 100)
        #expect(SchedulingCycle.enough(of: 1_000) == 420)
        #expect(SchedulingCycle.enough(of: 5_000) == 500)
        #expect(SchedulingCycle.enough(of: 20_000) == 1_000)
    }

    @Test func claimsAreLookedAt() {
        let world = World(TestCluster())
        func claim(_ name: String, _ edit: (inout PersistentVolumeClaim) -> Void) -> PersistentVolumeClaim {
            var claim = PersistentVolumeClaim {
                $0.metadata = ObjectMeta {
                    $0.namespace = "default"; $0.name = name; $0.uid = name
                }
                $0.json["spec"] = ["storageClassName": "late"]
            }
            edit(&claim)
            return claim
        }
        world.load([
            StorageClass {
                $0.metadata = ObjectMeta { $0.name = "late" }; $0.volumeBindingMode = "WaitForFirstConsumer"
            }
        ])
        world.load([
            claim("waiting") { _ in },
            claim("told") { $0.metadata.annotations = ["volume.kubernetes.io/selected-node": "a"] },
            claim("immediate") { $0.json["spec", "storageClassName"] = "now" },
            claim("bound") {
                $0.spec.volumeName = "v"
                $0.metadata.annotations = ["pv.kubernetes.io/bind-completed": "yes"]
            },
        ])
        world.load([
            PersistentVolume {
                $0.metadata = ObjectMeta { $0.name = "v" }
                let term: JSON = ["matchExpressions": [["key": "host", "operator": "In", "values": ["b"]]]]
                $0.json["spec"] = ["nodeAffinity": ["required": ["nodeSelectorTerms": [term]]]]
            }
        ])
        var judge = Judge(
            [node("a") { $0.metadata.labels = ["host": "a"] }, node("b") { $0.metadata.labels = ["host": "b"] }], world)
        func using(_ name: String) -> Pod {
            pod("p") {
                $0.json["spec", "volumes"] = [["name": "d", "persistentVolumeClaim": ["claimName": JSON(name)]]]
            }
        }
        #expect(judge.decide(using("none")) == "0/2 nodes are available: persistentvolumeclaim \"none\" not found.")
        #expect(
            judge.decide(using("immediate"))
                == "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.")
        #expect(judge.decide(using("bound")) == "b")
        #expect(["a", "b"].contains(judge.decide(using("waiting"))))
        let view = CycleView(cache: judge.cache, world: world)
        func changes(_ name: String, on node: String) -> [String]? {
            guard case .wait(let changes, _) = VolumeBinding().preBind(PendingPod(using(name).json), node, view) else {
                return nil
            }
            return changes.map(\.description)
        }
        #expect(changes("waiting", on: "a")?.first?.contains("\"volume.kubernetes.io/selected-node\":\"a\"") == true)
        #expect(changes("told", on: "a") == [], "it waits, and nothing is written twice")
        #expect(changes("bound", on: "b") == nil)
    }
}

@Suite struct SchedulingQueueTests {
    let start = ManualClock().now
    private func pending(_ name: String, priority: Int = 0) -> PendingPod {
        PendingPod(pod(name) { $0.json["spec", "priority"] = JSON(priority) }.json)
    }

    @Test func priorityComesFirstThenAge() {
        var queue = SchedulingQueue()
        queue.update(pending("old"), start)
        queue.update(pending("young"), start + .seconds(1))
        queue.update(pending("urgent", priority: 10), start + .seconds(2))
        let order = (0..<4).map { _ in queue.pop(start + .seconds(3))?.key.name ?? "-" }
        #expect(order == ["urgent", "old", "young", "-"])
    }

    @Test func whatFitsNowhereRestsUntilNewsThatHelps() {
        var queue = SchedulingQueue()
        let wakes: [String: Set<ClusterEvent>] = ["Fit": [.podRemoved], "Taints": [.nodeTaints]]
        queue.update(pending("p"), start)
        #expect(queue.pop(start)?.key.name == "p")
        queue.rest(key("p"), plugins: ["Fit"], start)
        let later = start + .seconds(2)
        queue.wake([.nodeTaints], wakes, later)
        #expect(queue.pop(later) == nil)
        queue.wake([.podRemoved], wakes, later)
        #expect(queue.pop(later)?.key.name == "p")
        // The second time it waits two seconds at least, even with news.
        queue.rest(key("p"), plugins: ["Fit"], later)
        queue.wake([.podRemoved], wakes, later)
        #expect(queue.pop(later + .milliseconds(1_999)) == nil)
        #expect(queue.nextDue() == later + .seconds(2))
        #expect(queue.pop(later + .seconds(2))?.key.name == "p")
    }

    @Test func nothingRestsForEver() {
        var queue = SchedulingQueue()
        queue.update(pending("p"), start)
        _ = queue.pop(start)
        queue.rest(key("p"), plugins: ["Fit"], start)
        #expect(queue.pop(start + .seconds(299)) == nil)
        #expect(queue.pop(start + .seconds(300))?.key.name == "p")
    }

    @Test func aRemovedPodIsNotTried() {
        var queue = SchedulingQueue()
        queue.update(pending("p"), start)
        queue.remove(key("p"))
        #expect(queue.pop(start) == nil)
        #expect(queue.count == 0)
    }
}
