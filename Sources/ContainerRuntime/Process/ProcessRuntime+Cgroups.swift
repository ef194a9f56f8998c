/// Containers' limits: each container has a cgroup of its own below its pod's, from before it starts until it has ended.
extension ProcessRuntime {
    /// nil where cgroups are not ours to make, or the sandbox is in none.
    func cgroup(_ id: String, in sandbox: Sandbox) -> CgroupPlace? {
        guard let tree = configuration.cgroups, let parent = sandbox.configuration.cgroupParent else { return nil }
        return CgroupPlace(tree, "\(parent)/\(id)")
    }

    func makeCgroup(_ record: ContainerRecord) throws(ContainerError) {
        guard let tree = configuration.cgroups, let place = record.cgroup else { return }
        do {
            try tree.make(place.path)
            tree.setAsContainer(place.path)
            if let resources = record.configuration.resources { try tree.set(place.path, resources) }
        } catch {
            tree.remove(place.path)
            throw error
        }
    }

    /// Whether the kernel ended some of its processes for want of memory.
    func wasShortOfMemory(_ record: ContainerRecord) -> Bool {
        guard let tree = configuration.cgroups, let path = record.cgroup?.path else { return false }
        return tree.outOfMemoryKills(path) > 0
    }
    /// With what may still run in it.
    func removeCgroup(_ record: ContainerRecord) {
        guard let tree = configuration.cgroups, let path = record.cgroup?.path, tree.exists(path) else { return }
        if !tree.remove(path) {
            logger.warning("Something of a cgroup is left", metadata: ["cgroup": "\(path)"])
        }
    }

    public func updateContainerResources(_ id: String, _ resources: LinuxResources) async throws {
        guard let entry = containers[id] else { throw ContainerError.notFound(id) }
        guard let tree = configuration.cgroups, let path = entry.record.cgroup?.path else { return }
        guard entry.supervisor != nil else { throw ContainerError.notRunning(id) }
        try tree.set(path, resources)
    }

    public nonisolated func writableBytes(_ id: String) async throws -> Int {
        let directory = containerDirectory(id)
        return SystemCall.names(in: directory).filter { $0.hasPrefix(ContainerFile.upper) }
            .reduce(0) { $0 + DiskUsage.bytes("\(directory)/\($1)") }
    }

    public func stats() async throws -> [ContainerStats] {
        let table = ProcessTable.read()
        return containers.values.compactMap { entry in
            guard entry.supervisor != nil, let process = entry.outcome?.process else { return nil }
            if let tree = configuration.cgroups, let usage = entry.record.cgroup.flatMap({ tree.usage($0.path) }) {
                var stats = ContainerStats(
                    id: entry.record.id, sandbox: entry.record.sandbox,
                    processorNanoseconds: usage.processorNanoseconds, residentBytes: usage.residentBytes)
                stats.usageBytes = usage.memoryBytes
                stats.workingSetBytes = usage.workingSetBytes
                stats.processes = usage.processes
                return stats
            }
            let usage = table.usage(below: process)
            return ContainerStats(
                id: entry.record.id, sandbox: entry.record.sandbox, processorNanoseconds: usage.nanoseconds,
                residentBytes: usage.residentBytes)
        }
    }
}
