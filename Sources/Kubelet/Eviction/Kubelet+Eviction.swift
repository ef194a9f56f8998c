import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// Looks what pods use, and has those go that use more than they or the node may.
extension NodeAgent {
    /// How often (the eviction manager's monitoring interval).
    private static let usagePeriod = Duration.seconds(10)

    func watchUsage() async {
        while (try? await clock.sleep(for: Self.usagePeriod)) != nil {
            for worker in workers.values { await worker.checkUsage() }
            await checkPressure()
        }
    }

    /// One look at the node; at most one pod is evicted by it.
    func checkPressure() async {
        guard !eviction.thresholds.isEmpty else { return }
        let observations = look()
        let usages = await usages(withDisk: eviction.needsDiskUsage(observations))
        let decision = eviction.look(observations, usages, at: clock.now)
        for pressure in context.pressures.set(decision.pressures) {
            let reason = pressure.event(decision.pressures.contains(pressure))
            context.events.record(
                nodeReference, isWarning: false, reason: reason,
                message: "Node \(configuration.nodeName) status is now: \(reason)")
        }
        if let resource = decision.reclaims {
            context.events.record(
                nodeReference, isWarning: true, reason: "EvictionThresholdMet",
                message: "Attempting to reclaim \(resource)")
        }
        guard let victim = decision.victim, let worker = workers[victim.uid] else { return }
        let key = await worker.pod.key
        logger.warning(
            "Evicting a pod, as the node is short of something",
            metadata: ["pod": "\(key)", "resource": "\(decision.reclaims ?? "")"])
        context.events.record(
            await worker.pod.reference(), isWarning: true, reason: "Evicted", message: victim.message)
        await worker.happened(
            .evicted(message: victim.message, graceSeconds: victim.graceSeconds, isForNode: true))
    }

    private var nodeReference: ObjectReference {
        ObjectReference { reference in
            reference.kind = "Node"
            reference.name = configuration.nodeName
            reference.uid = configuration.nodeName
        }
    }

    /// Of all pods of which something runs.
    private func usages(withDisk: Bool) async -> [PodUsage] {
        let stats = (try? await runtime.stats()) ?? []
        let containers = (try? await runtime.listContainers()) ?? []
        let known = Dictionary(containers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var usages: [PodUsage] = []
        for (uid, worker) in workers where await worker.isEvictable {
            var usage = PodUsage(await worker.allocatedPod)
            for own in stats where known[own.id]?.labels[PodContext.Label.podUID] == uid {
                var amounts = PodUsage.Amounts()
                amounts.memoryBytes = own.workingSetBytes ?? own.residentBytes
                amounts.processes = own.processes ?? 0
                usage.total.memoryBytes += amounts.memoryBytes
                usage.total.processes += amounts.processes
                usage.containers[known[own.id]?.name ?? ""] = amounts
            }
            if withDisk {
                let storage = await worker.storage()
                usage.total.diskBytes = storage.total
                for (name, bytes) in storage.containers { usage.containers[name, default: .init()].diskBytes = bytes }
            }
            usages.append(usage)
        }
        return usages
    }
}
