import APIMachinery
import Basics
import Foundation
import KubeAPI
import Testing

@testable import Kubelet

/// What a node says of itself.
@Suite struct NodeDescriptionTests {
    private let now = Instant(rfc3339: "2026-01-01T00:00:00Z") ?? Instant(nanoseconds: 0)

    private func status(
        _ before: Node = Node { $0.metadata.name = "node-1" }, pressures: Set<NodePressure> = [],
        _ change: (inout KubeletConfiguration) -> Void = { _ in }
    ) -> NodeStatus {
        var configuration = KubeletConfiguration(nodeName: "node-1", index: 0, directory: "/")
        change(&configuration)
        var machine = NodeDescription.Machine()
        machine.processors = 4
        machine.memoryKibibytes = 8 << 20
        machine.storageBytes = 100 << 30
        return NodeDescription(configuration, "test://1", [], machine: machine, pressures: pressures)
            .updated(before, now: now).status
    }

    @Test func whatIsReservedIsNotForPods() throws {
        let free = status()
        #expect(free.allocatable["cpu"] == "4" && free.allocatable["memory"] == "8388608Ki")
        let thresholds = try EvictionThreshold.list("memory.available<100Mi,nodefs.available<10%")
        let kept = status {
            $0.reserved = ResourceAmounts(["cpu": Quantity(milli: 500), "memory": Quantity(1 << 30)])
            $0.evictionThresholds = thresholds
        }
        #expect(kept.capacity["cpu"] == "4" && kept.allocatable["cpu"] == "3500m")
        #expect(kept.allocatable["memory"].flatMap { try? Quantity($0) }?.value == 7 << 30 - 100 << 20)
        #expect(kept.allocatable["ephemeral-storage"].flatMap { try? Quantity($0) }?.value == 90 << 30)
        #expect(kept.allocatable["pods"] == "110")
    }

    /// Device plugins and people add what the kubelet knows nothing of.
    @Test func whatOthersSayThatTheNodeHasStays() {
        var node = Node { $0.metadata.name = "node-1" }
        node.status = status()
        node.status.capacity["example.com/gpu"] = "3"
        let after = status(node)
        #expect(after.capacity["example.com/gpu"] == "3" && after.allocatable["example.com/gpu"] == "3")
        #expect(after.capacity["cpu"] == "4")
    }

    @Test func conditionsTellWhatTheNodeIsShortOf() {
        let conditions = status(pressures: [.disk, .processes]).conditions
        func show(_ type: String) -> String? {
            conditions.first { $0.type == type }.map { "\($0.status ?? "") \($0.reason ?? ""): \($0.message ?? "")" }
        }
        #expect(show("MemoryPressure") == "False KubeletHasSufficientMemory: kubelet has sufficient memory available")
        #expect(show("DiskPressure") == "True KubeletHasDiskPressure: kubelet has disk pressure")
        #expect(show("PIDPressure") == "True KubeletHasInsufficientPID: kubelet has insufficient PID available")
        #expect(show("Ready") == "True KubeletReady: kubelet is posting ready status")
    }

    @Test func hugePagesAreCounted() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/huge-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for (name, count) in [("hugepages-2048kB", 5), ("hugepages-1048576kB", 0), ("hugepages-64kB", 2)] {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
            try "\(count)\n".write(toFile: "\(directory)/\(name)/nr_hugepages", atomically: true, encoding: .utf8)
        }
        var machine = NodeDescription.Machine()
        machine.readHugepages(directory)
        #expect(machine.hugepages == ["hugepages-2Mi": 10 << 20, "hugepages-1Gi": 0, "hugepages-64Ki": 128 << 10])
    }

    @Test func whereNothingLimitsPodsTheNodeSaysWhy() {
        var configuration = KubeletConfiguration(nodeName: "node-1", index: 0, directory: "/")
        configuration.whyUnlimited = "no control groups"
        let node = NodeDescription(configuration, "test://1", []).updated(
            Node { $0.metadata.name = "node-1" }, now: now)
        #expect(node.metadata.annotations["skiff.dev/resource-limits"] == "none: no control groups")
    }
}
