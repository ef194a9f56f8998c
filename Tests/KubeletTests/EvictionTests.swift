import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Testing

@testable import Kubelet

/// Which pod goes when its node is short of something.
@Suite struct EvictionTests {
    private let start = Instant(rfc3339: "2026-01-01T00:00:00Z") ?? Instant(nanoseconds: 0)
    private static let gibibyte = 1 << 30

    private func core(_ hard: String, soft: String = "", for period: Duration = .seconds(60)) throws -> EvictionCore {
        var thresholds = try EvictionThreshold.list(hard)
        for var threshold in try EvictionThreshold.list(soft) {
            threshold.gracePeriod = period
            thresholds.append(threshold)
        }
        var core = EvictionCore(thresholds)
        core.maximumPodGraceSeconds = 20
        return core
    }
    private func memory(_ mebibytes: Int) -> [EvictionSignal: EvictionObservation] {
        [.memory: EvictionObservation(available: mebibytes << 20, capacity: Self.gibibyte)]
    }
    private func usage(_ name: String, _ resources: String, mebibytes: Int, priority: Int = 0) -> PodUsage {
        let pod = ResourcePolicyTests.pod([resources]) {
            $0.metadata.name = name
            $0.metadata.uid = name
            $0.spec.priority = priority
        }
        var usage = PodUsage(pod)
        usage.total.memoryBytes = mebibytes << 20
        usage.total.diskBytes = mebibytes << 20
        usage.total.processes = mebibytes
        usage.containers = ["c1": usage.total]
        return usage
    }

    @Test func thresholdsAreReadAsFlagsHaveThem() throws {
        #expect(
            try EvictionThreshold.list(
                "memory.available<100Mi, nodefs.available < 10%,pid.available<0,nodefs.inodesFree<0%")
                == [
                    EvictionThreshold(.memory, .quantity(Quantity("100Mi"))), EvictionThreshold(.disk, .part(0.1)),
                ])
        #expect(try EvictionThreshold.list("") == [])
        for text in [
            "memory.available", "memory.available>100Mi", "cpu.available<1", "memory.available<-1",
            "memory.available<110%", "memory.available<x", "memory.available<1,memory.available<2",
        ] {
            #expect(throws: EvictionThreshold.Malformed.self, "\(text)") { try EvictionThreshold.list(text) }
        }
        #expect(try EvictionThreshold.list(EvictionThreshold.standard).count == 3)
    }

    @Test func whoUsesMostBeyondItsRequestGoesFirst() throws {
        var core = try core("memory.available<100Mi")
        let pods = [
            usage("modest", "- 64Mi / - -", mebibytes: 60), usage("greedy", "- 64Mi / - -", mebibytes: 300),
            usage("large", "- 512Mi / - -", mebibytes: 500), usage("free", "- - / - -", mebibytes: 100),
        ]
        #expect(core.look(memory(100), pods, at: start) == EvictionDecision())
        let decision = core.look(memory(50), pods, at: start)
        #expect(decision.pressures == [.memory] && decision.reclaims == "memory")
        #expect(
            decision.victim
                == .init(
                    uid: "greedy",
                    message:
                        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. "
                        + "Container c1 was using 300Mi, request is 64Mi, has larger consumption of memory. ",
                    graceSeconds: 1))
        func victim(_ pods: [PodUsage]) -> String? { core.look(memory(50), pods, at: start).victim?.uid }
        #expect(victim(pods.filter { $0.pod.name != "greedy" }) == "free")
        // Of those that use more than they asked for, less priority goes first; of the others the same.
        #expect(
            victim([usage("a", "- - / - -", mebibytes: 9, priority: 5), usage("b", "- - / - -", mebibytes: 1)]) == "b")
        #expect(victim([pods[0], pods[2]]) == "modest", "closest to what it asked for")
        // Without which the cluster does not work stays.
        #expect(victim([usage("dns", "- - / - -", mebibytes: 900, priority: 2_000_000_000)]) == nil)
    }

    @Test func aPodThatAsksForAllItsContainersIsNamedToo() throws {
        var core = try core("memory.available<10%")
        var pod = usage("web", "- - / - -", mebibytes: 20)
        pod.pod.json["spec", "resources"] = ["requests": ["memory": "16Mi"]]
        let message = core.look(memory(50), [pod], at: start).victim?.message
        #expect(
            message
                == "The node was low on resource: memory. Threshold quantity: 107374182, available: 50Mi. "
                + "Pod web was using 20Mi, request is 16Mi, has larger consumption of memory. "
                + "Container c1 was using 20Mi, request is 0, has larger consumption of memory. ")
    }

    @Test func aSoftThresholdMustLast() throws {
        var core = try core("", soft: "memory.available<200Mi")
        let pods = [usage("web", "- - / - -", mebibytes: 20)]
        let first = core.look(memory(150), pods, at: start)
        #expect(first.pressures == [.memory] && first.victim == nil && first.reclaims == nil)
        #expect(core.look(memory(150), pods, at: start + .seconds(59)).victim == nil)
        // Its own grace, as far as the node allows.
        #expect(core.look(memory(150), pods, at: start + .seconds(60)).victim?.graceSeconds == 20)
        // One good moment, and it counts anew.
        _ = core.look(memory(250), pods, at: start + .seconds(70))
        #expect(core.look(memory(150), pods, at: start + .seconds(80)).victim == nil)
    }

    @Test func theConditionStaysForAWhile() throws {
        var core = try core("memory.available<100Mi")
        _ = core.look(memory(50), [], at: start)
        #expect(core.look(memory(500), [], at: start + .seconds(299)).pressures == [.memory])
        #expect(core.look(memory(500), [], at: start + .seconds(300)).pressures == [])
    }

    @Test func disksAndProcessesHaveTheirOwnRank() throws {
        var core = try core("nodefs.available<10%,pid.available<100")
        let pods = [usage("a", "- - / - -", mebibytes: 5), usage("b", "- - / - -", mebibytes: 50)]
        let disk = core.look([.disk: .init(available: 5 << 20, capacity: 100 << 20)], pods, at: start)
        #expect(disk.pressures == [.disk] && disk.victim?.uid == "b" && disk.reclaims == "ephemeral-storage")
        #expect(
            disk.victim?.message
                == "The node was low on resource: ephemeral-storage. Threshold quantity: 10Mi, available: 5Mi. "
                + "Container c1 was using 50Mi, request is 0, has larger consumption of ephemeral-storage. "
        )
        let processes = core.look(
            [.processes: .init(available: 50, capacity: 1000)], pods, at: start + .seconds(400))
        #expect(processes.pressures == [.processes] && processes.victim?.uid == "b")
        #expect(
            processes.victim?.message
                == "The node was low on resource: pids. Threshold quantity: 100, available: 50. ")
    }

    @Test func aNodeThatIsShortTakesFewPods() {
        func refusal(_ pressures: Set<NodePressure>, _ resources: String, _ change: (inout Pod) -> Void = { _ in })
            -> String?
        {
            PodAdmission(node: nil, others: [], pressures: pressures)
                .refusal(ResourcePolicyTests.pod([resources], change)).map { "\($0.reason): \($0.message)" }
        }
        #expect(refusal([.memory], "- - / - -") == "Evicted: The node had condition: [MemoryPressure]. ")
        #expect(refusal([.memory], "- 1Mi / - -") == nil)
        #expect(
            refusal([.memory], "- - / - -") {
                $0.json["spec", "tolerations"] = [
                    ["key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"]
                ]
            } == nil)
        #expect(
            refusal([.disk, .memory], "- 1Mi / - -")
                == "Evicted: The node had condition: [MemoryPressure DiskPressure]. ")
        #expect(refusal([.disk], "- - / - -") { $0.spec.priority = 2_000_000_000 } == nil)
    }

    @Test func theMachineTellsWhatItHas() {
        #expect(
            MachineObserver.memory("MemTotal:       1000 kB\nMemFree: 5 kB\nMemAvailable:    400 kB\n")
                == EvictionObservation(available: 400 << 10, capacity: 1000 << 10))
        #expect(
            MachineObserver.processes(loads: "0.20 0.18 0.12 1/80 11206\n", most: "32768\n", threads: "1000\n")
                == EvictionObservation(available: 920, capacity: 1000))
        let observed = MachineObserver(directory: "/").observe()
        #expect(observed[.memory].map { $0.available > 0 && $0.available <= $0.capacity } == true)
        #expect(observed[.disk] != nil && observed[.processes] != nil)
    }

    @Test func podsMayHoldSoMuchOfTheDisk() {
        func excess(_ limits: [String?], _ containers: [Int], volume: Int = 0) -> String? {
            let pod = ResourcePolicyTests.pod(limits.map { _ in "- - / - -" }) { pod in
                pod.json["spec", "containers"] = JSON(
                    zip(pod.spec.containers, limits).map { container, limit in
                        var container = container.json
                        if let limit { container["resources"] = ["limits": ["ephemeral-storage": JSON(limit)]] }
                        return container
                    })
            }
            var storage = PodStorage()
            for (index, bytes) in containers.enumerated() { storage.containers["c\(index + 1)"] = bytes }
            storage.volumes = ["data": volume]
            return storage.excess(pod)
        }
        #expect(excess([nil], [9 << 30]) == nil)
        #expect(excess(["1Mi", "1Mi"], [1 << 20, 1 << 20]) == nil)
        #expect(
            excess(["1Mi", "1Mi"], [1 << 20, 0], volume: 2 << 20)
                == "Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ")
        #expect(
            excess(["1Mi", "9Mi"], [2 << 20, 0])
                == "Container c1 exceeded its local ephemeral storage limit \"1Mi\". ")
    }
}
